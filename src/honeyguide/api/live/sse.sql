-- one_at_a_time: reservations of one caller wait for each other, so that none slips past the count.
SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0));

-- reserve: a stream for a caller who has fewer than $7, whoever holds them; what others left over goes first, a batch at a time.
WITH left_over AS (
  DELETE FROM event_stream WHERE ctid = ANY(ARRAY(SELECT ctid FROM event_stream WHERE kept_until < $6 LIMIT 100)) RETURNING token_hash
), calls AS (
  DELETE FROM event_stream_call WHERE token_hash IN (SELECT token_hash FROM left_over)
)
INSERT INTO event_stream (token_hash, audience, owner_hash, caller, kept_until)
SELECT $1, $2, $3, $4, $5
WHERE (SELECT count(*) FROM event_stream WHERE owner_hash = $3 AND kept_until >= $6) < $7
RETURNING true;

-- open: whoever comes first has the stream; $3 is null where the ticket alone says who it is.
UPDATE event_stream SET holder = $4, kept_until = $5
WHERE token_hash = $1 AND audience = $2 AND ($3::bytea IS NULL OR owner_hash = $3) AND holder IS NULL AND kept_until >= $6
RETURNING caller;

-- take: a ticket that serves one operation only is gone with it.
DELETE FROM event_stream
WHERE token_hash = $1 AND audience = $2 AND ($3::bytea IS NULL OR owner_hash = $3) AND holder IS NULL AND kept_until >= $4
RETURNING caller;

-- is_open: whether a stream that could not be opened is open already; null where there is none for this caller.
SELECT holder IS NOT NULL FROM event_stream
WHERE token_hash = $1 AND audience = $2 AND ($3::bytea IS NULL OR owner_hash = $3) AND kept_until >= $4;

-- hand_over: an operation for the process that has the caller's stream, or will; at most $7 wait.
WITH stream AS (
  SELECT holder FROM event_stream WHERE token_hash = $1 AND audience = $2 AND owner_hash = $3 AND kept_until >= $6
), put AS (
  INSERT INTO event_stream_call (token_hash, operation_id, sealed)
  SELECT $1, $4, $5 FROM stream WHERE (SELECT count(*) FROM event_stream_call WHERE token_hash = $1) < $7
  ON CONFLICT DO NOTHING
  RETURNING true
)
SELECT
  EXISTS (SELECT FROM put) AS put,
  EXISTS (SELECT FROM event_stream_call WHERE token_hash = $1 AND operation_id = $4 AND sealed IS NOT NULL) AS twice,
  pg_notify($8, coalesce(holder::text, ''))
FROM stream;

-- stop: an operation that still waits is gone; else its stream is told.
WITH stream AS (
  SELECT holder FROM event_stream WHERE token_hash = $1 AND audience = $2 AND owner_hash = $3 AND kept_until >= $5
), waiting AS (
  DELETE FROM event_stream_call WHERE token_hash = $1 AND operation_id = $4 AND sealed IS NOT NULL AND EXISTS (SELECT FROM stream)
  RETURNING true
), put AS (
  INSERT INTO event_stream_call (token_hash, operation_id)
  SELECT $1, $4 FROM stream
  WHERE holder IS NOT NULL AND NOT EXISTS (SELECT FROM waiting) AND (SELECT count(*) FROM event_stream_call WHERE token_hash = $1) < $6
)
SELECT pg_notify($7, coalesce(holder::text, '')) FROM stream;

-- take_calls: what waits for these streams, in the order in which it came.
WITH taken AS (
  DELETE FROM event_stream_call WHERE token_hash = ANY($1) RETURNING call_id, token_hash, operation_id, sealed
)
SELECT token_hash, operation_id, sealed FROM taken ORDER BY call_id;

-- keep: these streams are still open; which of them the table still knows.
UPDATE event_stream SET kept_until = $2 WHERE token_hash = ANY($1) RETURNING token_hash;

-- end: a stream and what waits for it.
WITH calls AS (DELETE FROM event_stream_call WHERE token_hash = $1)
DELETE FROM event_stream WHERE token_hash = $1;
