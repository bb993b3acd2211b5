-- merged_into_member: all whom the member took over, directly or through others: the same person.
WITH RECURSIVE person AS (
  SELECT $2::uuid AS member_id
  UNION
  SELECT member.member_id FROM member JOIN person ON member.merged_into = person.member_id WHERE member.program_id = $1
)
SELECT member_id FROM person WHERE member_id <> $2 ORDER BY member_id;

-- survivor_of: the member that a person goes on as after merges, and the state of that one.
WITH RECURSIVE way AS (
  SELECT member_id, merged_into, status FROM member WHERE program_id = $1 AND member_id = $2
  UNION
  SELECT member.member_id, member.merged_into, member.status FROM member JOIN way ON member.member_id = way.merged_into WHERE member.program_id = $1
)
SELECT member_id, status FROM way WHERE merged_into IS NULL;

-- close_member: the membership ends; what names the member on paper stays until erasure.
UPDATE member SET status = 'CLOSED', closed_at = $3
WHERE program_id = $1 AND member_id = $2 AND status IN ('ACTIVE', 'FROZEN');

-- release_names: e-mail and phone are free for whoever enrols with them, such as the same person.
DELETE FROM identifier WHERE program_id = $1 AND member_id = ANY($2::uuid[]) AND kind IN ('email', 'phone');

-- leave_household: the member is in no household any more.
DELETE FROM household_member WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING household_id;

-- pass_household_on: to who is in it longest; nobody left closes it.
UPDATE household AS left_behind
SET owner_id = coalesce(heir.member_id, left_behind.owner_id), closed_at = CASE WHEN heir.member_id IS NULL THEN $4::timestamptz END
FROM (SELECT 1) AS once
LEFT JOIN LATERAL (
  SELECT member_id FROM household_member WHERE program_id = $1 AND household_id = $2 ORDER BY joined_at, member_id LIMIT 1
) AS heir ON true
WHERE left_behind.program_id = $1 AND left_behind.household_id = $2 AND (left_behind.owner_id = ANY($3::uuid[]) OR heir.member_id IS NULL);

-- erase_profiles: nothing personal stays; how many had what. A number that nobody can draw stands for the old one.
WITH had AS (
  DELETE FROM person WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING display_name, email, phone, birth_date, guardian
), erased AS (
  UPDATE member
  SET locale = $3, member_number = 'ERASED', status = 'ERASED', merged_into = NULL,
      closed_at = coalesce(closed_at, $4)
  WHERE program_id = $1 AND member_id = ANY($2::uuid[])
)
SELECT count(*) AS profiles, count(display_name) AS names, count(email) AS emails, count(phone) AS phones, count(birth_date) AS birth_dates,
       count(guardian) AS guardians
FROM had;

-- erase_identifiers: nobody is found by them any more; the serials stay until phones have fetched the void pass (the wallet's retention).
WITH gone AS (DELETE FROM identifier WHERE program_id = $1 AND member_id = ANY($2::uuid[]) AND kind <> 'pass' RETURNING 1)
SELECT count(*) FROM gone;

-- erase_staff: where the person was known as staff.
WITH gone AS (DELETE FROM staff WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING 1)
SELECT count(*) FROM gone;

-- erase_merges: what an unmerge would have given back.
WITH gone AS (
  UPDATE merge SET detail = '{}' WHERE program_id = $1 AND (member_id = ANY($2::uuid[]) OR target_id = ANY($2::uuid[])) RETURNING 1
)
SELECT count(*) FROM gone;

-- insert_erasure: the certificate.
INSERT INTO erasure (program_id, member_id, erasure_id, erased_at, erased_by, certificate) VALUES ($1, $2, $3, $4, $5, $6);

-- read_erasure: a certificate by its member and id.
SELECT member_id, erasure_id, erased_at, erased_by, certificate FROM erasure WHERE program_id = $1 AND member_id = $2 AND erasure_id = $3;

-- list_erasures: certificates of a program, newest first, between two places in the list.
SELECT member_id, erasure_id, erased_at, erased_by, certificate
FROM erasure
WHERE program_id = $1
  AND ($3::timestamptz IS NULL OR (erased_at, erasure_id) < ($3, $4::uuid))
  AND ($5::timestamptz IS NULL OR (erased_at, erasure_id) > ($5, $6::uuid))
ORDER BY erased_at DESC, erasure_id DESC
LIMIT $2;

-- erase_tier_years: days of a person's own that began his tier years, now and before.
WITH unset AS (
  UPDATE standing SET year_begins_on = NULL WHERE program_id = $1 AND member_id = ANY($2::uuid[]) AND year_begins_on IS NOT NULL
), gone AS (
  DELETE FROM tier_year WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING starts
)
SELECT count(starts) FROM gone;
