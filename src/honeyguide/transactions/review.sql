-- parked_posts: what waits for a decision, oldest first, between two places in the queue; of one partner and for one reason where they are named.
SELECT parked_id, member_id, partner_id, location, reference, business_date, reason, occurred_at, received_at, purchase, key, key_scope,
       decision, decided_by, decided_at, settled_at
FROM parked_post
WHERE program_id = $1 AND decision IS NULL
  AND ($2::uuid IS NULL OR partner_id = $2)
  AND ($3::text IS NULL OR reason = $3)
  AND ($4::timestamptz IS NULL OR received_at <= $4)
  AND ($6::timestamptz IS NULL OR (received_at, parked_id) > ($6, $7::uuid))
  AND ($8::timestamptz IS NULL OR (received_at, parked_id) < ($8, $9::uuid))
ORDER BY received_at, parked_id
LIMIT $5;

-- parked_post: one, decided or not.
SELECT parked_id, member_id, partner_id, location, reference, business_date, reason, occurred_at, received_at, purchase, key, key_scope,
       decision, decided_by, decided_at, settled_at
FROM parked_post
WHERE program_id = $1 AND member_id = $2 AND parked_id = $3;

-- count_parked: how many wait, of a partner and for a reason where it is named; never counts further than $4.
SELECT count(*)
FROM (
  SELECT 1 FROM parked_post WHERE program_id = $1 AND partner_id = $2 AND decision IS NULL AND ($3::text IS NULL OR reason = $3) LIMIT $4
) AS waiting;

-- decide: pin a decision, unless there is one.
UPDATE parked_post SET decision = $4, decided_by = $5, decided_at = $6, note = $7
WHERE program_id = $1 AND member_id = $2 AND parked_id = $3 AND decision IS NULL
RETURNING parked_id;

-- leave_undecided: the till would not have it, so it waits again.
UPDATE parked_post SET decision = NULL, decided_by = NULL, decided_at = NULL, note = NULL
WHERE program_id = $1 AND member_id = $2 AND parked_id = $3 AND decision = 'POST' AND settled_at IS NULL;

-- settle: the decision is carried out; no row where it was before.
UPDATE parked_post SET settled_at = $4, transaction_member = $5, transaction_id = $6
WHERE program_id = $1 AND member_id = $2 AND parked_id = $3 AND settled_at IS NULL
RETURNING decided_by;

-- lock_standing: as the till does before it reads what is parked.
SELECT 1 FROM standing WHERE program_id = $1 AND member_id = $2 FOR NO KEY UPDATE;

-- outcome_of: what became of one; no row while it is no transaction.
SELECT transaction_member, transaction_id FROM parked_post WHERE program_id = $1 AND member_id = $2 AND parked_id = $3 AND transaction_id IS NOT NULL;

-- refuse_claims: the post's key and reference tell from now on that it was refused; how many told that it is parked.
WITH told AS (
  UPDATE claim SET outcome = $4::jsonb
  WHERE program_id = $1 AND (key, scope) IN (SELECT * FROM unnest($2::text[], $3::text[])) AND transaction_id IS NULL
  RETURNING 1
)
SELECT count(*) FROM told;

-- give_claims: the post's key and reference belong to the transaction from now on.
UPDATE claim SET member_id = $4, transaction_id = $5, outcome = NULL
WHERE program_id = $1 AND (key, scope) IN (SELECT * FROM unnest($2::text[], $3::text[])) AND transaction_id IS NULL;

-- forget_key: the operator's key is free again, for nothing was decided.
DELETE FROM claim WHERE program_id = $1 AND key = $2 AND scope = $3 AND transaction_id IS NULL;

-- unsettled: decided, and not carried out by who was about to; oldest first.
SELECT parked_id, member_id, partner_id, location, reference, business_date, reason, occurred_at, received_at, purchase, key, key_scope,
       decision, decided_by, decided_at, settled_at
FROM parked_post
WHERE program_id = $1 AND decision IS NOT NULL AND settled_at IS NULL AND decided_at < $2
ORDER BY decided_at
LIMIT $3;

-- insert_decision: about all parked posts of a partner, for a reason where one is named; the worker carries it out.
INSERT INTO parked_decision (program_id, decision_id, partner_id, reason, decision, note, decided_by, decided_email, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- open_decisions: those that are not carried out to the end, oldest first.
SELECT decision_id, partner_id, reason, decision, note, decided_by, decided_email, decided_at, after_at, after_id
FROM parked_decision
WHERE program_id = $1 AND done_at IS NULL
ORDER BY decided_at
LIMIT $2;

-- decision_went_on: so far it is carried out; `done_at` once there is no more.
UPDATE parked_decision SET after_at = $3, after_id = $4, settled = settled + $5, refused = refused + $6, done_at = $7
WHERE program_id = $1 AND decision_id = $2 AND done_at IS NULL;
