-- lock_credentials: one command at a time, so that no two give a pass type to two programs.
SELECT pg_advisory_xact_lock(hashtext('honeyguide wallet_credential'))

-- credential_ids: whether anything changed since they were read.
SELECT coalesce(string_agg(i.platform || i.name || coalesce(c.credential_id::text, ''), ' ' ORDER BY i.program_id, i.platform, c.credential_id), '')
FROM wallet_issuer i
LEFT JOIN wallet_credential c ON c.program_id = i.program_id AND c.platform = i.platform

-- credentials: all of all programs, few; an issuer without one is told, too: its program has no other.
SELECT i.program_id, i.platform, i.name, i.team_id, c.credential_id, c.fingerprint, c.valid_from, c.valid_until, c.added_at, c.sealed
FROM wallet_issuer i
LEFT JOIN wallet_credential c ON c.program_id = i.program_id AND c.platform = i.platform
ORDER BY i.program_id, i.platform, c.added_at, c.credential_id

-- issuer_of_name: whose pass type or issuer id it is.
SELECT program_id
FROM wallet_issuer
WHERE platform = $1 AND name = $2

-- name_of_issuer: under which pass type or issuer id the program is known.
SELECT name
FROM wallet_issuer
WHERE program_id = $1 AND platform = $2

-- phones_of_other_types: how many passes are on phones under another pass type, which none of them could ever leave.
SELECT count(*)
FROM apple_registration
WHERE program_id = $1 AND pass_type <> $2

-- objects_of_other_issuers: how many objects are at Google under another issuer, which none of them could ever leave.
SELECT count(*)
FROM google_object
WHERE program_id = $1 AND NOT starts_with(object_id, $2 || '.')

-- put_issuer: the program's pass type or issuer id from now on.
INSERT INTO wallet_issuer (program_id, platform, name, team_id)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING

-- put_credential: one more certificate or account; nothing where the program has it already.
INSERT INTO wallet_credential (program_id, credential_id, platform, fingerprint, valid_from, valid_until, sealed, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (program_id, fingerprint) DO NOTHING
RETURNING true

-- remove_credential: the sealed key is gone with the row; the audit trail remembers that there was one.
DELETE FROM wallet_credential
WHERE program_id = $1 AND fingerprint = $2
RETURNING platform

-- release_issuer: the pass type or issuer id is free again, where no certificate and nothing on phones is left of it.
DELETE FROM wallet_issuer i
WHERE i.program_id = $1 AND i.platform = $2
  AND NOT EXISTS (SELECT FROM wallet_credential c WHERE c.program_id = i.program_id AND c.platform = i.platform)
  AND NOT EXISTS (SELECT FROM apple_registration r WHERE r.program_id = i.program_id AND i.platform = 'apple')
  AND NOT EXISTS (SELECT FROM google_object o WHERE o.program_id = i.program_id AND i.platform = 'google')
