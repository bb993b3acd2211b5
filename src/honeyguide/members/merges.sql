-- lock_members: the profiles of some members, locked in the order of their ids; their standings are locked before.
SELECT member_id, status, merged_into
FROM member
WHERE program_id = $1 AND member_id = ANY($2::uuid[])
ORDER BY member_id
FOR UPDATE;

-- households_of: which of these members belong to a household.
SELECT member_id FROM household_member WHERE program_id = $1 AND member_id = ANY($2::uuid[]);

-- all_counters: every counter of some members.
SELECT member_id, name, period, value FROM counter WHERE program_id = $1 AND member_id = ANY($2::uuid[]);

-- insert_merge: a member is taken over by another.
INSERT INTO merge (program_id, member_id, merge_id, target_id, merged_at, merged_by, detail) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- mark_merged: from now on lookups that name the member reach the other.
UPDATE member SET status = 'MERGED', merged_into = $3 WHERE program_id = $1 AND member_id = $2;

-- read_merge: one merge, whether taken back or not.
SELECT member_id, merge_id, target_id, merged_at, merged_by, unmerged_at, detail
FROM merge
WHERE program_id = $1 AND member_id = $2 AND merge_id = $3;

-- end_merge: it is taken back; no row where somebody did so before.
UPDATE merge SET unmerged_at = $4, unmerged_by = $5
WHERE program_id = $1 AND member_id = $2 AND merge_id = $3 AND unmerged_at IS NULL
RETURNING true;

-- mark_active: the member is himself again.
UPDATE member SET status = 'ACTIVE', merged_into = NULL WHERE program_id = $1 AND member_id = $2;

-- stranded: merged members and pools of closed households that have something all the same: it was under way when they ended.
SELECT m.member_id, m.merged_into AS heir, array_agg(DISTINCT l.transaction_id) AS earned_by
FROM member AS m
JOIN lot AS l ON l.program_id = $1 AND l.member_id = m.member_id AND (l.open > 0 OR l.pending > 0)
WHERE m.program_id = $1 AND m.status = 'MERGED'
GROUP BY m.member_id, m.merged_into
UNION ALL
SELECT h.household_id, h.owner_id, array_agg(DISTINCT l.transaction_id)
FROM household AS h
JOIN lot AS l ON l.program_id = $1 AND l.member_id = h.household_id AND (l.open > 0 OR l.pending > 0)
WHERE h.program_id = $1 AND h.closed_at IS NOT NULL
GROUP BY h.household_id, h.owner_id
LIMIT $2;

-- stranded_debts: what merged members and pools of closed households owe all the same: a return was under way when they ended.
SELECT m.member_id, m.merged_into AS heir, jsonb_object_agg(a.unit, a.debt) AS debts
FROM member AS m
JOIN account AS a ON a.program_id = $1 AND a.member_id = m.member_id AND a.debt > 0
WHERE m.program_id = $1 AND m.status = 'MERGED'
GROUP BY m.member_id, m.merged_into
UNION ALL
SELECT h.household_id, h.owner_id, jsonb_object_agg(a.unit, a.debt)
FROM household AS h
JOIN account AS a ON a.program_id = $1 AND a.member_id = h.household_id AND a.debt > 0
WHERE h.program_id = $1 AND h.closed_at IS NOT NULL
GROUP BY h.household_id, h.owner_id
LIMIT $2;

-- paid_by: who pays for a member: himself, who took him over, and in the end the household of that one.
WITH RECURSIVE follows AS (
  SELECT member_id, merged_into, 1 AS place FROM member WHERE program_id = $1 AND member_id = $2
  UNION ALL
  SELECT m.member_id, m.merged_into, f.place + 1
  FROM follows AS f JOIN member AS m ON m.program_id = $1 AND m.member_id = f.merged_into
)
SELECT follows.member_id, household.household_id
FROM follows
LEFT JOIN household_member AS household
  ON household.program_id = $1 AND household.member_id = follows.member_id AND follows.merged_into IS NULL
ORDER BY follows.place;
