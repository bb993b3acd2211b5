-- till_open: the first half of a batch. Claims first, sorted, so that two batches never wait for each other crosswise;
-- then the standing rows in member order, which are the locks; and only then, in new statements, what the intents decide on (till_read):
-- a read in the statement that waited for a lock would still show lots as they were before the wait.
-- Both answers are JSON: the claims that somebody else holds, and the books; all times as ISO text.
CREATE OR REPLACE FUNCTION till_open(
    p_program uuid,
    p_now timestamptz,
    p_claims claim[],
    p_members uuid[],
    p_lots_wanted uuid[],
    p_counter_members uuid[], p_counter_names text[], p_counter_periods text[],
    p_range_members uuid[], p_range_names text[], p_range_periods text[],
    p_hold_members uuid[], p_hold_ids uuid[],
    p_past_members uuid[], p_past_ids uuid[],
    p_expired_members uuid[], p_expired_since timestamptz[],
    p_burnt_members uuid[], p_burners uuid[],
    OUT earlier text,
    OUT books text
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_claimed int;
BEGIN
    INSERT INTO claim SELECT * FROM unnest(p_claims) AS c ORDER BY c.key COLLATE "C", c.scope COLLATE "C" ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_claimed = ROW_COUNT;

    PERFORM 1 FROM standing AS s WHERE s.program_id = p_program AND s.member_id = ANY (p_members) ORDER BY s.member_id FOR NO KEY UPDATE;

    earlier := '[]';
    IF v_claimed < cardinality(p_claims) THEN
        SELECT coalesce(json_agg(json_build_array(c.key, c.scope, encode(c.request_hash, 'hex'), c.member_id, c.transaction_id, c.outcome)), '[]')::text
        INTO earlier
        FROM unnest(p_claims) AS mine
        JOIN claim AS c ON c.program_id = p_program AND c.key = mine.key AND c.scope = mine.scope
        -- A claim that this transaction inserted is its own; xmin tells it from one that was there.
        WHERE c.xmin <> pg_current_xact_id()::xid;
    END IF;

    books := till_read(p_program, p_now, p_members, p_lots_wanted, p_counter_members, p_counter_names, p_counter_periods,
                       p_range_members, p_range_names, p_range_periods, p_hold_members, p_hold_ids, p_past_members, p_past_ids,
                       p_expired_members, p_expired_since, p_burnt_members, p_burners);
END $$;
