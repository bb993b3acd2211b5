-- providers_in_force: each provider as one text, so that any change of one is a change of the watched set.
SELECT jsonb_build_object('program_id', program_id, 'provider_id', provider_id, 'audience', audience, 'issuer', issuer,
  'client_audiences', client_audiences, 'jwks_url', jwks_url, 'algorithms', algorithms, 'options', options)::text
FROM identity_provider
WHERE removed_at IS NULL;

-- lock_providers: one command at a time, so that no two can add what the other one forbids.
SELECT pg_advisory_xact_lock(hashtext('honeyguide identity_provider'));

-- providers: all of a program, removed ones too.
SELECT program_id, provider_id, audience, issuer, client_audiences, jwks_url, algorithms, options, created_at, removed_at
FROM identity_provider
WHERE program_id = $1
ORDER BY provider_id;

-- overlapping_provider: another provider in force, of whatever program and audience, that would take the same tokens.
SELECT provider_id
FROM identity_provider
WHERE issuer = $1 AND client_audiences && $2::text[] AND removed_at IS NULL AND (program_id, provider_id) <> ($3, $4)
LIMIT 1;

-- put_provider: a new provider, or one of that name again; a name stays with its issuer for ever, as operators are named after it.
INSERT INTO identity_provider (program_id, provider_id, audience, issuer, client_audiences, jwks_url, algorithms, options, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (program_id, provider_id) DO UPDATE
SET client_audiences = excluded.client_audiences, jwks_url = excluded.jwks_url, algorithms = excluded.algorithms, options = excluded.options,
    removed_at = NULL
WHERE identity_provider.issuer = excluded.issuer AND identity_provider.audience = excluded.audience
RETURNING true;

-- remove_provider: from now on its tokens are nobody's.
UPDATE identity_provider SET removed_at = $3 WHERE program_id = $1 AND provider_id = $2 AND removed_at IS NULL RETURNING true;

-- signed_in: whom a subject of an issuer means; $3 is the subject and what an erasure would have left of it.
SELECT member_id FROM sign_in_identity WHERE program_id = $1 AND issuer = $2 AND subject = ANY($3::text[]) LIMIT 1;

-- link_sign_in: the subject means the member from now on; nothing where it means somebody, or the member has another subject there.
INSERT INTO sign_in_identity (program_id, issuer, subject, member_id, linked_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING true;

-- has_sign_in: whether one of these members, who are one person, has a subject of the issuer.
SELECT EXISTS (SELECT FROM sign_in_identity WHERE program_id = $1 AND issuer = $2 AND member_id = ANY($3::uuid[]));

-- sign_ins_of: by which subjects of which issuers these members sign in.
SELECT issuer, subject, linked_at FROM sign_in_identity WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY linked_at, issuer;

-- erase_sign_in: of the subject a keyed hash stays, so that an app that goes on asking does not make the person a member again.
UPDATE sign_in_identity SET subject = $4 WHERE program_id = $1 AND issuer = $2 AND subject = $3;
