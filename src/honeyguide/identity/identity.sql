-- insert_credential: a new credential; its secret is known by its hash only.
INSERT INTO credential (client_id, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- credential: what a client signs in with, in force or not.
SELECT client_id, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at, ends_at, used_at, revoked_at
FROM credential
WHERE client_id = $1;

-- wait_for_others: whoever makes a credential of a subject waits for who makes one, until that commits: so their number has an end.
SELECT pg_advisory_xact_lock(hashtextextended('credentials of ' || $1::text, 0));

-- credentials_in_force: how many of a subject serve at $4.
SELECT count(*)
FROM credential
WHERE program_id = $1 AND audience = $2 AND subject = $3 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $4);

-- list_credentials: those of a subject, newest first, between two of them; of one location when $4 names it.
SELECT client_id, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at, ends_at, used_at, revoked_at
FROM credential
WHERE program_id = $1 AND audience = $2 AND subject = $3
  AND ($4::text IS NULL OR location = $4)
  AND ($6::timestamptz IS NULL OR (created_at, client_id) < ($6, $7::text))
  AND ($8::timestamptz IS NULL OR (created_at, client_id) > ($8, $9::text))
ORDER BY created_at DESC, client_id DESC
LIMIT $5;

-- end_credential: a rotation lets what is in force at $3 live until $4, never longer than it would have.
UPDATE credential SET ends_at = least(ends_at, $4), announced_at = least(announced_at, now() + ($4 - $3))
WHERE program_id = $1 AND client_id = $2 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $3);

-- note_use: when it signed in last.
UPDATE credential SET used_at = $2 WHERE client_id = $1;

-- revoke_credential: end a credential; who revokes again changes nothing.
UPDATE credential SET revoked_at = $3, announced_at = least(announced_at, now())
WHERE program_id = $1 AND client_id = $2 AND revoked_at IS NULL;

-- revoked_credentials: those that ended, and whose tokens may still live (30 minutes). By this server's own clock, as every process asks.
SELECT client_id FROM credential WHERE announced_at > now() - interval '45 minutes' AND announced_at <= now();

-- take_nonce: nothing where it was said before.
INSERT INTO nonce (value, ends_at) VALUES ($1, $2) ON CONFLICT (value) DO NOTHING RETURNING true;

-- forget_nonces: up to $2 of those whose carriers are refused by their own end.
WITH over AS MATERIALIZED (SELECT value FROM nonce WHERE ends_at < $1 LIMIT $2)
DELETE FROM nonce n USING over WHERE n.value = over.value;
