-- partner_posts: a partner's own posts strictly between two ids, newest first; ids are UUIDv7, so their order is that of posting.
-- A purchase that named nobody gives way to that of the member who claimed it, or the list would count it twice.
SELECT program_id, member_id, transaction_id, version, kind, of_transaction, partner_id, location, reference, business_date, amount_minor, currency,
  occurred_at, posted_at, program_version, detail - 'lines' AS detail
FROM transaction
WHERE program_id = $1 AND partner_id = $2 AND kind IN ('PURCHASE', 'REDEMPTION', 'REVERSAL', 'ACTIVITY')
  AND transaction_id < $3::uuid AND transaction_id > $4::uuid
  AND ($6::timestamptz IS NULL OR occurred_at >= $6)
  AND ($7::timestamptz IS NULL OR occurred_at < $7)
  AND ($8::text IS NULL OR location = $8)
  AND ($9::text IS NULL OR $9 = coalesce((  -- the last reversal says what is left
    SELECT reversal.detail ->> 'leaves'
    FROM transaction AS reversal
    WHERE reversal.program_id = $1 AND reversal.member_id = transaction.member_id
      AND reversal.of_transaction = transaction.transaction_id AND reversal.kind = 'REVERSAL'
    ORDER BY reversal.version DESC, reversal.transaction_id DESC
    LIMIT 1
  ), 'POSTED'))
  AND NOT (member_id = '00000000-0000-0000-0000-000000000000' AND EXISTS (
    SELECT FROM claim
    WHERE claim.program_id = $1 AND claim.scope = $10 AND claim.key = transaction.transaction_id::text AND claim.transaction_id IS NOT NULL
  ))
ORDER BY transaction_id DESC
LIMIT $5;

-- claimed_references: what was posted under a partner's reference, newest first; a scope is reference:partner:kind:date:location.
SELECT member_id, transaction_id
FROM claim
WHERE program_id = $1 AND key = $2 AND transaction_id IS NOT NULL
  AND starts_with(scope, $3)
  AND ($4::text IS NULL OR split_part(scope, ':', 4) = $4)
  AND ($5::text IS NULL OR split_part(scope, ':', 5) = $5)
ORDER BY transaction_id DESC
LIMIT 1;

-- capture_of: the redemption that took a hold of one member; no row while none did.
SELECT *
FROM transaction
WHERE program_id = $1 AND member_id = $2 AND of_transaction = $3 AND kind = 'REDEMPTION';
