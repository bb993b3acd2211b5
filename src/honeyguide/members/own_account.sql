-- has_address: whether one of these members or pools, of the same persons after merges, or of those in a household with them has that e-mail address.
-- Up and down a merge each has its own look into an index; a join with OR would read all members.
WITH RECURSIVE same_person (member_id) AS (
  SELECT unnest($2::uuid[])
  UNION
  SELECT household_member.member_id FROM household_member
  WHERE household_member.program_id = $1 AND household_member.household_id = ANY($2::uuid[])
  UNION
  SELECT other.member_id
  FROM same_person
  CROSS JOIN LATERAL (
    SELECT member.merged_into AS member_id FROM member
    WHERE member.program_id = $1 AND member.member_id = same_person.member_id AND member.merged_into IS NOT NULL
    UNION ALL
    SELECT member.member_id FROM member WHERE member.program_id = $1 AND member.merged_into = same_person.member_id
    UNION ALL
    SELECT mate.member_id
    FROM household_member AS own
    JOIN household_member AS mate ON mate.program_id = $1 AND mate.household_id = own.household_id
    WHERE own.program_id = $1 AND own.member_id = same_person.member_id
  ) AS other
)
SELECT EXISTS (
  SELECT 1 FROM same_person JOIN identifier ON identifier.program_id = $1 AND identifier.member_id = same_person.member_id
  WHERE identifier.kind = 'email' AND identifier.value = $3
  UNION ALL
  -- Who has left is not found by the address any more; the profile keeps it until the erasure.
  SELECT 1 FROM same_person JOIN person ON person.program_id = $1 AND person.member_id = same_person.member_id
  WHERE lower(person.email) = $3
);
