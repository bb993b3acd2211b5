-- insert_credential: a new credential; its secret is known by its hash only.
INSERT INTO credential (client_id, program_id, audience, subject, secret_hash, scopes, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- credential: what a client signs in with, revoked or not.
SELECT client_id, program_id, audience, subject, secret_hash, scopes, revoked_at
FROM credential
WHERE client_id = $1;

-- revoke_credential: end a credential; who revokes again changes nothing.
UPDATE credential SET revoked_at = $3
WHERE program_id = $1 AND client_id = $2 AND revoked_at IS NULL;

-- revoked_credentials: every credential that was ended.
SELECT client_id FROM credential WHERE revoked_at IS NOT NULL;
