-- insert_credential: a new credential; its secret is known by its hash only.
INSERT INTO credential (client_id, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- credential: what a client signs in with, in force or not.
SELECT client_id, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at, ends_at, used_at, revoked_at
FROM credential
WHERE client_id = $1;

-- credentials_in_force: how many of a subject serve at $4; whoever makes one waits here for the others, so that their number has an end.
SELECT count(*)
FROM pg_advisory_xact_lock(hashtextextended('credentials of ' || $3::text, 0)), credential
WHERE program_id = $1 AND audience = $2 AND subject = $3 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $4);

-- list_credentials: those of a subject, newest first, behind ($5, $6); of one location when $4 names it.
SELECT client_id, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at, ends_at, used_at, revoked_at
FROM credential
WHERE program_id = $1 AND audience = $2 AND subject = $3
  AND ($4::text IS NULL OR location = $4)
  AND ($5::timestamptz IS NULL OR (created_at, client_id) < ($5, $6::text))
ORDER BY created_at DESC, client_id DESC
LIMIT $7;

-- end_credential: a rotation lets what is in force at $3 live until $4, never longer than it would have.
UPDATE credential SET ends_at = least(ends_at, $4)
WHERE program_id = $1 AND client_id = $2 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $3);

-- note_use: when it signed in last.
UPDATE credential SET used_at = $2 WHERE client_id = $1;

-- revoke_credential: end a credential; who revokes again changes nothing.
UPDATE credential SET revoked_at = $3
WHERE program_id = $1 AND client_id = $2 AND revoked_at IS NULL;

-- revoked_credentials: every credential that was ended, or has ended by a rotation.
SELECT client_id FROM credential WHERE revoked_at IS NOT NULL OR ends_at <= now();

-- take_nonce: nothing where it was said before.
INSERT INTO nonce (value, ends_at) VALUES ($1, $2) ON CONFLICT (value) DO NOTHING RETURNING true;

-- forget_nonces: up to $2 of those whose carriers are refused by their own end.
DELETE FROM nonce WHERE value IN (SELECT value FROM nonce WHERE ends_at < $1 LIMIT $2);
