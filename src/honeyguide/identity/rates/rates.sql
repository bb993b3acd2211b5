-- lease: give up to $4 of the bucket to a process, or nothing where there is less than $3; $2 a second flow in, up to $5.
-- A bucket is the moment from which it is full: no row, or one whose moment has passed, is a full one.
INSERT INTO rate_bucket AS bucket (key, full_at, granted)
VALUES ($1, clock_timestamp() + ceil($4::bigint * 1000000 / $2::numeric)::bigint * interval '1 microsecond', $4)
ON CONFLICT (key) DO UPDATE SET (full_at, granted) = (
  SELECT leased.full_at + ceil(leased.granted * 1000000 / $2::numeric)::bigint * interval '1 microsecond', leased.granted
  FROM (
    SELECT told.full_at, CASE WHEN told.level < $3::bigint THEN 0 ELSE least(told.level, $4::bigint) END AS granted
    FROM (
      SELECT clock.full_at, floor($5::bigint - extract(epoch FROM clock.full_at - clock.now) * $2::numeric)::bigint AS level
      FROM (
        -- the clock is read once, and after the row is locked
        SELECT
          now,
          -- an empty bucket is the emptiest there is: a clock that was set back shall not shut a caller out for as long as it was set back
          -- (and a second, for what roundings add up to)
          least(greatest(bucket.full_at, now), now + ceil($5::bigint / $2::numeric + 1)::bigint * interval '1 second') AS full_at
        FROM (SELECT clock_timestamp() AS now, bucket.key OFFSET 0) AS read
        OFFSET 0
      ) AS clock
      OFFSET 0
    ) AS told
    OFFSET 0
  ) AS leased
)
RETURNING granted, ceil(extract(epoch FROM full_at - clock_timestamp()) * 1000000)::bigint AS full_in_us;

-- bring_back: what processes leased of buckets and did not need; a bucket that is full by it needs no row.
WITH given AS MATERIALIZED (
  SELECT bucket.key, bucket.full_at - floor(back.amount * 1000000 / back.restore::numeric)::bigint * interval '1 microsecond' AS full_at
  FROM rate_bucket AS bucket
  JOIN unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS back (key, amount, restore) USING (key)
  ORDER BY bucket.key  -- so that two processes never wait for each other
  FOR UPDATE OF bucket
), full_again AS (
  DELETE FROM rate_bucket USING given WHERE rate_bucket.key = given.key AND given.full_at <= statement_timestamp()
)
UPDATE rate_bucket SET full_at = given.full_at
FROM given
WHERE rate_bucket.key = given.key AND given.full_at > statement_timestamp();

-- sweep: drop up to $1 buckets that are full again.
WITH full_again AS MATERIALIZED (SELECT key FROM rate_bucket WHERE full_at < clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM rate_bucket b USING full_again f WHERE b.key = f.key;
