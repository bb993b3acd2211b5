-- put_code: the address's one live code, in place of the one before; nothing where it had $6 since $7.
INSERT INTO one_time_code (program_id, address_hash, code_hash, made_at, ends_at, tries, made, counted_from) VALUES ($1, $2, $3, $4, $5, 0, 1, $4)
ON CONFLICT (program_id, address_hash) DO UPDATE
SET code_hash = excluded.code_hash, made_at = excluded.made_at, ends_at = excluded.ends_at, tries = 0,
    made = CASE WHEN one_time_code.counted_from > $7 THEN one_time_code.made + 1 ELSE 1 END,
    counted_from = CASE WHEN one_time_code.counted_from > $7 THEN one_time_code.counted_from ELSE excluded.made_at END
WHERE one_time_code.counted_from <= $7 OR one_time_code.made < $6
RETURNING true;

-- take_try: one of the tries of a live code; nothing where there is none, or its tries are over.
UPDATE one_time_code SET tries = tries + 1
WHERE program_id = $1 AND address_hash = $2 AND code_hash IS NOT NULL AND ends_at > $3 AND tries < $4
RETURNING code_hash;

-- give_back_try: who has the live code did not guess, whatever else was missing.
UPDATE one_time_code SET tries = tries - 1 WHERE program_id = $1 AND address_hash = $2 AND code_hash = $3 AND tries > 0;

-- use_code: the code is used up; of two who have it, one.
UPDATE one_time_code SET code_hash = NULL WHERE program_id = $1 AND address_hash = $2 AND code_hash = $3 RETURNING true;

-- drop_codes: up to $3 of those whose end, and whose hour, is before $2.
DELETE FROM one_time_code
WHERE ctid = ANY(ARRAY(SELECT ctid FROM one_time_code WHERE program_id = $1 AND ends_at < $2 AND counted_from < $2 LIMIT $3));

-- insert_session: a member has signed in.
INSERT INTO session (program_id, member_id, session_id, generation, secret_hash, device, created_at, used_at, ends_at)
VALUES ($1, $2, $3, 0, $4, $5, $6, $6, $7);

-- rotate_session: the next generation; nothing where the token is not of the newest one, or the session is over. Idle and whole life: $8, $9.
UPDATE session SET generation = generation + 1, secret_hash = $6, used_at = $7, ends_at = least($7 + $8::interval, created_at + $9::interval)
WHERE program_id = $1 AND member_id = $2 AND session_id = $3 AND generation = $4 AND secret_hash = $5 AND revoked_at IS NULL AND ends_at > $7
RETURNING ends_at;

-- reuse_session: the token of an older generation was used again: all of the family ends; nothing where it had ended.
UPDATE session SET revoked_at = $5, revoked_because = 'REUSED', announced_at = now()
WHERE program_id = $1 AND member_id = $2 AND session_id = $3 AND generation > $4 AND revoked_at IS NULL AND ends_at > $5
RETURNING true;

-- end_sessions: those of a person that are alive, but $3; or only $4 where it is given.
UPDATE session SET revoked_at = $5, revoked_because = $6, announced_at = now()
WHERE program_id = $1 AND member_id = ANY($2::uuid[]) AND revoked_at IS NULL AND ends_at > $5
  AND session_id IS DISTINCT FROM $3 AND ($4::uuid IS NULL OR session_id = $4)
RETURNING session_id;

-- forget_sessions: of an erased person no device stays, and no session goes on.
UPDATE session SET device = NULL, secret_hash = NULL, announced_at = coalesce(announced_at, now()), revoked_at = coalesce(revoked_at, now()),
  revoked_because = coalesce(revoked_because, 'ERASED')
WHERE program_id = $1 AND member_id = ANY($2::uuid[]) AND secret_hash IS NOT NULL
RETURNING session_id;

-- sessions_of: where a person is signed in, the last used first.
SELECT session_id, device, created_at, used_at, ends_at
FROM session
WHERE program_id = $1 AND member_id = ANY($2::uuid[]) AND revoked_at IS NULL AND ends_at > $3
ORDER BY used_at DESC, session_id
LIMIT $4;

-- too_many_sessions: those alive beyond the newest $4.
SELECT session_id FROM session
WHERE program_id = $1 AND member_id = $2 AND revoked_at IS NULL AND ends_at > $3
ORDER BY used_at DESC, session_id
OFFSET $4;

-- ended_sessions: those whose access tokens may still live. By this server's own clock, as every process asks at another moment.
SELECT session_id::text FROM session WHERE announced_at > now() - interval '15 minutes';

-- drop_sessions: up to $3 of those that ended before $2.
DELETE FROM session
WHERE ctid = ANY(ARRAY(SELECT ctid FROM session WHERE program_id = $1 AND least(ends_at, revoked_at) < $2 LIMIT $3));
