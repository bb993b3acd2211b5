-- find_members: the members that up to 500 lookups name, each with its place in the list; a lookup is a kind and a value, or a member id out of a handle.
-- One look into each index a lookup, whatever the planner believes about the size of the tables: a join of both scanned all members.
-- Likewise the household that the member belongs to, whose pool may pay for him, and where he works.
SELECT asked.place, member.member_id, member.member_number, person.display_name, member.locale, member.status, member.merged_into,
       household.household_id, coalesce(household.may_burn, false) AS may_burn, (
         SELECT array_agg(ARRAY[staff.partner_id::text, staff.location, staff.cashier])
         FROM staff WHERE staff.program_id = $1 AND staff.member_id = member.member_id
       ) AS jobs
FROM (
  SELECT named.place, coalesce(named.member_id, (
    SELECT identifier.member_id FROM identifier WHERE identifier.program_id = $1 AND identifier.kind = named.kind AND identifier.value = named.value
  )) AS member_id
  FROM unnest($2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY AS named (kind, value, member_id, place)
  OFFSET 0
) AS asked
CROSS JOIN LATERAL (
  SELECT * FROM member WHERE member.program_id = $1 AND member.member_id = asked.member_id LIMIT 1
) AS member
LEFT JOIN LATERAL (
  SELECT display_name FROM person WHERE person.program_id = $1 AND person.member_id = member.member_id LIMIT 1
) AS person ON true
LEFT JOIN LATERAL (
  SELECT * FROM household_member WHERE household_member.program_id = $1 AND household_member.member_id = member.member_id LIMIT 1
) AS household ON true
WHERE member.status NOT IN ('CLOSED', 'ERASED');

-- insert_identifiers: name the member by each of these; a name that somebody has already stays theirs. Sorted, so that two enrolments cannot wait for each other.
INSERT INTO identifier (program_id, kind, value, member_id)
SELECT $1, named.kind, named.value, $2
FROM unnest($3::text[], $4::text[]) AS named (kind, value)
ORDER BY named.kind COLLATE "C", named.value COLLATE "C"
ON CONFLICT DO NOTHING
RETURNING kind, value;

-- remove_identifiers: take back what an enrolment inserted before it met a member who has one of the names.
DELETE FROM identifier WHERE program_id = $1 AND member_id = $2;

-- owner_of_identifiers: whom the names name, the first name that is known first.
SELECT identifier.member_id
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS named (kind, value, place)
JOIN identifier ON identifier.program_id = $1 AND identifier.kind = named.kind AND identifier.value = named.value
ORDER BY named.place
LIMIT 1;

-- insert_member: a new member, and who it is.
WITH named AS (
  INSERT INTO person (program_id, member_id, display_name, email, phone, birth_date, time_zone, quiet_hours, guardian)
  VALUES ($1, $2, $7, $8, $9, $10, $11, $12, $13)
)
INSERT INTO member (program_id, member_id, member_number, locale, enrolled_at, enrolled_by) VALUES ($1, $2, $3, $4, $5, $6);

-- members_by_id: the profiles of these members, in no order.
SELECT member_id, member_number, display_name, email, phone, locale, status, enrolled_at
FROM member
LEFT JOIN person USING (program_id, member_id)
WHERE program_id = $1 AND member_id = ANY($2::uuid[]);

-- first_members: a page of all members, oldest enrolment first, strictly between two keys.
SELECT member_id, member_number, display_name, email, phone, locale, status, enrolled_at
FROM member
LEFT JOIN person USING (program_id, member_id)
WHERE program_id = $1 AND (enrolled_at, member_id) > ($2, $3::uuid) AND (enrolled_at, member_id) < ($4, $5::uuid)
ORDER BY enrolled_at, member_id
LIMIT $6;

-- last_members: the same page read from its end.
SELECT member_id, member_number, display_name, email, phone, locale, status, enrolled_at
FROM member
LEFT JOIN person USING (program_id, member_id)
WHERE program_id = $1 AND (enrolled_at, member_id) > ($2, $3::uuid) AND (enrolled_at, member_id) < ($4, $5::uuid)
ORDER BY enrolled_at DESC, member_id DESC
LIMIT $6;

-- first_named_members: a page of the members that have one of the names $7, $8 or a number from $9 to $10.
WITH named AS (
  SELECT identifier.member_id
  FROM unnest($7::text[], $8::text[]) AS asked (kind, value)
  JOIN identifier ON identifier.program_id = $1 AND identifier.kind = asked.kind AND identifier.value = asked.value
  UNION
  SELECT member_id FROM identifier WHERE program_id = $1 AND kind = 'number' AND value BETWEEN $9 AND $10
)
SELECT member_id, member_number, display_name, email, phone, locale, status, enrolled_at
FROM member
LEFT JOIN person USING (program_id, member_id)
JOIN named USING (member_id)
WHERE program_id = $1 AND (enrolled_at, member_id) > ($2, $3::uuid) AND (enrolled_at, member_id) < ($4, $5::uuid)
ORDER BY enrolled_at, member_id
LIMIT $6;

-- last_named_members: the same page read from its end.
WITH named AS (
  SELECT identifier.member_id
  FROM unnest($7::text[], $8::text[]) AS asked (kind, value)
  JOIN identifier ON identifier.program_id = $1 AND identifier.kind = asked.kind AND identifier.value = asked.value
  UNION
  SELECT member_id FROM identifier WHERE program_id = $1 AND kind = 'number' AND value BETWEEN $9 AND $10
)
SELECT member_id, member_number, display_name, email, phone, locale, status, enrolled_at
FROM member
LEFT JOIN person USING (program_id, member_id)
JOIN named USING (member_id)
WHERE program_id = $1 AND (enrolled_at, member_id) > ($2, $3::uuid) AND (enrolled_at, member_id) < ($4, $5::uuid)
ORDER BY enrolled_at DESC, member_id DESC
LIMIT $6;
