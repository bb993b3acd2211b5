-- insert_act: one row of the trail; a trigger puts it in the queue of the chain.
INSERT INTO audit
  (program_id, audit_id, at, actor, audience, credential_id, action, subject_kind, subject, members, request_id, approval_id, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);
