-- lock_pass_for_phone: a registration and a publish of one pass wait for each other, so that no phone misses a tag.
SELECT
  tag,
  CASE WHEN handed_at > $4::timestamptz - interval '15 minutes' THEN handed_tag ELSE 0 END AS handed_tag,
  phone.others, phone.lately, phone.is_known
FROM pass
CROSS JOIN (
  SELECT
    count(*) FILTER (WHERE device_id <> $5) AS others,
    count(*) FILTER (WHERE device_id <> $5 AND registered_at > $4::timestamptz - interval '1 hour') AS lately,
    coalesce(bool_or(device_id = $5), false) AS is_known
  FROM apple_registration
  WHERE program_id = $1 AND member_id = $2 AND pass_id = $3
) phone
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3
FOR NO KEY UPDATE OF pass

-- find_ghost: the longest registered of a pass's phones that never fetched it since yesterday; one phone may come under hundreds of names (A42).
SELECT device_id
FROM apple_registration
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND fetched_at IS NULL AND registered_at < $4::timestamptz - interval '1 day'
ORDER BY registered_at
LIMIT 1

-- lock_devices: taken before their registrations, in key order.
SELECT device_id FROM apple_device WHERE device_id = ANY ($1::text[]) ORDER BY device_id FOR UPDATE

-- upsert_device: the phone and where pushes reach it; the answer tells whether a known phone has a new push token.
WITH former AS (
  SELECT push_token FROM apple_device WHERE device_id = $1 FOR UPDATE
), kept AS (
  INSERT INTO apple_device (device_id, push_token, updated_at)
  VALUES ($1, $2, $3)
  ON CONFLICT (device_id) DO UPDATE SET push_token = excluded.push_token, updated_at = excluded.updated_at
)
SELECT coalesce((SELECT push_token <> $2 FROM former), false) AS renewed

-- push_again: pushes to the former token may have been lost, so what was not fetched is pushed once more, and at once (A41).
UPDATE apple_registration r
SET pushed_tag = least(r.pushed_tag, r.fetched_tag), retry_at = '-infinity', attempts = 0
FROM (
  SELECT device_id, pass_id FROM apple_registration WHERE device_id = $1 AND fetched_tag < wanted_tag ORDER BY device_id, pass_id FOR UPDATE
) due
WHERE r.device_id = due.device_id AND r.pass_id = due.pass_id

-- upsert_registration: this phone shows this pass; $7 is the tag it may hold, so that it hears of what came after.
INSERT INTO apple_registration (device_id, pass_id, program_id, member_id, pass_type, registered_at, pushed_tag, fetched_tag, wanted_tag, listed_at, behind_since)
SELECT
  $1::text, $4::uuid, $2::uuid, $3::uuid, $5::text, $6::timestamptz, $7::bigint, $7::bigint, $8::bigint,
  -- A phone with other passes may hold a tag above this pass's: without listed_at it is listed until it was fetched (list_passes).
  CASE WHEN EXISTS (SELECT FROM apple_registration r WHERE r.device_id = $1 AND r.pass_type = $5 AND r.pass_id <> $4) THEN NULL ELSE $6 END,
  CASE WHEN $7 < $8 THEN $6 END
ON CONFLICT (device_id, pass_id) DO UPDATE SET pass_type = excluded.pass_type
RETURNING xmax = 0 AS inserted

-- mark_installed: a phone holds the pass.
UPDATE pass SET state = 'INSTALLED'
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND state = 'ISSUED'

-- lock_pass_row: taken before its device and registration, as everywhere.
SELECT pass_id FROM pass WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 FOR NO KEY UPDATE

-- lock_device: taken before its registrations.
SELECT device_id FROM apple_device WHERE device_id = $1 FOR UPDATE

-- delete_registration: this phone no longer wants to hear of this pass.
DELETE FROM apple_registration WHERE device_id = $1 AND pass_id = $2

-- forget_device: a phone without passes; with it goes its push token (A49).
DELETE FROM apple_device d
WHERE d.device_id = $1 AND NOT EXISTS (SELECT FROM apple_registration r WHERE r.device_id = d.device_id)

-- mark_uninstalled: no phone holds the pass any more, as far as we know.
UPDATE pass p SET state = 'ISSUED'
WHERE p.program_id = $1 AND p.member_id = $2 AND p.pass_id = $3 AND p.state = 'INSTALLED'
  AND NOT EXISTS (SELECT FROM apple_registration r WHERE r.program_id = $1 AND r.member_id = $2 AND r.pass_id = $3)
  AND NOT EXISTS (SELECT FROM google_object o WHERE o.program_id = $1 AND o.member_id = $2 AND o.pass_id = $3 AND o.saved)

-- list_passes: the phone's passes published after a tag, and those that changed between their download and their registration (A43).
SELECT p.serial, p.tag
FROM apple_registration r
JOIN pass p ON p.program_id = r.program_id AND p.member_id = r.member_id AND p.pass_id = r.pass_id
WHERE r.device_id = $1 AND r.pass_type = $2 AND (p.tag > $3 OR (r.listed_at IS NULL AND p.tag > r.fetched_tag))
ORDER BY p.tag

-- read_counter: the epoch is raised when a backup is restored, so that tags handed out after the backup count as unknown.
SELECT epoch, tag FROM pass_tag

-- note_listed: which phone was told to fetch, for a fetch names none.
UPDATE apple_registration r
SET listed_at = $3
FROM (
  SELECT g.device_id, g.pass_id
  FROM apple_registration g
  JOIN pass p ON p.program_id = g.program_id AND p.member_id = g.member_id AND p.pass_id = g.pass_id
  WHERE g.device_id = $1 AND g.pass_type = $2 AND g.listed_at IS NOT NULL AND p.serial = ANY ($4::text[])
  ORDER BY g.device_id, g.pass_id
  FOR UPDATE OF g
) due
WHERE r.device_id = due.device_id AND r.pass_id = due.pass_id

-- note_fetched: the pass was fetched: by the phone that was told last and has not fetched since, else by the one that lags most.
WITH phone AS (
  SELECT device_id, pass_id, fetched_tag, behind_since
  FROM apple_registration
  WHERE program_id = $1 AND member_id = $2 AND pass_id = $3
  ORDER BY (listed_at IS NOT NULL AND (fetched_at IS NULL OR listed_at > fetched_at)) DESC, fetched_tag, listed_at DESC NULLS LAST
  LIMIT 1
  FOR UPDATE
)
UPDATE apple_registration r
SET
  fetched_tag = greatest(r.fetched_tag, $4), fetched_version = $5, fetched_at = $6, listed_at = coalesce(r.listed_at, $6),
  -- A newer one was published meanwhile: it is waited for since about now.
  behind_since = CASE WHEN $4 >= r.wanted_tag THEN NULL WHEN $4 > r.fetched_tag THEN $6 ELSE r.behind_since END
FROM phone
WHERE r.device_id = phone.device_id AND r.pass_id = phone.pass_id
RETURNING CASE WHEN $4 > phone.fetched_tag THEN phone.behind_since END AS waited_since

-- phones_lag: does a phone still hold an older package, and with it the former token (A25)?
SELECT EXISTS (
  SELECT FROM apple_registration r
  WHERE r.program_id = $1 AND r.member_id = $2 AND r.pass_id = $3 AND r.fetched_tag < $4
)
