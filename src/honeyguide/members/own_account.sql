-- addresses_of: the e-mail addresses of these members or pools, of the same persons after merges, and of those in a household with them.
-- Up and down a merge each has its own look into an index; a join with OR would read all members.
WITH RECURSIVE same_person (asked, member_id) AS (
  SELECT id, id FROM unnest($2::uuid[]) AS given (id)
  UNION
  SELECT household_member.household_id, household_member.member_id FROM household_member
  WHERE household_member.program_id = $1 AND household_member.household_id = ANY($2::uuid[])
  UNION
  SELECT same_person.asked, other.member_id
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
SELECT same_person.asked, identifier.value AS address
FROM same_person
JOIN identifier ON identifier.program_id = $1 AND identifier.member_id = same_person.member_id
WHERE identifier.kind = 'email'
UNION
-- Who has left is not found by the address any more; the profile keeps it until the erasure.
SELECT same_person.asked, person.email
FROM same_person
JOIN person ON person.program_id = $1 AND person.member_id = same_person.member_id
WHERE person.email IS NOT NULL;
