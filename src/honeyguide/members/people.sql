-- read_sealed: what is sealed of a person.
SELECT birth_date, time_zone, quiet_hours, guardian FROM person WHERE program_id = $1 AND member_id = $2;

-- lock_person: the membership and the person, locked against others who change them; who is taken over or has left is not changed any more.
SELECT member.status, member.locale, person.display_name, person.birth_date, person.time_zone, person.quiet_hours, person.guardian
FROM member
JOIN person USING (program_id, member_id)
WHERE program_id = $1 AND member_id = $2
FOR UPDATE;

-- write_person: name and sealed details as they are from now on.
UPDATE person SET display_name = $3, birth_date = $4, time_zone = $5, quiet_hours = $6, guardian = $7 WHERE program_id = $1 AND member_id = $2;

-- write_locale: the language from now on.
UPDATE member SET locale = $3 WHERE program_id = $1 AND member_id = $2 AND locale <> $3;

-- insert_consents: what was said, purpose by purpose.
INSERT INTO consent (program_id, member_id, consent_id, purpose, given, at, source, text_version)
SELECT $1, $2, said.consent_id, said.purpose, said.given, $3, $4, said.text_version
FROM unnest($5::uuid[], $6::text[], $7::boolean[], $8::int[]) AS said (consent_id, purpose, given, text_version);

-- consents_of: all that was said, in the order in which it was said.
SELECT purpose, given, at, source, text_version FROM consent WHERE program_id = $1 AND member_id = $2 ORDER BY at, consent_id;

-- count_consents: how often the person said yes to a purpose since a moment.
SELECT count(*) FROM consent WHERE program_id = $1 AND member_id = $2 AND purpose = $3 AND given AND at >= $4;
