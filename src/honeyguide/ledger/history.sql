-- account_at: a member's balance of one unit as the books stood at a past instant; no row where it had not been touched by then.
SELECT available, held, pending, debt
FROM balances_as_of($1, $2, $4)
WHERE unit = $3;

-- lots_at_instant: the lots behind it that were worth anything then, the soonest to expire first.
SELECT lot_id, issuer, earned_at, available_at, expires_at, available, pending, held
FROM lots_as_of($1, $2, $4)
WHERE unit = $3 AND (available > 0 OR pending > 0 OR held > 0)
ORDER BY expires_at, earned_at, lot_id;

-- tier_at: the tier at a past instant; no row before enrolment.
SELECT tier, since, until
FROM tier_as_of($1, $2, $3);

-- liability_at: by unit what members could redeem or had on hold at a past instant, what was pending, and what they owed.
SELECT b.unit, sum(greatest(b.available, 0) + b.held)::bigint AS outstanding, sum(b.pending)::bigint AS pending, sum(b.debt)::bigint AS debt
FROM standing AS s
CROSS JOIN LATERAL balances_as_of($1, s.member_id, $2) AS b
WHERE s.program_id = $1
GROUP BY b.unit
ORDER BY b.unit;
