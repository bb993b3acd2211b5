-- till_read: the books of some members: standing, balances, tier history, the counters asked for; live lots and open holds where they are
-- wanted or where something is due; holds asked for by name, and what became of transactions that are to be reversed.
-- VOLATILE, so that each statement sees what was committed before it began.
CREATE OR REPLACE FUNCTION till_read(
    p_program uuid,
    p_now timestamptz,
    p_members uuid[],
    p_lots_wanted uuid[],
    p_counter_members uuid[], p_counter_names text[], p_counter_periods text[],
    p_range_members uuid[], p_range_names text[], p_range_periods text[],
    p_hold_members uuid[], p_hold_ids uuid[],
    p_past_members uuid[], p_past_ids uuid[],
    p_expired_members uuid[], p_expired_since timestamptz[],
    p_burnt_members uuid[], p_burners uuid[]
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_members json;
    v_lots_of uuid[];
    v_accounts json;
    v_tiers json;
    v_counters json;
    v_lots json;
    v_holds json;
    v_past json;
    v_expired json;
    v_frozen json;
    v_moved uuid[] := '{}';
BEGIN
    SELECT json_agg(json_build_array(s.member_id, s.version, s.tier, s.tier_since, s.tier_until, s.warn_at, s.closed_at, s.due_at,
                                     s.member_id = ANY (p_lots_wanted) OR s.due_at <= p_now, s.year_begins_on)),
           array_agg(s.member_id) FILTER (WHERE s.member_id = ANY (p_lots_wanted) OR s.due_at <= p_now)
    INTO v_members, v_lots_of
    FROM standing AS s
    WHERE s.program_id = p_program AND s.member_id = ANY (p_members);

    SELECT json_agg(json_build_array(a.member_id, a.unit, a.posted, a.held, a.pending, a.debt, a.lasts_until)) INTO v_accounts
    FROM account AS a
    WHERE a.program_id = p_program AND a.member_id = ANY (p_members);

    SELECT json_agg(json_build_array(t.member_id, t.tier, t.since, t.until) ORDER BY t.member_id, t.version) INTO v_tiers
    FROM tier_change AS t
    WHERE t.program_id = p_program AND t.member_id = ANY (p_members);

    IF cardinality(p_counter_members) > 0 OR cardinality(p_range_members) > 0 OR v_lots_of IS NOT NULL OR cardinality(p_hold_ids) > 0 THEN
        SELECT json_agg(json_build_array(c.member_id, c.name, c.rows)) INTO v_counters
        FROM (
            SELECT c.member_id, c.name, json_object_agg(c.period, c.value) AS rows
            FROM (
                SELECT c.member_id, c.name, c.period, c.value
                FROM unnest(p_counter_members, p_counter_names, p_counter_periods) AS w (member_id, name, period)
                JOIN counter AS c ON c.program_id = p_program AND c.member_id = w.member_id AND c.name = w.name AND c.period = w.period
                UNION
                SELECT c.member_id, c.name, c.period, c.value
                FROM unnest(p_range_members, p_range_names, p_range_periods) AS w (member_id, name, period)
                JOIN counter AS c ON c.program_id = p_program AND c.member_id = w.member_id AND c.name = w.name AND c.period >= w.period
                UNION
                SELECT c.member_id, c.name, c.period, c.value  -- what an open hold may give back
                FROM hold AS h
                JOIN counter AS c ON c.program_id = p_program AND c.member_id = h.member_id AND c.name = h.counter_name AND c.period = h.counter_period
                WHERE h.program_id = p_program AND h.member_id = ANY (p_members) AND h.state = 'OPEN'
            ) AS c GROUP BY c.member_id, c.name
        ) AS c;
    END IF;

    IF cardinality(p_past_ids) > 0 THEN
        SELECT json_agg(json_build_array(w.member_id, w.transaction_id, coalesce(r.details, '[]'), coalesce(m.moves, '[]'))) INTO v_past
        FROM unnest(p_past_members, p_past_ids) AS w (member_id, transaction_id)
        LEFT JOIN LATERAL (
            SELECT json_agg(t.detail ORDER BY t.version) AS details
            FROM transaction AS t
            WHERE t.program_id = p_program AND t.member_id = w.member_id AND t.of_transaction = w.transaction_id AND t.kind = 'REVERSAL'
        ) AS r ON true
        LEFT JOIN LATERAL (
            SELECT json_agg(json_build_array(m.transaction_id, m.lot_id, m.what, m.amount)) AS moves
            FROM lot_move AS m
            WHERE m.program_id = p_program AND m.member_id = w.member_id AND m.transaction_id IN (
                SELECT w.transaction_id
                UNION ALL
                SELECT t.transaction_id FROM transaction AS t
                WHERE t.program_id = p_program AND t.member_id = w.member_id AND t.of_transaction = w.transaction_id AND t.kind = 'REVERSAL')
        ) AS m ON true;
        SELECT array_agg(m.lot_id) INTO v_moved
        FROM unnest(p_past_members, p_past_ids) AS w (member_id, transaction_id)
        JOIN lot_move AS m ON m.program_id = p_program AND m.member_id = w.member_id AND m.transaction_id = w.transaction_id;
    END IF;

    IF v_lots_of IS NOT NULL OR cardinality(p_hold_ids) > 0 THEN
        SELECT json_agg(json_build_array(h.member_id, h.hold_id, h.unit, h.amount, h.captured, h.state, h.partner_id, h.location, h.proof,
                                         h.authorised_at, h.expires_at, h.settled_by, h.counter_name, h.counter_period, h.approval,
                                         (SELECT json_agg(json_build_array(m.lot_id, m.amount)) FROM lot_move AS m
                                          WHERE m.program_id = p_program AND m.member_id = h.member_id AND m.transaction_id = h.hold_id AND m.what = 'hold')))
        INTO v_holds
        FROM (
            SELECT * FROM hold AS h WHERE h.program_id = p_program AND h.member_id = ANY (v_lots_of) AND h.state = 'OPEN'
            UNION
            SELECT h.* FROM unnest(p_hold_members, p_hold_ids) AS w (member_id, hold_id)
            JOIN hold AS h ON h.program_id = p_program AND h.member_id = w.member_id AND h.hold_id = w.hold_id
        ) AS h;
    END IF;

    IF v_lots_of IS NOT NULL THEN
        SELECT json_agg(json_build_array(l.member_id, l.lot_id, l.transaction_id, l.unit, l.issuer, l.earned_at, l.available_at, l.expires_at,
                                         l.issued, l.pending, l.open, l.held, l.burned, l.expired, l.clawed, l.moved, l.rolls)) INTO v_lots
        FROM (
            SELECT * FROM lot AS l WHERE l.program_id = p_program AND l.member_id = ANY (v_lots_of) AND (l.open > 0 OR l.pending > 0 OR l.held > 0)
            UNION
            SELECT * FROM lot AS l WHERE l.program_id = p_program AND l.member_id = ANY (p_past_members) AND l.lot_id = ANY (v_moved)
            UNION
            SELECT l.* FROM unnest(p_expired_members, p_expired_since) AS w (member_id, since)
            JOIN lot AS l ON l.program_id = p_program AND l.member_id = w.member_id AND l.expired > 0
            WHERE l.expires_at >= w.since OR l.rolls AND EXISTS (  -- its own date may be long over
                SELECT FROM account AS a
                WHERE a.program_id = p_program AND a.member_id = w.member_id AND a.unit = l.unit AND a.lasts_until >= w.since)
        ) AS l;
    END IF;

    IF cardinality(p_expired_members) > 0 THEN  -- how much of a lot expired since then: the rest is gone for good
        SELECT json_agg(json_build_array(e.member_id, e.lot_id, e.amount)) INTO v_expired
        FROM (
            SELECT m.member_id, m.lot_id, sum(CASE m.what WHEN 'expire' THEN m.amount ELSE -m.amount END) AS amount
            FROM unnest(p_expired_members, p_expired_since) AS w (member_id, since)
            JOIN transaction AS t ON t.program_id = p_program AND t.member_id = w.member_id AND t.occurred_at >= w.since
            JOIN lot_move AS m ON m.program_id = p_program AND m.member_id = w.member_id AND m.transaction_id = t.transaction_id
                              AND m.what IN ('expire', 'reinstate')
            GROUP BY m.member_id, m.lot_id
        ) AS e;
    END IF;

    -- Whose books are to pay, and who redeems: they differ in a household. Read under the lock, so that a freeze counts from its commit on (R52).
    IF cardinality(p_burners) > 0 THEN
        SELECT json_agg(json_build_array(w.member_id, w.burner)) INTO v_frozen
        FROM unnest(p_burnt_members, p_burners) AS w (member_id, burner)
        JOIN member AS m ON m.program_id = p_program AND m.member_id = w.burner
        WHERE m.status = 'FROZEN';
    END IF;

    RETURN json_build_object('members', v_members, 'accounts', v_accounts, 'tiers', v_tiers, 'counters', v_counters, 'lots', v_lots,
                             'holds', v_holds, 'past', v_past, 'expired', v_expired, 'frozen', v_frozen)::text;
END $$;
