-- insert_parked: a post that an operator has to decide on.
INSERT INTO parked_post (program_id, member_id, parked_id, partner_id, location, reference, business_date, reason, occurred_at, received_at, purchase,
                         key, key_scope)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- parked_outcome: what was decided of a parked post.
SELECT decision, settled_at, transaction_member, transaction_id
FROM parked_post
WHERE program_id = $1 AND member_id = $2 AND parked_id = $3;

-- insert_anonymous: a transaction that belongs to nobody; it has claims and no place in anybody's order.
INSERT INTO transaction (program_id, member_id, transaction_id, kind, occurred_at, posted_at, program_version, version, of_transaction,
                         partner_id, location, reference, business_date, amount_minor, currency, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- claimed_purchase: who claimed an anonymous purchase, and as which transaction.
SELECT member_id, transaction_id
FROM claim
WHERE program_id = $1 AND key = $2 AND scope = $3 AND transaction_id IS NOT NULL;

-- claim_exists: is there such a claim?
SELECT true
FROM claim
WHERE program_id = $1 AND key = $2 AND scope = $3;

-- lock_claim: a claim, held until the caller's transaction ends.
SELECT transaction_id
FROM claim
WHERE program_id = $1 AND key = $2 AND scope = $3
FOR UPDATE;

-- purchases_of_articles: a member's newest purchases at a partner since a moment that have one of these articles.
SELECT *
FROM transaction
WHERE program_id = $1 AND member_id = $2 AND partner_id = $3 AND kind = 'PURCHASE' AND occurred_at >= $4
  AND EXISTS (SELECT FROM jsonb_array_elements(detail -> 'lines') AS line WHERE line ->> 'sku' = ANY ($5::text[]) AND NOT line ? 'returned')
ORDER BY version DESC
LIMIT $6;

-- unmatched_at_cashier: money of returns without a recorded purchase that one cashier of a partner took since a UUIDv7.
SELECT coalesce(sum((detail ->> 'unmatched')::bigint), 0)
FROM transaction
WHERE program_id = $1 AND partner_id = $2 AND transaction_id >= $3::uuid AND kind = 'PURCHASE'
  AND detail ? 'unmatched' AND coalesce(detail ->> 'cashier', '') = $4;

-- forget_parked: posts that nobody decides on any more, for their member is erased.
WITH gone AS (DELETE FROM parked_post WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING 1)
SELECT count(*) FROM gone;
