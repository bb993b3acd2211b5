-- keep_google_object: a pass has an object at Google from the moment its save link is asked for; who asks is about to hold it.
-- Under another issuer than before it is another object, of which Google there has nothing yet; the former one stays as it is (X2).
INSERT INTO google_object AS o (program_id, member_id, pass_id, object_id, wanted_tag, offered_at)
SELECT program_id, member_id, pass_id, $4, tag, $5
FROM pass
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3
FOR NO KEY UPDATE  -- as with phones: a publish and this wait for each other
ON CONFLICT (program_id, member_id, pass_id) DO UPDATE
SET
  held = true, offered_at = excluded.offered_at, object_id = excluded.object_id,
  saved = o.saved AND o.object_id = excluded.object_id,
  sent_tag = CASE WHEN o.object_id = excluded.object_id THEN o.sent_tag ELSE 0 END,
  sent_body = CASE WHEN o.object_id = excluded.object_id THEN o.sent_body END,
  sent_key = CASE WHEN o.object_id = excluded.object_id THEN o.sent_key ELSE 0 END,
  event_ms = CASE WHEN o.object_id = excluded.object_id THEN o.event_ms ELSE 0 END,
  attempts = CASE WHEN o.object_id = excluded.object_id THEN o.attempts ELSE 0 END,
  retry_at = CASE WHEN o.object_id = excluded.object_id THEN o.retry_at ELSE $5 END

-- is_at_google: whether the object of a pass was ever sent.
SELECT sent_tag > 0
FROM google_object
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND object_id = $4

-- lease_google_objects: take up to $1 objects that lack the newest tag or key, longest waiting first.
-- MATERIALIZED: a subquery of FROM may be run anew for each outer row, skips what it just locked, and exceeds its limit.
WITH due AS MATERIALIZED (
  SELECT program_id, member_id, pass_id
  FROM google_object
  WHERE held AND (sent_tag < wanted_tag OR sent_key < wanted_key) AND retry_at <= $2
  ORDER BY retry_at
  LIMIT $1
  FOR UPDATE SKIP LOCKED
)
UPDATE google_object o
SET retry_at = $2::timestamptz + $3::interval, attempts = o.attempts + 1
FROM due
WHERE o.program_id = due.program_id AND o.member_id = due.member_id AND o.pass_id = due.pass_id
RETURNING o.program_id, o.member_id, o.pass_id, o.object_id, o.sent_tag, o.sent_body, o.attempts, o.wanted_key, o.event_ms, o.messages

-- lease_google_object: the same for one object that a visitor waits for; nothing while the worker sends it.
UPDATE google_object
SET retry_at = $4::timestamptz + $5::interval, attempts = attempts + 1
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND (sent_tag < wanted_tag OR sent_key < wanted_key) AND retry_at <= $4
RETURNING program_id, member_id, pass_id, object_id, sent_tag, sent_body, attempts, wanted_key, event_ms, messages

-- note_sent: Google holds the object as of this tag and key; an older answer that comes late changes nothing (G6).
-- What Google says of its users counts where no save or del came meanwhile ($11); an object nobody has rests, unless its link is an hour old (G10).
UPDATE google_object
SET
  sent_tag = $4, sent_version = $5, sent_body = $6, sent_at = $7, attempts = 0,
  retry_at = $7,  -- the next ones are those sent longest ago: an object that changes all the time leaves the others their turn
  sent_key = greatest(sent_key, $9),
  saved_at = CASE WHEN $8 AND NOT saved THEN $7 ELSE saved_at END,
  saved = CASE WHEN event_ms > $11 THEN saved ELSE coalesce($8, saved) END,
  held = CASE
    WHEN event_ms > $11 OR wanted_tag > $4 THEN held  -- what came meanwhile, such as a closing that blanks the card, is sent first
    ELSE coalesce($8, saved) OR offered_at > $7::timestamptz - $10::interval
  END
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND sent_tag <= $4 AND object_id = $12

-- put_off_object: Google could not take it now.
UPDATE google_object SET retry_at = $4 WHERE program_id = $1 AND member_id = $2 AND pass_id = $3

-- look_at_resting: up to $3 objects that nobody had when Google was last asked, so long ago that a lost callback may have said otherwise.
WITH due AS MATERIALIZED (
  SELECT program_id, member_id, pass_id
  FROM google_object
  WHERE NOT held AND sent_tag < wanted_tag AND sent_at < $1::timestamptz - $2::interval
  ORDER BY sent_at
  LIMIT $3
  FOR UPDATE SKIP LOCKED
)
UPDATE google_object o
SET held = true
FROM due
WHERE o.program_id = due.program_id AND o.member_id = due.member_id AND o.pass_id = due.pass_id

-- lock_pass_of: the pass of an object comes before it in the order of locks.
SELECT p.pass_id
FROM google_object o
JOIN pass p ON p.program_id = o.program_id AND p.member_id = o.member_id AND p.pass_id = o.pass_id
WHERE o.object_id = $1
FOR NO KEY UPDATE OF p

