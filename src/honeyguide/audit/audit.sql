-- insert_act: one row of the trail; a trigger puts it in the queue of the chain.
INSERT INTO audit
  (program_id, audit_id, at, actor, audience, credential_id, action, subject_kind, subject, members, request_id, approval_id, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- try_turn: one process chains a program at a time; who does not get the turn leaves it to the other.
SELECT pg_try_advisory_xact_lock($1, hashtext($2::uuid::text));

-- head: the last link of a program.
SELECT seq, hash FROM audit_link WHERE program_id = $1 ORDER BY seq DESC LIMIT 1;

-- waiting: rows that are committed and in no link, in the order of their time; a late commit comes with its turn later.
SELECT a.program_id, a.audit_id, a.at, a.actor, a.audience, a.credential_id, a.action, a.subject_kind, a.subject, a.members, a.request_id,
       a.approval_id, a.detail::text AS detail
FROM audit_waiting w
JOIN audit a ON a.program_id = w.program_id AND a.audit_id = w.audit_id
WHERE w.program_id = $1
ORDER BY a.at, a.audit_id
LIMIT $2;

-- insert_links: they stand in the queue no more.
WITH linked AS (
  INSERT INTO audit_link (program_id, seq, audit_id, hash)
  SELECT $1, l.seq, l.audit_id, l.hash FROM unnest($2::bigint[], $3::uuid[], $4::bytea[]) AS l (seq, audit_id, hash)
  RETURNING audit_id
)
DELETE FROM audit_waiting w USING linked WHERE w.program_id = $1 AND w.audit_id = linked.audit_id;

-- backlog: how many rows of all programs wait, counted up to a bound, and since when the first of these does.
SELECT count(*) AS waiting, min(a.at) AS since
FROM (SELECT program_id, audit_id FROM audit_waiting LIMIT $1) AS w
JOIN audit a ON a.program_id = w.program_id AND a.audit_id = w.audit_id;

-- links: a stretch of the chain, each with its row where there is one.
SELECT l.seq, l.hash, l.audit_id AS link_audit_id,
       a.program_id, a.audit_id, a.at, a.actor, a.audience, a.credential_id, a.action, a.subject_kind, a.subject, a.members, a.request_id,
       a.approval_id, a.detail::text AS detail
FROM audit_link l
LEFT JOIN audit a ON a.program_id = l.program_id AND a.audit_id = l.audit_id
WHERE l.program_id = $1 AND l.seq > $2
ORDER BY l.seq
LIMIT $3;

-- link_at: one link.
SELECT hash FROM audit_link WHERE program_id = $1 AND seq = $2;

-- unchained: rows in no link, wherever they came from.
SELECT a.audit_id, a.at
FROM audit a
LEFT JOIN audit_link l ON l.program_id = a.program_id AND l.audit_id = a.audit_id
WHERE a.program_id = $1 AND a.at < $2 AND l.seq IS NULL
ORDER BY a.at, a.audit_id
LIMIT $3;

-- trail: a page of the trail, newest first; each filter may be left out.
SELECT a.audit_id, a.at, a.actor, a.audience, a.credential_id, a.action, a.subject_kind, a.subject, a.members, a.request_id, a.approval_id,
       a.detail, l.seq, l.hash
FROM audit a
LEFT JOIN audit_link l ON l.program_id = a.program_id AND l.audit_id = a.audit_id
WHERE a.program_id = $1
  AND ($2::text IS NULL OR a.actor = $2)
  AND ($3::text IS NULL OR a.action = $3)
  AND ($4::uuid IS NULL OR a.members @> ARRAY[$4::uuid])
  AND ($5::timestamptz IS NULL OR a.at >= $5)
  AND ($6::timestamptz IS NULL OR a.at < $6)
  AND ($8::timestamptz IS NULL OR (a.at, a.audit_id) < ($8, $9::uuid))
  AND ($10::timestamptz IS NULL OR (a.at, a.audit_id) > ($10, $11::uuid))
ORDER BY a.at DESC, a.audit_id DESC
LIMIT $7;

-- stretch: rows of a time, oldest first, with their links.
SELECT a.program_id, a.audit_id, a.at, a.actor, a.audience, a.credential_id, a.action, a.subject_kind, a.subject, a.members, a.request_id,
       a.approval_id, a.detail::text AS detail, l.seq, l.hash
FROM audit a
LEFT JOIN audit_link l ON l.program_id = a.program_id AND l.audit_id = a.audit_id
WHERE a.program_id = $1 AND a.at >= $2 AND a.at < $3 AND (a.at, a.audit_id) > ($4, $5::uuid)
ORDER BY a.at, a.audit_id
LIMIT $6;

-- programs: all of them by code; the trail is kept for each apart.
SELECT program_id, code FROM program ORDER BY code;
