-- lots_as_of: a member's lots as the books stood at a past instant: what was posted by then, with every date as it was then.
-- The books at an instant are the member's versions up to the last one posted by it, so they are whole even where servers' clocks differ.
-- `kept` is pending, open and held together, whatever the dates say.
CREATE OR REPLACE FUNCTION lots_as_of(p_program uuid, p_member uuid, p_instant timestamptz)
RETURNS TABLE (lot_id uuid, unit text, issuer uuid, earned_at timestamptz, available_at timestamptz, expires_at timestamptz,
               available bigint, pending bigint, held bigint, kept bigint)
LANGUAGE sql STABLE AS $$
    WITH seen AS (
        SELECT max(t.version) AS version FROM transaction AS t
        WHERE t.program_id = p_program AND t.member_id = p_member AND t.posted_at <= p_instant
    ), moved AS (
        SELECT m.lot_id,
               coalesce(sum(CASE WHEN m.what IN ('accrue_pending', 'move_back_pending') THEN m.amount
                                 WHEN m.what IN ('activate', 'claw_pending', 'move_out_pending') THEN -m.amount END), 0)::bigint AS pending,
               coalesce(sum(CASE WHEN m.what IN ('accrue', 'activate', 'release', 'restore', 'reinstate', 'move_back') THEN m.amount
                                 WHEN m.what IN ('burn', 'hold', 'expire', 'claw', 'move_out') THEN -m.amount END), 0)::bigint AS open,
               coalesce(sum(CASE WHEN m.what = 'hold' THEN m.amount WHEN m.what IN ('release', 'capture') THEN -m.amount END), 0)::bigint AS held
        FROM lot_move AS m
        JOIN transaction AS t ON t.program_id = m.program_id AND t.member_id = m.member_id AND t.transaction_id = m.transaction_id
        WHERE m.program_id = p_program AND m.member_id = p_member AND t.version <= (SELECT version FROM seen)
        GROUP BY m.lot_id
    ), overdue AS (  -- pinned by a hold whose time was over, and nobody had said so yet
        SELECT m.lot_id, sum(m.amount)::bigint AS amount
        FROM hold AS h
        JOIN transaction AS placed ON placed.program_id = h.program_id AND placed.member_id = h.member_id AND placed.transaction_id = h.hold_id
        LEFT JOIN transaction AS settled
               ON settled.program_id = h.program_id AND settled.member_id = h.member_id AND settled.transaction_id = h.settled_by
        JOIN lot_move AS m ON m.program_id = h.program_id AND m.member_id = h.member_id AND m.transaction_id = h.hold_id AND m.what = 'hold'
        CROSS JOIN seen
        WHERE h.program_id = p_program AND h.member_id = p_member AND h.expires_at <= p_instant
          AND placed.version <= seen.version AND (settled.version IS NULL OR settled.version > seen.version)
        GROUP BY m.lot_id
    ), moving AS (  -- events that moved dates: {lots: {lot: [before, after]}, balances: {unit: [before, after]}}
        SELECT t.version, t.version > (SELECT version FROM seen) AS later, t.detail -> 'dates' AS dates FROM transaction AS t
        WHERE t.program_id = p_program AND t.member_id = p_member AND t.detail ? 'dates'
    ), earlier AS (
        SELECT DISTINCT ON (d.key) d.key::uuid AS lot_id, (d.value ->> 1)::timestamptz AS expires_at
        FROM moving AS m CROSS JOIN LATERAL jsonb_each(m.dates -> 'lots') AS d WHERE NOT m.later
        ORDER BY d.key, m.version DESC
    ), later AS (
        SELECT DISTINCT ON (d.key) d.key::uuid AS lot_id, (d.value ->> 0)::timestamptz AS expires_at
        FROM moving AS m CROSS JOIN LATERAL jsonb_each(m.dates -> 'lots') AS d WHERE m.later
        ORDER BY d.key, m.version
    ), lasting AS (
        SELECT DISTINCT ON (d.key) d.key AS unit, (d.value ->> 0)::timestamptz AS lasts_until
        FROM moving AS m CROSS JOIN LATERAL jsonb_each(m.dates -> 'balances') AS d WHERE m.later
        ORDER BY d.key, m.version
    )
    SELECT l.lot_id, l.unit, l.issuer, l.earned_at, l.available_at, d.expires_at,
           CASE WHEN d.expires_at <= p_instant THEN 0
                WHEN l.available_at <= p_instant THEN m.open + m.pending + coalesce(o.amount, 0)
                ELSE m.open + coalesce(o.amount, 0) END,
           CASE WHEN l.available_at > p_instant THEN m.pending ELSE 0 END,
           m.held - coalesce(o.amount, 0),
           m.pending + m.open + m.held
    FROM moved AS m
    JOIN lot AS l ON l.program_id = p_program AND l.member_id = p_member AND l.lot_id = m.lot_id
    LEFT JOIN overdue AS o ON o.lot_id = m.lot_id
    LEFT JOIN earlier AS e ON e.lot_id = m.lot_id
    LEFT JOIN later AS r ON r.lot_id = m.lot_id AND e.lot_id IS NULL
    LEFT JOIN LATERAL (  -- of a lot that rolls, the date before is the whole balance's; its own stands with its accrual
        SELECT (a.value ->> 'expires_at')::timestamptz AS expires_at
        FROM transaction AS t CROSS JOIN LATERAL jsonb_array_elements(t.detail -> 'accruals') AS a
        WHERE r.lot_id IS NOT NULL AND l.rolls AND t.program_id = p_program AND t.member_id = p_member AND t.transaction_id = l.transaction_id
          AND a.value ->> 'lot' = l.lot_id::text
    ) AS earned ON true
    LEFT JOIN lasting AS s ON s.unit = l.unit
    LEFT JOIN account AS a ON l.rolls AND a.program_id = p_program AND a.member_id = p_member AND a.unit = l.unit AND a.kind = 'member'
    CROSS JOIN LATERAL (
        SELECT greatest(CASE WHEN e.lot_id IS NOT NULL THEN e.expires_at
                             WHEN r.lot_id IS NOT NULL THEN coalesce(earned.expires_at, r.expires_at)
                             ELSE l.expires_at END,
                        CASE WHEN NOT l.rolls THEN NULL WHEN s.unit IS NULL THEN a.lasts_until ELSE s.lasts_until END) AS expires_at
    ) AS d
    WHERE m.pending > 0 OR m.open > 0 OR m.held > 0
