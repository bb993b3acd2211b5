-- till_read: the books of some members: standing, balances, tier history, the counters asked for, and live lots where they are
-- wanted or where something is due. VOLATILE, so that each statement sees what was committed before it began.
CREATE OR REPLACE FUNCTION till_read(
    p_program uuid,
    p_now timestamptz,
    p_members uuid[],
    p_lots_wanted uuid[],
    p_counter_members uuid[], p_counter_names text[], p_counter_periods text[],
    p_range_members uuid[], p_range_names text[], p_range_periods text[]
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_members json;
    v_lots_of uuid[];
    v_accounts json;
    v_tiers json;
    v_counters json;
    v_lots json;
BEGIN
    SELECT json_agg(json_build_array(s.member_id, s.version, s.tier, s.tier_since, s.tier_until, s.due_at,
                                     s.member_id = ANY (p_lots_wanted) OR s.due_at <= p_now)),
           array_agg(s.member_id) FILTER (WHERE s.member_id = ANY (p_lots_wanted) OR s.due_at <= p_now)
    INTO v_members, v_lots_of
    FROM standing AS s
    WHERE s.program_id = p_program AND s.member_id = ANY (p_members);

    SELECT json_agg(json_build_array(a.member_id, a.unit, a.posted, a.held, a.pending, a.debt)) INTO v_accounts
    FROM account AS a
    WHERE a.program_id = p_program AND a.member_id = ANY (p_members);

    SELECT json_agg(json_build_array(t.member_id, t.tier, t.since, t.until) ORDER BY t.member_id, t.version) INTO v_tiers
    FROM tier_change AS t
    WHERE t.program_id = p_program AND t.member_id = ANY (p_members);

    IF cardinality(p_counter_members) > 0 OR cardinality(p_range_members) > 0 THEN
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
            ) AS c GROUP BY c.member_id, c.name
        ) AS c;
    END IF;

    IF v_lots_of IS NOT NULL THEN
        SELECT json_agg(json_build_array(l.member_id, l.lot_id, l.transaction_id, l.unit, l.issuer, l.earned_at, l.available_at, l.expires_at,
                                         l.issued, l.pending, l.open, l.held, l.burned, l.expired, l.clawed)) INTO v_lots
        FROM lot AS l
        WHERE l.program_id = p_program AND l.member_id = ANY (v_lots_of) AND (l.open > 0 OR l.pending > 0 OR l.held > 0);
    END IF;

    RETURN json_build_object('members', v_members, 'accounts', v_accounts, 'tiers', v_tiers, 'counters', v_counters, 'lots', v_lots)::text;
END $$;
