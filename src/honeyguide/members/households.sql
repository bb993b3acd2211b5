-- membership: the household that a member belongs to, and as what.
SELECT m.household_id, m.member_id, m.may_burn, m.joined_at, h.owner_id
FROM household_member AS m
JOIN household AS h ON h.program_id = $1 AND h.household_id = m.household_id
WHERE m.program_id = $1 AND m.member_id = $2;

-- household_members: who belongs to a household, the longest first.
SELECT m.household_id, m.member_id, m.may_burn, m.joined_at, h.owner_id
FROM household_member AS m
JOIN household AS h ON h.program_id = $1 AND h.household_id = m.household_id
WHERE m.program_id = $1 AND m.household_id = $2
ORDER BY m.joined_at, m.member_id;

-- open_household: whether a household is there and open.
SELECT closed_at IS NULL FROM household WHERE program_id = $1 AND household_id = $2;

-- insert_household: a new pool.
INSERT INTO household (program_id, household_id, owner_id, created_at) VALUES ($1, $2, $3, $4);

-- insert_household_member: a member joins; what is earned after that version goes to the pool.
INSERT INTO household_member (program_id, household_id, member_id, may_burn, joined_at, since_version) VALUES ($1, $2, $3, $4, $5, $6);

-- delete_household_member: a member leaves.
DELETE FROM household_member WHERE program_id = $1 AND household_id = $2 AND member_id = $3;

-- set_owner: the household is another's.
UPDATE household SET owner_id = $3 WHERE program_id = $1 AND household_id = $2;

-- close_household: the last member left.
UPDATE household SET closed_at = $3 WHERE program_id = $1 AND household_id = $2;

-- set_may_burn: the owner says who may redeem from the pool; no row where he is no owner, or the other no member.
UPDATE household_member AS m SET may_burn = $5
FROM household AS h
WHERE m.program_id = $1 AND m.household_id = $2 AND m.member_id = $4 AND h.program_id = $1 AND h.household_id = $2 AND h.owner_id = $3
RETURNING true;

-- unpooled: members of households who have what they earned since they joined, and by which transactions; what waits to repay a debt stays.
SELECT m.member_id, m.household_id, array_agg(DISTINCT l.transaction_id) AS earned_by
FROM household_member AS m
JOIN lot AS l ON l.program_id = $1 AND l.member_id = m.member_id AND (l.open > 0 OR l.pending > 0)
JOIN transaction AS t
  ON t.program_id = $1 AND t.member_id = m.member_id AND t.transaction_id = l.transaction_id AND t.version > m.since_version
WHERE m.program_id = $1
  AND NOT EXISTS (SELECT 1 FROM account AS a WHERE a.program_id = $1 AND a.member_id = m.member_id AND a.unit = l.unit AND a.debt > 0)
GROUP BY m.member_id, m.household_id
LIMIT $2;
