-- lease_stale_passes: take up to $1 passes whose phone shows an older state; other workers skip them.
-- MATERIALIZED, here and below: a subquery of FROM may be run anew for each outer row, skips what it just locked, and exceeds its limit.
WITH due AS MATERIALIZED (
  SELECT program_id, member_id, pass_id
  FROM pass
  WHERE shown < changed
    AND (leased_until < $2 OR leased_until > $2::timestamptz + interval '1 hour')  -- nobody leases for so long: a clock went wrong
  ORDER BY changed_at
  LIMIT $1
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE pass p
SET leased_until = $2::timestamptz + $3::interval, attempts = p.attempts + 1  -- a lease, so no row lock waits for Apple or Google
FROM due
WHERE p.program_id = due.program_id AND p.member_id = due.member_id AND p.pass_id = due.pass_id
RETURNING p.program_id, p.member_id, p.pass_id, p.attempts

-- put_off_pass: publishing failed; it is tried again later.
UPDATE pass SET leased_until = $4 WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND shown < changed

-- lease_pushes: take up to $1 registrations whose phone has not heard of the newest tag, but for pass types whose line is down ($4).
WITH due AS MATERIALIZED (
  SELECT g.device_id, g.pass_id, d.push_token
  FROM apple_registration g
  JOIN apple_device d ON d.device_id = g.device_id
  WHERE g.pushed_tag < g.wanted_tag
    AND (g.retry_at <= $2 OR g.retry_at > $2::timestamptz + interval '2 hours')  -- nobody waits for so long: a clock went wrong
    AND g.pass_type <> ALL ($4::text[])
  ORDER BY g.retry_at
  LIMIT $1
  FOR UPDATE OF g SKIP LOCKED
)
UPDATE apple_registration r
SET retry_at = $2::timestamptz + $3::interval, attempts = r.attempts + 1
FROM due
WHERE r.device_id = due.device_id AND r.pass_id = due.pass_id
RETURNING r.device_id, r.pass_id, r.pass_type, r.wanted_tag, r.attempts, due.push_token

-- note_pushed: the phone was woken for these tags; what follows within the window becomes one more push for the whole phone (N9).
WITH device AS (
  SELECT device_id FROM apple_device WHERE device_id = $1 AND push_token = $7 FOR UPDATE  -- a new token may not have heard of it
), phone AS (
  SELECT g.device_id, g.pass_id, g.due_since
  FROM device
  JOIN apple_registration g ON g.device_id = device.device_id
  WHERE g.pass_type = $2
  ORDER BY g.device_id, g.pass_id
  FOR UPDATE OF g
)
UPDATE apple_registration r
SET
  pushed_tag = CASE WHEN told.tag IS NULL THEN r.pushed_tag ELSE greatest(r.pushed_tag, told.tag) END,
  pushed_at = CASE WHEN told.tag IS NULL THEN r.pushed_at ELSE $5 END,
  -- What was published while the push was under way is waited for since about its beginning.
  due_since = CASE WHEN told.tag IS NULL THEN r.due_since WHEN told.tag < r.wanted_tag THEN $8 END,
  attempts = CASE WHEN told.tag IS NULL THEN r.attempts ELSE 0 END,
  retry_at = greatest(CASE WHEN told.tag IS NULL THEN r.retry_at ELSE '-infinity' END, $5::timestamptz + $6::interval)
FROM phone
LEFT JOIN unnest($3::uuid[], $4::bigint[]) AS told (pass_id, tag) ON told.pass_id = phone.pass_id
WHERE r.device_id = phone.device_id AND r.pass_id = phone.pass_id
RETURNING CASE WHEN told.tag IS NOT NULL THEN phone.due_since END AS waited_since

-- put_off_pushes: APNs could not take it now.
UPDATE apple_registration r
SET retry_at = $3, attempts = greatest(0, r.attempts - $4::int)
FROM (
  SELECT device_id, pass_id
  FROM apple_registration
  WHERE device_id = $1 AND pass_id = ANY ($2::uuid[])
  ORDER BY device_id, pass_id
  FOR UPDATE
) phone
WHERE r.device_id = phone.device_id AND r.pass_id = phone.pass_id

-- lock_dead_devices: the phones behind a push token that were not renewed after $2 (N6).
SELECT device_id FROM apple_device WHERE push_token = $1 AND updated_at <= $2 ORDER BY device_id FOR UPDATE

-- forget_dead_devices: they hear nothing any more, so nothing of them is kept.
WITH phone AS (
  SELECT device_id, pass_id FROM apple_registration WHERE device_id = ANY ($1::text[]) ORDER BY device_id, pass_id FOR UPDATE
), gone AS (
  DELETE FROM apple_registration r USING phone
  WHERE r.device_id = phone.device_id AND r.pass_id = phone.pass_id
  RETURNING r.program_id, r.member_id, r.pass_id
), forgotten AS (
  DELETE FROM apple_device WHERE device_id = ANY ($1::text[])
)
SELECT DISTINCT program_id, member_id, pass_id FROM gone

-- nudge_silent_phones: APNs keeps one notification a phone and may drop it: pushed but not fetched for $2, so push once more (N10).
WITH silent AS MATERIALIZED (
  SELECT device_id, pass_id
  FROM apple_registration
  WHERE fetched_tag < pushed_tag AND nudged_tag < pushed_tag AND pushed_at < $1::timestamptz - $2::interval
  ORDER BY pushed_at  -- by age (R44)
  LIMIT 500
  FOR UPDATE SKIP LOCKED
)
UPDATE apple_registration r
SET nudged_tag = r.pushed_tag, pushed_tag = r.fetched_tag
FROM silent
WHERE r.device_id = silent.device_id AND r.pass_id = silent.pass_id

-- bump_counts: add what a worker round did to the hour's counts.
INSERT INTO delivery_count (hour, what, outcome, count)
SELECT date_trunc('hour', $1::timestamptz), what, outcome, count
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS done (what, outcome, count)
ORDER BY what, outcome  -- two workers lock the rows in one order
ON CONFLICT (hour, what, outcome) DO UPDATE SET count = delivery_count.count + excluded.count

-- read_delivery: how the passes of one program are doing; of the hour before this one as much counts as still lies within the last hour.
WITH recent AS (
  SELECT
    outcome,
    ceil(sum(count * CASE WHEN hour = date_trunc('hour', $2::timestamptz) THEN 1 ELSE 1 - extract(minute FROM $2::timestamptz) / 60 END))::bigint AS count
  FROM delivery_count
  WHERE hour >= date_trunc('hour', $2::timestamptz - interval '1 hour') AND what IN ('apple', 'google')
  GROUP BY outcome
)
SELECT
  (SELECT count(*) FROM pass WHERE program_id = $1 AND shown < changed) AS stale,
  (SELECT min(changed_at) FROM pass WHERE program_id = $1 AND shown < changed) AS oldest_stale_since,
  coalesce((SELECT count FROM recent WHERE outcome = 'delivered'), 0) AS delivered,
  coalesce((SELECT count FROM recent WHERE outcome = 'failed'), 0) AS failed

-- mark_outdated_passes: up to $3 passes that were drawn under an older program version are drawn anew.
WITH due AS MATERIALIZED (
  SELECT program_id, member_id, pass_id
  FROM pass
  WHERE program_id = $1 AND styled < $2 AND shown >= 0
  LIMIT $3
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE pass p
SET shown = -1, changed_at = $4
FROM due
WHERE p.program_id = due.program_id AND p.member_id = due.member_id AND p.pass_id = due.pass_id

-- bump_lags: add to the hour how long phones waited, by steps.
INSERT INTO delivery_lag (hour, what, up_to_ms, count)
SELECT date_trunc('hour', $1::timestamptz), what, up_to_ms, count
FROM unnest($2::text[], $3::int[], $4::bigint[]) AS noted (what, up_to_ms, count)
ORDER BY what, up_to_ms  -- several processes lock the rows in one order
ON CONFLICT (hour, what, up_to_ms) DO UPDATE SET count = delivery_lag.count + excluded.count

-- read_lags: of this hour and the one before.
SELECT what, up_to_ms, sum(count)::bigint AS count
FROM delivery_lag
WHERE hour >= date_trunc('hour', $1::timestamptz - interval '1 hour')
GROUP BY what, up_to_ms
ORDER BY what, up_to_ms

-- mark_undressed_passes: up to $4 passes that were drawn with older files of their style are drawn anew.
WITH due AS MATERIALIZED (
  SELECT program_id, member_id, pass_id
  FROM pass
  WHERE program_id = $1 AND style = $2 AND dressed < $3 AND shown >= 0
  LIMIT $4
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE pass p
SET shown = -1, changed_at = $5
FROM due
WHERE p.program_id = due.program_id AND p.member_id = due.member_id AND p.pass_id = due.pass_id
