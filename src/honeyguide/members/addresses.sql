-- lock_address: the membership and how the member is reached, locked against others who change it.
SELECT member.status, member.locale, person.email, person.phone
FROM member
JOIN person USING (program_id, member_id)
WHERE program_id = $1 AND member_id = $2
FOR UPDATE;

-- release_address: the former address names nobody any more.
DELETE FROM identifier WHERE program_id = $1 AND kind = $3 AND value = $4 AND member_id = $2;

-- write_email: how the member is reached from now on.
UPDATE person SET email = $3 WHERE program_id = $1 AND member_id = $2;

-- write_phone: how the member is reached from now on.
UPDATE person SET phone = $3 WHERE program_id = $1 AND member_id = $2;

-- complete_person: what an anonymous member has not said of himself yet.
UPDATE person SET
  display_name = coalesce(display_name, $3),
  birth_date = coalesce(birth_date, $4),
  guardian = coalesce(guardian, $5)
WHERE program_id = $1 AND member_id = $2;

-- read_address: how the member is reached.
SELECT member.status, member.locale, person.email, person.phone
FROM member
JOIN person USING (program_id, member_id)
WHERE program_id = $1 AND member_id = $2;
