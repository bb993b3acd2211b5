-- open_standing: a new member's lock row and base tier; the enrolment is version 1.
INSERT INTO standing (program_id, member_id, version, tier, tier_since, changed_at)
VALUES ($1, $2, 1, $3, $4, $5);

-- record_tier: the first line of a member's tier history.
INSERT INTO tier_change (program_id, member_id, version, tier, since, until, transaction_id)
VALUES ($1, $2, 1, $3, $4, NULL, $5);

-- record_enrolment: the transaction that began the member's books.
INSERT INTO transaction (program_id, member_id, transaction_id, version, kind, partner_id, location, reference, occurred_at, posted_at,
                         program_version, detail)
VALUES ($1, $2, $3, 1, 'ENROLMENT', $4, $5, $6, $7, $8, $9, $10);

-- read_transaction: one transaction of one member.
SELECT *
FROM transaction
WHERE program_id = $1 AND member_id = $2 AND transaction_id = $3;

-- read_transactions: some transactions, each of its member.
SELECT t.*
FROM unnest($2::uuid[], $3::uuid[]) AS wanted (member_id, transaction_id)
JOIN transaction AS t ON t.program_id = $1 AND t.member_id = wanted.member_id AND t.transaction_id = wanted.transaction_id;

-- due_members: members of a program at whom something happens by itself now, longest due first.
SELECT member_id, tier_until
FROM standing
WHERE program_id = $1 AND due_at <= $2
ORDER BY due_at
LIMIT $3;

-- plan_no_loops: until the transaction ends; tables that were analyzed while they were empty look as if they were, and loops over all that
-- they hold by now took a hundred times as long as hashes.
SET LOCAL enable_nestloop = off;

-- broken_rows: what the conservation view finds in a program, or in all; no rows = the books are sound.
SELECT rule, member_id, detail
FROM conservation
WHERE $1::uuid IS NULL OR program_id = $1
ORDER BY rule, member_id
LIMIT $2;

-- count_transactions: how many transactions the books of a program, or of all, hold.
SELECT count(*)
FROM transaction
WHERE $1::uuid IS NULL OR program_id = $1;

-- reversals_of: what took back parts of some members' transactions, in the order of posting.
SELECT t.*
FROM unnest($2::uuid[], $3::uuid[]) AS reversed (member_id, transaction_id)
JOIN transaction AS t ON t.program_id = $1 AND t.member_id = reversed.member_id AND t.of_transaction = reversed.transaction_id
WHERE t.kind = 'REVERSAL'
ORDER BY t.version, t.transaction_id;  -- of a purchase that names nobody all versions are 0

-- read_hold: one hold of one member.
SELECT hold_id, unit, amount, captured, state, partner_id, location, proof, authorised_at, expires_at, settled_by, approval
FROM hold
WHERE program_id = $1 AND member_id = $2 AND hold_id = $3;

-- totals_of: what came to some members and what left them, by unit and by the kind of account that stood against them.
SELECT
  t.unit,
  a.kind,
  coalesce(sum(t.amount) FILTER (WHERE t.debit = a.account_id), 0)::bigint AS came,
  coalesce(sum(t.amount) FILTER (WHERE t.credit = a.account_id), 0)::bigint AS went,
  count(*) AS transfers
FROM transfer AS t
JOIN account AS a ON a.program_id = $1 AND a.member_id = '00000000-0000-0000-0000-000000000000' AND a.account_id IN (t.debit, t.credit)
WHERE t.program_id = $1 AND t.member_id = ANY($2::uuid[])
GROUP BY t.unit, a.kind
ORDER BY t.unit, a.kind;

-- closure_of: the transaction by which a member's account was closed.
SELECT transaction_id
FROM transaction
WHERE program_id = $1 AND member_id = $2 AND kind = 'CLOSURE'
ORDER BY version DESC
LIMIT 1;