-- note_saved: somebody put the pass onto a phone; a save that is told of after a later del may be undone, so the next patch asks Google.
WITH object AS (
  UPDATE google_object
  SET
    held = true,
    retry_at = CASE WHEN held THEN retry_at ELSE '-infinity' END,  -- what it missed while it rested comes at once
    saved = CASE WHEN $2 >= event_ms THEN true ELSE saved END,
    saved_at = CASE WHEN $2 >= event_ms AND NOT saved THEN $3 ELSE saved_at END,
    offered_at = greatest(offered_at, $3),
    event_ms = greatest(event_ms, $2)
  WHERE object_id = $1
  RETURNING program_id, member_id, pass_id, saved
), installed AS (
  UPDATE pass p
  SET state = 'INSTALLED'
  FROM object o
  WHERE p.program_id = o.program_id AND p.member_id = o.member_id AND p.pass_id = o.pass_id AND p.state = 'ISSUED' AND o.saved
)
SELECT count(*) FROM object

-- note_deleted: somebody took the pass off a phone; others may have it, so the next patch asks Google.
WITH object AS (
  UPDATE google_object
  SET saved = false, event_ms = $2, offered_at = '-infinity'
  WHERE object_id = $1 AND event_ms < $2
  RETURNING program_id, member_id, pass_id
), uninstalled AS (
  UPDATE pass p
  SET state = 'ISSUED'
  FROM object o
  WHERE p.program_id = o.program_id AND p.member_id = o.member_id AND p.pass_id = o.pass_id AND p.state = 'INSTALLED'
    AND NOT EXISTS (
      SELECT FROM apple_registration r
      WHERE r.program_id = o.program_id AND r.member_id = o.member_id AND r.pass_id = o.pass_id
    )
)
SELECT count(*) FROM object

-- take_notification: one of $5 in 24 hours, before it is asked for; nothing where they are used up (G8).
UPDATE google_object
SET notified_at = ARRAY(SELECT at FROM unnest(notified_at) AS at WHERE at > $4::timestamptz - interval '24 hours' ORDER BY at) || $4::timestamptz
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3
  AND (SELECT count(*) FROM unnest(notified_at) AS at WHERE at > $4::timestamptz - interval '24 hours') < $5
RETURNING true

-- give_back_notification: Google did not take what would have woken the owner.
UPDATE google_object
SET notified_at = notified_at[1:cardinality(notified_at) - 1]
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND notified_at[cardinality(notified_at)] = $4

-- exhaust_notifications: Google counted more than we know of.
UPDATE google_object
SET notified_at = array_fill($4::timestamptz, ARRAY[$5::int])
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3

-- rings_elsewhere: whether the member saved an older pass, too: a message rings on one of his passes only.
SELECT EXISTS (
  SELECT
  FROM google_object o
  JOIN pass p USING (program_id, member_id, pass_id)
  WHERE o.program_id = $1 AND o.member_id = $2 AND o.pass_id < $3 AND o.saved AND o.held AND p.state <> 'REVOKED'
)

-- note_message: a message went out; the ids of the newest 50 are remembered.
UPDATE google_object
SET messages = (messages || $4::uuid)[greatest(1, cardinality(messages) - 48):]
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND NOT $4 = ANY (messages)

-- take_back_message: a message certainly did not go out.
UPDATE google_object SET messages = array_remove(messages, $4::uuid) WHERE program_id = $1 AND member_id = $2 AND pass_id = $3

-- keep_due: something of the object did not arrive, and is tried again at $4.
UPDATE google_object SET wanted_key = wanted_key + 1, retry_at = $4 WHERE program_id = $1 AND member_id = $2 AND pass_id = $3

-- note_class: what Google says of a class.
INSERT INTO google_class (class_id, program_id, style, version, review_status, problem, checked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (class_id) DO UPDATE
SET version = excluded.version, review_status = excluded.review_status, problem = excluded.problem, checked_at = excluded.checked_at

-- classes_of: the classes of a program.
SELECT class_id, style, version, review_status, problem, checked_at FROM google_class WHERE program_id = $1 ORDER BY style LIMIT 100

-- is_our_class: whether we made a class.
SELECT EXISTS (SELECT FROM google_class WHERE class_id = $1)

-- count_queue: objects that wait for their turn, and those that nobody holds, counted up to a million.
SELECT
  (SELECT count(*) FROM google_object WHERE held AND (sent_tag < wanted_tag OR sent_key < wanted_key)) AS waiting,
  (SELECT count(*) FROM (SELECT FROM google_object WHERE NOT held AND sent_tag < wanted_tag LIMIT 1000000) AS resting) AS resting

-- take_turns: the next turns of all processes, by the database's clock; how many seconds until the first of them. Nobody waits for a turn
-- that is hours away: a clock went wrong.
INSERT INTO google_rate AS r (project, next_at)
VALUES ($1, clock_timestamp() + $2::interval)
ON CONFLICT (project) DO UPDATE
SET next_at = greatest(CASE WHEN r.next_at < clock_timestamp() + interval '1 hour' THEN r.next_at END, clock_timestamp()) + $2::interval
RETURNING extract(epoch FROM next_at - $2::interval - clock_timestamp())::float8

-- hold_back: nobody has a turn for so long.
INSERT INTO google_rate AS r (project, next_at)
VALUES ($1, clock_timestamp() + $2::interval)
ON CONFLICT (project) DO UPDATE SET next_at = greatest(r.next_at, clock_timestamp() + $2::interval)
