-- lots_at: a member's live lots at a moment, with every date applied whatever a sweep has done: what matured is available, what expired
-- is not, a hold whose time is over pins nothing, and activity moves the date of lots that roll. All readers of balances use it.
CREATE OR REPLACE FUNCTION lots_at(p_program uuid, p_member uuid, p_now timestamptz)
RETURNS TABLE (lot_id uuid, unit text, issuer uuid, earned_at timestamptz, available_at timestamptz, expires_at timestamptz,
               available bigint, pending bigint, held bigint)
LANGUAGE sql STABLE AS $$
    SELECT l.lot_id, l.unit, l.issuer, l.earned_at, l.available_at, d.expires_at,
           CASE WHEN d.expires_at <= p_now THEN 0
                WHEN l.available_at <= p_now THEN l.open + l.pending + coalesce(o.amount, 0)
                ELSE l.open + coalesce(o.amount, 0) END,
           CASE WHEN l.available_at > p_now THEN l.pending ELSE 0 END,
           l.held - coalesce(o.amount, 0)
    FROM lot AS l
    LEFT JOIN account AS a ON l.rolls AND a.program_id = l.program_id AND a.member_id = l.member_id AND a.unit = l.unit AND a.kind = 'member'
    CROSS JOIN LATERAL (SELECT greatest(l.expires_at, a.lasts_until) AS expires_at) AS d
    LEFT JOIN (
        SELECT m.lot_id, sum(m.amount)::bigint AS amount
        FROM hold AS h
        JOIN lot_move AS m ON m.program_id = h.program_id AND m.member_id = h.member_id AND m.transaction_id = h.hold_id AND m.what = 'hold'
        WHERE h.program_id = p_program AND h.member_id = p_member AND h.state = 'OPEN' AND h.expires_at <= p_now
        GROUP BY m.lot_id
    ) AS o ON l.held > 0 AND o.lot_id = l.lot_id
    WHERE l.program_id = p_program AND l.member_id = p_member AND (l.open > 0 OR l.pending > 0 OR l.held > 0)
$$;