$$;

-- balances_as_of: a member's balances as the books stood at a past instant, of each unit that had been touched by then.
-- What the member owed is what the lots held beyond the posted balance, less what had matured unswept: that repays it, whoever looks first.
CREATE OR REPLACE FUNCTION balances_as_of(p_program uuid, p_member uuid, p_instant timestamptz)
RETURNS TABLE (unit text, posted bigint, available bigint, held bigint, pending bigint, debt bigint)
LANGUAGE sql STABLE AS $$
    WITH posted AS (
        SELECT DISTINCT ON (x.unit) x.unit, x.balance_after AS posted
        FROM transfer AS x
        JOIN transaction AS t ON t.program_id = x.program_id AND t.member_id = x.member_id AND t.transaction_id = x.transaction_id
        WHERE x.program_id = p_program AND x.member_id = p_member AND t.version <= (
            SELECT max(t.version) FROM transaction AS t WHERE t.program_id = p_program AND t.member_id = p_member AND t.posted_at <= p_instant)
        ORDER BY x.unit, t.version DESC, x.line DESC
    ), lots AS (
        SELECT l.unit, sum(l.available)::bigint AS available, sum(l.held)::bigint AS held, sum(l.pending)::bigint AS pending, sum(l.kept)::bigint AS kept
        FROM lots_as_of(p_program, p_member, p_instant) AS l
        GROUP BY l.unit
    )
    SELECT p.unit, p.posted, coalesce(l.available, 0) - d.debt, coalesce(l.held, 0), coalesce(l.pending, 0),
           greatest(d.debt - coalesce(l.available, 0), 0)
    FROM posted AS p
    LEFT JOIN lots AS l ON l.unit = p.unit
    CROSS JOIN LATERAL (SELECT coalesce(l.kept, 0) - p.posted AS debt) AS d
$$;

-- tier_as_of: the tier at a past instant: what was posted by then, and the end of a tier whose day had come though its review was posted later.
CREATE OR REPLACE FUNCTION tier_as_of(p_program uuid, p_member uuid, p_instant timestamptz)
RETURNS TABLE (tier text, since timestamptz, until timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT c.tier, c.since, c.until
    FROM tier_change AS c
    JOIN transaction AS t ON t.program_id = c.program_id AND t.member_id = c.member_id AND t.transaction_id = c.transaction_id
    WHERE c.program_id = p_program AND c.member_id = p_member AND c.since <= p_instant
      AND (t.posted_at <= p_instant OR t.kind = 'TIER_REVIEW')
    ORDER BY c.version DESC
    LIMIT 1
$$;
