-- posted_references: how many of these references the books hold as purchases.
SELECT count(*) FROM transaction
WHERE program_id = $1 AND partner_id IS NOT NULL AND kind = 'PURCHASE' AND reference = ANY($2::text[]);
