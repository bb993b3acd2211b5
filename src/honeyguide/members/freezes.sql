-- lock_books: the standing of the member and of his household's pool, in the order of the till: burns under way end before, later ones read the freeze.
SELECT member_id
FROM standing
WHERE program_id = $1
  AND member_id = ANY(ARRAY(
    SELECT $2::uuid UNION ALL SELECT household_id FROM household_member WHERE program_id = $1 AND member_id = $2
  ))
ORDER BY member_id
FOR NO KEY UPDATE;

-- set_status: freeze a member or end it; no row where it is so already, or where there is no such member in force.
UPDATE member SET status = $3
WHERE program_id = $1 AND member_id = $2 AND status IN ('ACTIVE', 'FROZEN') AND status <> $3
RETURNING member_id;

-- insert_freeze: why, and by whom.
INSERT INTO frozen_member (program_id, member_id, freeze_id, reason, frozen_at, frozen_by) VALUES ($1, $2, $3, $4, $5, $6);

-- end_freeze: why it ended, and by whom.
UPDATE frozen_member SET ended_at = $3, ended_by = $4, end_reason = $5 WHERE program_id = $1 AND member_id = $2 AND ended_at IS NULL;

-- freezes: who is frozen now, newest first.
SELECT frozen.freeze_id, frozen.member_id, frozen.reason, frozen.frozen_at, frozen.frozen_by
FROM frozen_member AS frozen
JOIN member ON member.program_id = frozen.program_id AND member.member_id = frozen.member_id AND member.status = 'FROZEN'
WHERE frozen.program_id = $1 AND frozen.ended_at IS NULL
ORDER BY frozen.frozen_at DESC, frozen.freeze_id DESC
LIMIT $2;

-- erase_freezes: what was noted about a person.
WITH gone AS (DELETE FROM frozen_member WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING 1)
SELECT count(*) FROM gone;

-- drop_freezes: up to $3 that ended before $2.
DELETE FROM frozen_member
WHERE ctid = ANY(ARRAY(SELECT ctid FROM frozen_member WHERE program_id = $1 AND ended_at < $2 LIMIT $3));
