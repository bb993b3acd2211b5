-- find_transaction: whose transaction it is, by its id alone: somebody at a terminal has nothing else, so every page of the table is read.
SELECT program_id, member_id
FROM transaction
WHERE transaction_id = $1;

-- transaction: the event with the names of who took part; of the member nothing but the number, which is shown masked.
SELECT event.*, program.code AS program_code, partner.code AS partner_code, partner.name AS partner_name, location.name AS location_name,
       member.member_number, redeemer.member_number AS by_member_number, coalesce(member.status = 'ERASED', false) AS is_erased,
       household.household_id IS NOT NULL AS is_household, applied.source AS program_source, applied.applied_at AS program_applied_at,
       coalesce(event.detail ->> 'tier', held.tier) AS tier
FROM transaction AS event
JOIN program ON program.program_id = event.program_id
LEFT JOIN program_version AS applied ON applied.program_id = event.program_id AND applied.version = event.program_version
LEFT JOIN partner ON partner.program_id = event.program_id AND partner.partner_id = event.partner_id
LEFT JOIN location ON location.program_id = event.program_id AND location.partner_id = event.partner_id AND location.code = event.location
LEFT JOIN member ON member.program_id = event.program_id AND member.member_id = event.member_id
LEFT JOIN household ON household.program_id = event.program_id AND household.household_id = event.member_id
LEFT JOIN member AS redeemer ON redeemer.program_id = event.program_id AND redeemer.member_id = (event.detail ->> 'by_member')::uuid
  AND redeemer.status <> 'ERASED'
LEFT JOIN LATERAL tier_as_of(event.program_id, event.member_id, event.posted_at) AS held ON true
WHERE event.program_id = $1 AND event.member_id = $2 AND event.transaction_id = $3;

-- transfers: its lines, each with the account that stands against the member's and the partner whose it is.
SELECT transfer.line, transfer.unit, transfer.amount, transfer.balance_after, other.kind AS against, partner.name AS partner,
       transfer.debit = other.account_id AS to_member
FROM transfer
LEFT JOIN account AS other ON other.program_id = transfer.program_id AND other.member_id = '00000000-0000-0000-0000-000000000000'
  AND other.account_id IN (transfer.debit, transfer.credit)
LEFT JOIN partner ON partner.program_id = transfer.program_id AND partner.partner_id = other.owner
WHERE transfer.program_id = $1 AND transfer.member_id = $2 AND transfer.transaction_id = $3
ORDER BY transfer.line;

-- moves: what it did to which lots; a claw that no return asked for repaid what was owed (R22).
SELECT move.lot_id, CASE WHEN move.what = 'claw' AND (event.kind <> 'REVERSAL' OR (event.detail ? 'returned' AND NOT event.detail ? 'taken')) THEN 'repay' ELSE move.what END AS what, move.amount, lot.unit, lot.earned_at, lot.transaction_id AS made_by, partner.name AS issuer
FROM lot_move AS move
JOIN transaction AS event ON event.program_id = move.program_id AND event.member_id = move.member_id AND event.transaction_id = move.transaction_id
JOIN lot ON lot.program_id = move.program_id AND lot.member_id = move.member_id AND lot.lot_id = move.lot_id
LEFT JOIN partner ON partner.program_id = lot.program_id AND partner.partner_id = lot.issuer
WHERE move.program_id = $1 AND move.member_id = $2 AND move.transaction_id = $3
ORDER BY lot.expires_at, lot.earned_at, lot.lot_id, move.what;

-- lots: the lots that it made, as they are now.
SELECT lot_id, unit, issued, pending, open, held, burned, expired, clawed, moved, available_at, expires_at
FROM lot
WHERE program_id = $1 AND member_id = $2 AND transaction_id = $3
ORDER BY lot_id;

-- afterwards: what became of the lots that it made, in the order of posting.
SELECT move.lot_id, CASE WHEN move.what = 'claw' AND (later.kind <> 'REVERSAL' OR (later.detail ? 'returned' AND NOT later.detail ? 'taken')) THEN 'repay' ELSE move.what END AS what, move.amount, later.transaction_id, later.kind, later.posted_at, partner.name AS partner
FROM lot
JOIN lot_move AS move ON move.program_id = lot.program_id AND move.member_id = lot.member_id AND move.lot_id = lot.lot_id
JOIN transaction AS later ON later.program_id = move.program_id AND later.member_id = move.member_id AND later.transaction_id = move.transaction_id
LEFT JOIN partner ON partner.program_id = later.program_id AND partner.partner_id = later.partner_id
WHERE lot.program_id = $1 AND lot.member_id = $2 AND lot.transaction_id = $3 AND move.transaction_id <> $3
ORDER BY later.version, move.what;

-- related: what it follows from ($4), and what followed from it, whoever claimed it.
SELECT other.transaction_id, other.kind, other.posted_at, other.detail, partner.name AS partner, other.transaction_id = $4 AS is_origin
FROM transaction AS other
LEFT JOIN partner ON partner.program_id = other.program_id AND partner.partner_id = other.partner_id
WHERE other.program_id = $1 AND other.member_id IN ($2, '00000000-0000-0000-0000-000000000000')
  AND (other.of_transaction = $3 OR other.transaction_id = $4) AND other.transaction_id <> $3
UNION ALL
SELECT claimed.transaction_id, claimed.kind, claimed.posted_at, claimed.detail, partner.name, false
FROM transaction AS claimed
LEFT JOIN partner ON partner.program_id = claimed.program_id AND partner.partner_id = claimed.partner_id
WHERE $2 = '00000000-0000-0000-0000-000000000000'::uuid AND claimed.program_id = $1 AND claimed.of_transaction = $3
  AND claimed.kind = 'PURCHASE' AND claimed.member_id <> $2
ORDER BY 3;

-- other_side: of points that change hands, the transaction $3 of the other member $2, or the one of theirs that names $4 as its other side.
SELECT transaction_id, kind, posted_at, detail, NULL AS partner, false AS is_origin
FROM transaction
WHERE program_id = $1 AND member_id = $2 AND (transaction_id = $3 OR detail ->> 'other_side' = $4::text);

-- beside: what else was decided at the same moment of the same hour in the shop: returns beside a purchase, or the other way round.
SELECT other.transaction_id, other.kind, other.posted_at, other.detail, partner.name AS partner, false AS is_origin, other.of_transaction
FROM transaction AS other
LEFT JOIN partner ON partner.program_id = other.program_id AND partner.partner_id = other.partner_id
WHERE other.program_id = $1 AND other.member_id = $2 AND other.posted_at = $3 AND other.occurred_at = $4
  AND other.kind = CASE $5::text WHEN 'PURCHASE' THEN 'REVERSAL' ELSE 'PURCHASE' END
ORDER BY other.version;

-- balances: the posted balance of each unit after the member's version $3.
SELECT DISTINCT ON (transfer.unit) transfer.unit, transfer.balance_after
FROM transfer
JOIN transaction AS event ON event.program_id = transfer.program_id AND event.member_id = transfer.member_id
  AND event.transaction_id = transfer.transaction_id
WHERE transfer.program_id = $1 AND transfer.member_id = $2 AND event.version <= $3
ORDER BY transfer.unit, event.version DESC, transfer.line DESC;

-- tiers: the tiers that it brought about.
SELECT tier, since, until
FROM tier_change
WHERE program_id = $1 AND member_id = $2 AND transaction_id = $3
ORDER BY version;
