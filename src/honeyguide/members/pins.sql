-- set_pin: a first PIN or another one; whoever sets it may try it at once.
INSERT INTO pin (program_id, member_id, sealed_hash, set_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (program_id, member_id) DO UPDATE SET sealed_hash = $3, set_at = $4, wrong = 0, locked_until = NULL;

-- remove_pin: the member has none any more.
DELETE FROM pin WHERE program_id = $1 AND member_id = $2 RETURNING true;

-- take_try: count a try before it is checked, so that many at once are no more than one after the other; nothing where there is no PIN or it is locked.
-- From the third in a row on each locks for twice as long as the one before: 1, 2, 4 ... minutes, a day at most.
UPDATE pin
SET wrong = wrong + 1,
    locked_until = CASE WHEN wrong >= 2 THEN $3::timestamptz + least(interval '1 minute' * power(2, least(wrong - 2, 20)), interval '1 day') END
WHERE program_id = $1 AND member_id = $2 AND (locked_until IS NULL OR locked_until <= $3::timestamptz)
RETURNING sealed_hash;

-- right_pin: the tries before are forgotten, unless the PIN was set anew meanwhile.
UPDATE pin SET wrong = 0, locked_until = NULL WHERE program_id = $1 AND member_id = $2 AND sealed_hash = $3;

-- pin_state: what the member is told of it.
SELECT set_at, wrong, locked_until FROM pin WHERE program_id = $1 AND member_id = $2;

-- erase_pins: of erased members.
WITH gone AS (DELETE FROM pin WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING 1)
SELECT count(*) FROM gone;
