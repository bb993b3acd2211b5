-- late_phones: phones that have not fetched what was published, the longest first, between two places in the list.
SELECT r.member_id, r.pass_id, p.style, r.registered_at, r.behind_since, r.pushed_at, r.fetched_at, r.fetched_version AS version, r.attempts AS tries
FROM apple_registration r
JOIN pass p ON p.program_id = r.program_id AND p.member_id = r.member_id AND p.pass_id = r.pass_id
WHERE r.program_id = $1 AND r.behind_since IS NOT NULL
  AND ($3::timestamptz IS NULL OR (r.behind_since, r.pass_id, r.registered_at) > ($3, $4::uuid, $5::timestamptz))
  AND ($6::timestamptz IS NULL OR (r.behind_since, r.pass_id, r.registered_at) < ($6, $7::uuid, $8::timestamptz))
ORDER BY r.behind_since, r.pass_id, r.registered_at
LIMIT $2
