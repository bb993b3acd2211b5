-- begin_replay: keep the shift and the options of the first start; later starts find them and change nothing.
INSERT INTO replay (program_id, name, shift_days, refunds, redemptions, seed, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (program_id, name) DO NOTHING;

-- begun_replay: the shift and the options that were kept.
SELECT shift_days, refunds, redemptions, seed, started_at FROM replay WHERE program_id = $1 AND name = $2;

-- members_by_reference: whose purchase bears a receipt's number, as (household, member_id); $2 are households, $3 a number of each.
SELECT asked.household, claim.member_id
FROM unnest($2::int[], $3::text[]) AS asked (household, reference)
JOIN claim ON claim.program_id = $1 AND claim.key = asked.reference AND claim.scope LIKE 'reference:%:PURCHASE:%'
WHERE claim.member_id IS NOT NULL;

-- standings_in_books: every member's tier, and what counts toward tiers over all days.
SELECT standing.member_id, standing.tier, coalesce(qualifying.cents, 0)::bigint AS qualifying
FROM standing
LEFT JOIN (
  SELECT member_id, sum(value) AS cents FROM counter WHERE program_id = $1 AND name = 'qualifying/spend' GROUP BY member_id
) AS qualifying USING (member_id)
WHERE standing.program_id = $1;

-- balances_in_books: every member's accounts as stored, and what of the lots is open or pending at $2, whatever a sweep has done.
SELECT account.member_id, account.unit, account.posted, account.held, account.debt,
  coalesce(lots.open, 0)::bigint AS open, coalesce(lots.pending, 0)::bigint AS pending
FROM account
LEFT JOIN (
  SELECT member_id, unit,
    sum(open + CASE WHEN available_at <= $2 THEN pending ELSE 0 END) FILTER (WHERE expires_at IS NULL OR expires_at > $2) AS open,
    sum(pending) FILTER (WHERE available_at > $2) AS pending
  FROM lot WHERE program_id = $1 GROUP BY member_id, unit
) AS lots USING (member_id, unit)
WHERE account.program_id = $1 AND account.kind = 'member';

-- lots_in_books: what is open or pending of every member, by unit and the day on which it expires.
SELECT member_id, unit, (expires_at AT TIME ZONE 'UTC')::date AS expires_on, sum(open + pending)::bigint AS amount
FROM lot
WHERE program_id = $1 AND open + pending > 0
GROUP BY member_id, unit, expires_on;
