-- drop_parked_posts: up to $3 posts that were settled before $2; what became of them stands in the books.
DELETE FROM parked_post
WHERE ctid = ANY(ARRAY(SELECT ctid FROM parked_post WHERE program_id = $1 AND settled_at < $2 LIMIT $3));

-- drop_parked_decisions: up to $3 decisions about all posts of a partner that were carried out before $2.
DELETE FROM parked_decision
WHERE ctid = ANY(ARRAY(SELECT ctid FROM parked_decision WHERE program_id = $1 AND done_at < $2 LIMIT $3));

-- drop_delivery_counts: up to $3 hours of deliveries before $2; they are of all programs, and the program with the shortest memory counts.
DELETE FROM delivery_count WHERE ctid = ANY(ARRAY(SELECT ctid FROM delivery_count WHERE hour < $2 AND $1::uuid IS NOT NULL LIMIT $3));

-- drop_delivery_lags: up to $3 steps of hours before $2; of all programs, too.
DELETE FROM delivery_lag WHERE ctid = ANY(ARRAY(SELECT ctid FROM delivery_lag WHERE hour < $2 AND $1::uuid IS NOT NULL LIMIT $3));

-- drop_phone_log: up to $3 lines that phones logged before $2; of all programs, too.
DELETE FROM phone_log WHERE ctid = ANY(ARRAY(SELECT ctid FROM phone_log WHERE at < $2 AND $1::uuid IS NOT NULL LIMIT $3));

-- drop_event_streams: up to $3 streams that nobody keeps since $2, of all programs, and operations that have no stream any more.
WITH left_over AS MATERIALIZED (
  SELECT token_hash FROM event_stream WHERE kept_until < $2 AND $1::uuid IS NOT NULL LIMIT $3
), calls AS (
  DELETE FROM event_stream_call c
  WHERE c.token_hash IN (SELECT token_hash FROM left_over) OR NOT EXISTS (SELECT FROM event_stream s WHERE s.token_hash = c.token_hash)
)
DELETE FROM event_stream WHERE token_hash IN (SELECT token_hash FROM left_over);

-- drop_pass_messages: up to $3 messages on passes that were written before $2 and have left them.
DELETE FROM pass_message WHERE ctid = ANY(ARRAY(SELECT ctid FROM pass_message WHERE program_id = $1 AND gone AND posted_at < $2 LIMIT $3));

-- drop_approvals: up to $3 acts that nobody waits for since $2; what came of them stands in the books and the audit trail.
DELETE FROM approval
WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM approval WHERE program_id = $1 AND coalesce(decided_at, ends_at) < $2 AND NOT (state = 'APPROVED' AND outcome IS NULL) LIMIT $3
));

-- inactive_members: of up to $3 live members behind a member, those of whom nothing was heard since $4; the last one looked at comes in each row.
WITH looked_at AS (
  SELECT member_id, enrolled_at FROM member
  WHERE program_id = $1 AND member_id > $2 AND status = 'ACTIVE'
  ORDER BY member_id
  LIMIT $3
)
SELECT
  (SELECT max(member_id::text)::uuid FROM looked_at) AS last,
  coalesce(array_agg(m.member_id ORDER BY m.member_id) FILTER (WHERE m.enrolled_at < $4 AND NOT EXISTS (
    SELECT 1 FROM transaction t
    WHERE t.program_id = $1 AND t.member_id = m.member_id AND t.posted_at >= $4
      AND t.kind IN ('ENROLMENT', 'PURCHASE', 'REDEMPTION', 'AUTHORIZATION', 'APPROVAL', 'REVERSAL', 'ADJUSTMENT', 'MERGE', 'TRANSFER')
  ) AND NOT EXISTS (  -- who redeems from the pool of his household does so in the pool's books
    SELECT 1 FROM household_member h JOIN transaction t ON t.program_id = h.program_id AND t.member_id = h.household_id
    WHERE h.program_id = $1 AND h.member_id = m.member_id AND t.posted_at >= $4 AND t.detail ->> 'by_member' = m.member_id::text
  ) AND NOT EXISTS (  -- a session stays with the one who began it, also after a merge
    SELECT 1 FROM session s
    WHERE s.program_id = $1 AND s.used_at >= $4
      AND s.member_id IN (SELECT m.member_id UNION ALL SELECT taken.member_id FROM member taken WHERE taken.program_id = $1 AND taken.merged_into = m.member_id)
  )), '{}') AS inactive
FROM looked_at m;

-- closed_members: up to $3 members who left before $2 and are not erased yet.
SELECT member_id FROM member WHERE program_id = $1 AND status = 'CLOSED' AND closed_at < $2 ORDER BY closed_at LIMIT $3;
