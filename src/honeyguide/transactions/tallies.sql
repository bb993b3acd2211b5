-- write_tallies: add what this process counted, sorted, so that two never wait for each other crosswise; then all that is known of those asked about.
WITH new AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
    AS new (program_id, subject, period, posts, amount, over_at)
), written AS (
  INSERT INTO tally AS old (program_id, subject, period, posts, amount, over_at)
  SELECT * FROM new ORDER BY program_id, subject COLLATE "C", period COLLATE "C"
  ON CONFLICT (program_id, subject, period) DO UPDATE SET posts = old.posts + excluded.posts, amount = old.amount + excluded.amount
  RETURNING program_id, subject, period, posts, amount, over_at
)
SELECT program_id, subject, period, posts, amount, over_at FROM written
UNION ALL
SELECT tally.program_id, tally.subject, tally.period, tally.posts, tally.amount, tally.over_at
FROM unnest($7::uuid[], $8::text[]) AS asked (program_id, subject)
JOIN tally USING (program_id, subject)
WHERE tally.over_at > $9
  AND NOT EXISTS (SELECT FROM new WHERE (new.program_id, new.subject, new.period) = (tally.program_id, tally.subject, tally.period));

-- drop_tallies: up to $3 rows that no rule asks for since $2.
WITH gone AS (
  DELETE FROM tally WHERE ctid = ANY(ARRAY(SELECT ctid FROM tally WHERE program_id = $1 AND over_at < $2 LIMIT $3)) RETURNING 1
)
SELECT count(*) FROM gone;
