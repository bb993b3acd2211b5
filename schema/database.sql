-- The whole database structure, dumped from the migrations by `make schema`; never edited.

CREATE FUNCTION public.append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'HG001';
END $$;

CREATE FUNCTION public.audit_erasure() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
  itself constant boolean := NEW.erased_by LIKE 'system:%';
BEGIN
  INSERT INTO audit (program_id, audit_id, at, actor, audience, action, subject_kind, subject, members, detail)
  VALUES (
    NEW.program_id, NEW.erasure_id, NEW.erased_at, left(CASE WHEN itself THEN '' ELSE 'operator:' END || NEW.erased_by, 300),
    CASE WHEN itself THEN 'system' ELSE 'operator' END, 'ERASE_MEMBER',
    'MEMBER', NEW.member_id::text,
    ARRAY(SELECT jsonb_array_elements_text(NEW.certificate->'members')::uuid),
    jsonb_build_object('reason', NEW.certificate->'reason', 'sha256', NEW.certificate->'sha256')
  );
  RETURN NULL;
END $$;

CREATE FUNCTION public.audit_posting() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
  told constant jsonb := NEW.detail;
  uuid_form constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  itself constant boolean := coalesce(told->>'by', '') LIKE 'system:%';  -- a job, such as retention
  actor constant text := left(CASE WHEN itself THEN '' ELSE 'operator:' END || coalesce(told->>'by', '?'), 300);
BEGIN
  INSERT INTO audit (program_id, audit_id, at, actor, audience, action, subject_kind, subject, members, approval_id, detail)
  VALUES (
    NEW.program_id, NEW.transaction_id, NEW.posted_at, actor, CASE WHEN itself THEN 'system' ELSE 'operator' END,
    CASE NEW.kind
      WHEN 'ADJUSTMENT' THEN 'ADJUST_ACCOUNT' WHEN 'TRANSFER' THEN 'TRANSFER_POINTS' WHEN 'TIER_ASSIGNMENT' THEN 'ASSIGN_TIER'
      WHEN 'MERGE' THEN 'MERGE_MEMBERS' WHEN 'UNMERGE' THEN 'UNMERGE_MEMBERS' WHEN 'CLOSURE' THEN 'CLOSE_ACCOUNT'
      WHEN 'REVERSAL' THEN 'REVERSE_TRANSACTION' ELSE 'OTHER_POSTING'
    END,
    'MEMBER', NEW.member_id::text,
    CASE WHEN told->>'to' ~ uuid_form THEN ARRAY[NEW.member_id, (told->>'to')::uuid] ELSE ARRAY[NEW.member_id] END,
    CASE WHEN told->>'approval' ~ uuid_form THEN (told->>'approval')::uuid END,
    jsonb_strip_nulls(jsonb_build_object(
      'kind', NEW.kind,
      'of', NEW.of_transaction,
      'unit', told->'unit',
      'quantity', CASE WHEN jsonb_typeof(told->'quantity') = 'number' THEN told->'quantity' END,
      'reason', CASE WHEN NEW.kind = 'ADJUSTMENT' THEN told->'reason' END,
      'tier', CASE WHEN NEW.kind = 'TIER_ASSIGNMENT' THEN told->'tier' END,
      'until', CASE WHEN NEW.kind = 'TIER_ASSIGNMENT' THEN told->'until' END
    ))
  );
  RETURN NULL;
END $_$;

CREATE FUNCTION public.audit_wait() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO audit_waiting (program_id, audit_id) SELECT program_id, audit_id FROM new_rows;
  RETURN NULL;
END $$;

CREATE FUNCTION public.balances_as_of(p_program uuid, p_member uuid, p_instant timestamp with time zone) RETURNS TABLE(unit text, posted bigint, available bigint, held bigint, pending bigint, debt bigint)
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.google_object_rekey() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE google_object SET wanted_key = wanted_key + 1
  WHERE program_id = NEW.program_id AND member_id = NEW.member_id;
  RETURN NULL;
END $$;

CREATE FUNCTION public.lots_as_of(p_program uuid, p_member uuid, p_instant timestamp with time zone) RETURNS TABLE(lot_id uuid, unit text, issuer uuid, earned_at timestamp with time zone, available_at timestamp with time zone, expires_at timestamp with time zone, available bigint, pending bigint, held bigint, kept bigint)
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.lots_at(p_program uuid, p_member uuid, p_now timestamp with time zone) RETURNS TABLE(lot_id uuid, unit text, issuer uuid, earned_at timestamp with time zone, available_at timestamp with time zone, expires_at timestamp with time zone, available bigint, pending bigint, held bigint)
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.pass_redraw() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE pass SET shown = -1, changed_at = CASE WHEN pass.shown < pass.changed THEN pass.changed_at ELSE clock_timestamp() END
  WHERE pass.program_id = NEW.program_id AND pass.member_id = NEW.member_id AND pass.state <> 'REVOKED';
  RETURN NULL;
END $$;

CREATE FUNCTION public.pass_stale_mark() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE pass SET changed = n.version,
                  changed_at = CASE WHEN pass.shown < pass.changed THEN pass.changed_at ELSE clock_timestamp() END
  FROM new_rows n
  WHERE pass.program_id = n.program_id AND pass.member_id = n.member_id
    AND pass.changed < n.version AND pass.state <> 'REVOKED';
  RETURN NULL;
END $$;

CREATE FUNCTION public.tier_as_of(p_program uuid, p_member uuid, p_instant timestamp with time zone) RETURNS TABLE(tier text, since timestamp with time zone, until timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
    SELECT c.tier, c.since, c.until
    FROM tier_change AS c
    JOIN transaction AS t ON t.program_id = c.program_id AND t.member_id = c.member_id AND t.transaction_id = c.transaction_id
    WHERE c.program_id = p_program AND c.member_id = p_member AND c.since <= p_instant
      AND (t.posted_at <= p_instant OR t.kind = 'TIER_REVIEW')
    ORDER BY c.version DESC
    LIMIT 1
$$;

CREATE TABLE public.claim (
    program_id uuid NOT NULL,
    key text NOT NULL,
    scope text NOT NULL,
    request_hash bytea,
    member_id uuid,
    transaction_id uuid,
    outcome jsonb,
    claimed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.claim IS 'Idempotency keys and references: who claims first posts. The only table of the post path not distributed by member.';

COMMENT ON COLUMN public.claim.outcome IS 'null where the transaction tells it';

CREATE FUNCTION public.till_open(p_program uuid, p_now timestamp with time zone, p_claims public.claim[], p_members uuid[], p_lots_wanted uuid[], p_counter_members uuid[], p_counter_names text[], p_counter_periods text[], p_range_members uuid[], p_range_names text[], p_range_periods text[], p_hold_members uuid[], p_hold_ids uuid[], p_past_members uuid[], p_past_ids uuid[], p_expired_members uuid[], p_expired_since timestamp with time zone[], p_burnt_members uuid[], p_burners uuid[], OUT earlier text, OUT books text) RETURNS record
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.till_read(p_program uuid, p_now timestamp with time zone, p_members uuid[], p_lots_wanted uuid[], p_counter_members uuid[], p_counter_names text[], p_counter_periods text[], p_range_members uuid[], p_range_names text[], p_range_periods text[], p_hold_members uuid[], p_hold_ids uuid[], p_past_members uuid[], p_past_ids uuid[], p_expired_members uuid[], p_expired_since timestamp with time zone[], p_burnt_members uuid[], p_burners uuid[]) RETURNS text
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE public.account (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    account_id uuid NOT NULL,
    unit text NOT NULL,
    kind text NOT NULL,
    owner uuid NOT NULL,
    posted bigint DEFAULT 0 NOT NULL,
    held bigint DEFAULT 0 NOT NULL,
    pending bigint DEFAULT 0 NOT NULL,
    debt bigint DEFAULT 0 NOT NULL,
    lasts_until timestamp with time zone,
    CONSTRAINT account_debt_not_negative CHECK ((debt >= 0)),
    CONSTRAINT account_held_not_negative CHECK ((held >= 0)),
    CONSTRAINT account_kind_known CHECK ((kind = ANY (ARRAY['member'::text, 'issued'::text, 'redeemed'::text, 'adjusted'::text, 'breakage'::text, 'written_off'::text, 'transit'::text, 'forfeited'::text, 'paid_out'::text]))),
    CONSTRAINT account_pending_not_negative CHECK ((pending >= 0))
)
WITH (fillfactor='80');

COMMENT ON TABLE public.account IS 'A balance; accounts of partners and of the system carry the nil member and no running balance.';

COMMENT ON COLUMN public.account.owner IS 'member_id, partner_id, or program_id for the operator''s own';

COMMENT ON COLUMN public.account.lasts_until IS 'where activity moves the whole balance''s date (R29): that date';

CREATE TABLE public.counter (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    period text NOT NULL,
    value bigint NOT NULL
)
WITH (fillfactor='80');

COMMENT ON TABLE public.counter IS 'Caps, step carry, daily burns, and qualifying amounts (name qualifying/<metric>, one row a local day).';

CREATE TABLE public.hold (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    unit text NOT NULL,
    amount bigint NOT NULL,
    captured bigint DEFAULT 0 NOT NULL,
    state text DEFAULT 'OPEN'::text NOT NULL,
    partner_id uuid NOT NULL,
    location text,
    proof text NOT NULL,
    authorised_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    settled_by uuid,
    counter_name text,
    counter_period text,
    approval text,
    CONSTRAINT hold_amount_positive CHECK ((amount > 0)),
    CONSTRAINT hold_approval_known CHECK (((approval = ANY (ARRAY['WAITING'::text, 'APPROVED'::text])) AND (NOT ((approval = 'WAITING'::text) AND (state = 'CAPTURED'::text))))),
    CONSTRAINT hold_captures_at_most_itself CHECK ((((captured >= 0) AND (captured <= amount)) AND ((captured > 0) = (state = 'CAPTURED'::text)))),
    CONSTRAINT hold_settled_once CHECK (((state = 'OPEN'::text) = (settled_by IS NULL))),
    CONSTRAINT hold_state_known CHECK ((state = ANY (ARRAY['OPEN'::text, 'CAPTURED'::text, 'VOIDED'::text, 'LAPSED'::text])))
)
WITH (fillfactor='80');

COMMENT ON TABLE public.hold IS 'A redemption authorised and not yet taken: it pins lots until it is captured, voided, or its time is over.';

COMMENT ON COLUMN public.hold.hold_id IS 'the transaction that authorised it; its lot moves say which lots it pins';

COMMENT ON COLUMN public.hold.settled_by IS 'the transaction that captured, voided or lapsed it';

COMMENT ON COLUMN public.hold.counter_name IS 'the counter it uses up; what is not captured goes back to it';

COMMENT ON COLUMN public.hold.approval IS 'WAITING: the member must approve it before it is captured; APPROVED: did so';

CREATE TABLE public.lot (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    unit text NOT NULL,
    issuer uuid NOT NULL,
    earned_at timestamp with time zone NOT NULL,
    available_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    issued bigint NOT NULL,
    pending bigint DEFAULT 0 NOT NULL,
    open bigint DEFAULT 0 NOT NULL,
    held bigint DEFAULT 0 NOT NULL,
    burned bigint DEFAULT 0 NOT NULL,
    expired bigint DEFAULT 0 NOT NULL,
    clawed bigint DEFAULT 0 NOT NULL,
    moved bigint DEFAULT 0 NOT NULL,
    rolls boolean DEFAULT false NOT NULL,
    CONSTRAINT lot_issued_positive CHECK ((issued > 0)),
    CONSTRAINT lot_parts_make_the_whole CHECK ((issued = ((((((pending + open) + held) + burned) + expired) + clawed) + moved))),
    CONSTRAINT lot_parts_not_negative CHECK (((pending >= 0) AND (open >= 0) AND (held >= 0) AND (burned >= 0) AND (expired >= 0) AND (clawed >= 0) AND (moved >= 0)))
)
WITH (fillfactor='80');

COMMENT ON TABLE public.lot IS 'What one accrual gave in one unit with one expiry date, and what became of it.';

COMMENT ON COLUMN public.lot.expires_at IS 'null: never';

COMMENT ON COLUMN public.lot.moved IS 'handed to another member';

COMMENT ON COLUMN public.lot.rolls IS 'its date is the later of expires_at and the account''s lasts_until';

CREATE TABLE public.lot_move (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    what text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT lot_move_amount_positive CHECK ((amount > 0)),
    CONSTRAINT lot_move_known CHECK ((what = ANY (ARRAY['accrue'::text, 'accrue_pending'::text, 'activate'::text, 'burn'::text, 'hold'::text, 'release'::text, 'capture'::text, 'expire'::text, 'claw'::text, 'claw_pending'::text, 'restore'::text, 'reinstate'::text, 'move_out'::text, 'move_out_pending'::text, 'move_back'::text, 'move_back_pending'::text])))
);

COMMENT ON TABLE public.lot_move IS 'Append-only: which part of which lot, so of which issuer, a transaction made, burned or ended.';

CREATE TABLE public.standing (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    tier text,
    tier_since timestamp with time zone,
    tier_until timestamp with time zone,
    due_at timestamp with time zone,
    warn_at timestamp with time zone,
    changed_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    year_begins_on date
)
WITH (fillfactor='80');

COMMENT ON TABLE public.standing IS 'One row a member from enrolment on: the lock of the member; its version rises with each change.';

COMMENT ON COLUMN public.standing.due_at IS 'no sooner than this something changes by itself: a lot matures or expires, a hold lapses, a tier ends';

COMMENT ON COLUMN public.standing.warn_at IS 'when the member is told that the tier is at risk (R34); null once told';

COMMENT ON COLUMN public.standing.closed_at IS 'since when these books take no postings, but for what may follow a closing';

CREATE TABLE public.tier_change (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    version bigint NOT NULL,
    tier text,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    transaction_id uuid NOT NULL
);

COMMENT ON TABLE public.tier_change IS 'Append-only: each tier a member held, and the transaction that gave it.';

CREATE TABLE public.transaction (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    of_transaction uuid,
    partner_id uuid,
    location text,
    reference text,
    business_date date,
    amount_minor bigint,
    currency text,
    occurred_at timestamp with time zone NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    program_version integer NOT NULL,
    detail jsonb NOT NULL,
    CONSTRAINT transaction_kind_known CHECK ((kind = ANY (ARRAY['ENROLMENT'::text, 'PURCHASE'::text, 'REDEMPTION'::text, 'ADJUSTMENT'::text, 'ACTIVATION'::text, 'TIER_REVIEW'::text, 'REVERSAL'::text, 'ACTIVITY'::text, 'EXPIRY'::text, 'AUTHORIZATION'::text, 'APPROVAL'::text, 'VOID'::text, 'LAPSE'::text, 'TRANSFER'::text, 'MERGE'::text, 'UNMERGE'::text, 'CLOSURE'::text, 'ERASURE'::text, 'TIER_ASSIGNMENT'::text, 'TIER_WARNING'::text, 'REINSTATEMENT'::text])))
);

COMMENT ON TABLE public.transaction IS 'Append-only: each business event with all it was decided from.';

COMMENT ON COLUMN public.transaction.version IS 'standing.version after it: the member''s order of posting';

CREATE TABLE public.transfer (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    line smallint NOT NULL,
    unit text NOT NULL,
    debit uuid NOT NULL,
    credit uuid NOT NULL,
    amount bigint NOT NULL,
    balance_after bigint NOT NULL,
    CONSTRAINT transfer_amount_positive CHECK ((amount > 0)),
    CONSTRAINT transfer_between_two_accounts CHECK ((debit <> credit))
);

COMMENT ON TABLE public.transfer IS 'Append-only: one debit-credit line; it cannot be unbalanced.';

COMMENT ON COLUMN public.transfer.balance_after IS 'posted balance of the member''s account';

CREATE FUNCTION public.till_write(p_program uuid, p_system_accounts public.account[], p_transactions public.transaction[], p_transfers public.transfer[], p_new_lots public.lot[], p_lots public.lot[], p_lot_moves public.lot_move[], p_accounts public.account[], p_holds public.hold[], p_counters public.counter[], p_tier_changes public.tier_change[], p_standings public.standing[], p_changed_claims public.claim[], p_released public.claim[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF cardinality(p_system_accounts) > 0 THEN  -- sorted: the only rows that batches of different members share
        INSERT INTO account SELECT a.* FROM unnest(p_system_accounts) AS a ORDER BY a.account_id ON CONFLICT DO NOTHING;
    END IF;
    IF cardinality(p_accounts) > 0 THEN
        INSERT INTO account AS old SELECT a.* FROM unnest(p_accounts) AS a
        ON CONFLICT (program_id, member_id, account_id)
        DO UPDATE SET posted = excluded.posted, held = excluded.held, pending = excluded.pending, debt = excluded.debt,
                      lasts_until = excluded.lasts_until;
    END IF;
    INSERT INTO transaction SELECT t.* FROM unnest(p_transactions) AS t;
    IF cardinality(p_transfers) > 0 THEN
        INSERT INTO transfer SELECT t.* FROM unnest(p_transfers) AS t;
    END IF;
    IF cardinality(p_new_lots) > 0 THEN
        INSERT INTO lot SELECT l.* FROM unnest(p_new_lots) AS l;
    END IF;
    IF cardinality(p_lots) > 0 THEN
        UPDATE lot SET pending = new.pending, open = new.open, held = new.held, burned = new.burned, expired = new.expired, clawed = new.clawed,
                       moved = new.moved,
                       -- Reinstated or given back after its end, a lot gets a new date; one that rolls keeps its own while the account's counts.
                       expires_at = CASE WHEN new.rolls THEN coalesce(new.expires_at, lot.expires_at) ELSE new.expires_at END
        FROM unnest(p_lots) AS new
        WHERE lot.program_id = p_program AND lot.member_id = new.member_id AND lot.lot_id = new.lot_id;
    END IF;
    IF cardinality(p_lot_moves) > 0 THEN
        INSERT INTO lot_move SELECT m.* FROM unnest(p_lot_moves) AS m;
    END IF;
    IF cardinality(p_holds) > 0 THEN
        INSERT INTO hold AS old SELECT h.* FROM unnest(p_holds) AS h
        ON CONFLICT (program_id, member_id, hold_id)
        DO UPDATE SET captured = excluded.captured, state = excluded.state, settled_by = excluded.settled_by,
                      approval = excluded.approval;
    END IF;
    IF cardinality(p_counters) > 0 THEN
        INSERT INTO counter AS old SELECT c.* FROM unnest(p_counters) AS c
        ON CONFLICT (program_id, member_id, name, period) DO UPDATE SET value = excluded.value;
    END IF;
    IF cardinality(p_tier_changes) > 0 THEN
        INSERT INTO tier_change SELECT t.* FROM unnest(p_tier_changes) AS t;
    END IF;
    IF cardinality(p_standings) > 0 THEN  -- the wallet's trigger marks the members' passes stale here
        UPDATE standing SET version = new.version, tier = new.tier, tier_since = new.tier_since, tier_until = new.tier_until,
                            due_at = new.due_at, warn_at = new.warn_at, changed_at = new.changed_at, closed_at = new.closed_at
        FROM unnest(p_standings) AS new
        WHERE standing.program_id = p_program AND standing.member_id = new.member_id;
    END IF;
    IF cardinality(p_changed_claims) > 0 THEN  -- refused: an outcome and no transaction; or a reference that another item of the batch took over
        UPDATE claim SET member_id = new.member_id, transaction_id = new.transaction_id, outcome = new.outcome
        FROM unnest(p_changed_claims) AS new
        WHERE claim.program_id = p_program AND claim.key = new.key AND claim.scope = new.scope;
    END IF;
    IF cardinality(p_released) > 0 THEN
        DELETE FROM claim USING unnest(p_released) AS old
        WHERE claim.program_id = p_program AND claim.key = old.key AND claim.scope = old.scope;
    END IF;
END $$;

CREATE FUNCTION public.transfer_units() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM new_transfers AS t
        JOIN account AS a ON a.program_id = t.program_id AND a.member_id = t.member_id AND a.account_id IN (t.debit, t.credit)
        WHERE a.unit <> t.unit
    ) THEN
        RAISE EXCEPTION 'a transfer is posted to an account of another unit' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;

CREATE TABLE public.apple_device (
    device_id character varying(255) NOT NULL,
    push_token text NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.apple_device IS 'A phone that holds passes.';

CREATE TABLE public.apple_registration (
    device_id text NOT NULL,
    pass_id uuid NOT NULL,
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    pass_type text NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    pushed_tag bigint DEFAULT 0 NOT NULL,
    pushed_at timestamp with time zone,
    fetched_tag bigint DEFAULT 0 NOT NULL,
    fetched_version bigint,
    fetched_at timestamp with time zone,
    wanted_tag bigint DEFAULT 0 NOT NULL,
    nudged_tag bigint DEFAULT 0 NOT NULL,
    listed_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    due_since timestamp with time zone,
    behind_since timestamp with time zone
);

COMMENT ON TABLE public.apple_registration IS 'Which phone shows which pass, what it was told and what it fetched.';

COMMENT ON COLUMN public.apple_registration.wanted_tag IS 'the tag the phone should hear of, set by publish; due = pushed_tag < wanted_tag';

COMMENT ON COLUMN public.apple_registration.nudged_tag IS 'the tag for which a second push was made';

COMMENT ON COLUMN public.apple_registration.listed_at IS 'when it was last listed to this phone: a fetch names no phone, so this tells whose it was';

COMMENT ON COLUMN public.apple_registration.due_since IS 'commit of the oldest change for which the phone was not pushed; null: none, or the second push of one';

COMMENT ON COLUMN public.apple_registration.behind_since IS 'commit of the oldest change that the phone has not fetched; null: it shows what was published';

CREATE TABLE public.approval (
    program_id uuid NOT NULL,
    approval_id uuid NOT NULL,
    operation text NOT NULL,
    request jsonb NOT NULL,
    request_hash bytea NOT NULL,
    key text NOT NULL,
    asked_by text NOT NULL,
    asked_email bytea,
    asked_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    members uuid[] NOT NULL,
    state text NOT NULL,
    decided_by text,
    decided_at timestamp with time zone,
    note text,
    outcome jsonb,
    CONSTRAINT approval_by_a_second_person CHECK (((decided_by IS NULL) OR (decided_by <> asked_by))),
    CONSTRAINT approval_decided_by_somebody CHECK ((((state = 'WAITS'::text) = (decided_by IS NULL)) AND ((decided_by IS NULL) = (decided_at IS NULL)))),
    CONSTRAINT approval_outcome_of_approved CHECK (((outcome IS NULL) OR (state = 'APPROVED'::text))),
    CONSTRAINT approval_state_known CHECK ((state = ANY (ARRAY['WAITS'::text, 'APPROVED'::text, 'DECLINED'::text])))
);

COMMENT ON TABLE public.approval IS 'Acts of operators above a limit, and what a second person said to them.';

COMMENT ON COLUMN public.approval.request IS 'what will be carried out: members by id, nothing personal';

COMMENT ON COLUMN public.approval.key IS 'the idempotency key of the request, in the scope of asked_by';

COMMENT ON COLUMN public.approval.asked_email IS 'a keyed hash of the asker''s proved address';

COMMENT ON COLUMN public.approval.ends_at IS 'after it nobody approves it any more';

COMMENT ON COLUMN public.approval.outcome IS 'null until it is known: a transaction, a version, or a refusal';

CREATE TABLE public.audit (
    program_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    audience text NOT NULL,
    credential_id text,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject text NOT NULL,
    members uuid[] NOT NULL,
    request_id text,
    approval_id uuid,
    detail jsonb NOT NULL,
    CONSTRAINT audit_action_is_a_name CHECK ((action ~ '^[A-Z][A-Z0-9_]{1,63}$'::text)),
    CONSTRAINT audit_is_bounded CHECK (((octet_length((detail)::text) <= 8000) AND (cardinality(members) <= 1000) AND (octet_length(actor) <= 1200) AND (octet_length(subject) <= 1200) AND (octet_length(request_id) <= 1200)))
);

COMMENT ON TABLE public.audit IS 'Append-only: one row for each administrative act and each look at personal data.';

COMMENT ON COLUMN public.audit.audit_id IS 'of a posting: its transaction''s id';

COMMENT ON COLUMN public.audit.actor IS 'operator:<subject>, partner:<id>, member:<id>, cli:<user> or system:<job>';

COMMENT ON COLUMN public.audit.subject IS 'a pseudonym or a code';

COMMENT ON COLUMN public.audit.members IS 'all whose data were changed or seen';

COMMENT ON COLUMN public.audit.detail IS 'codes, ids, dates and whole numbers; nothing personal';

CREATE TABLE public.audit_link (
    program_id uuid NOT NULL,
    seq bigint NOT NULL,
    audit_id uuid NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_link_counts CHECK (((seq > 0) AND (octet_length(hash) = 32)))
);

COMMENT ON TABLE public.audit_link IS 'Append-only: the chain over the trail, in the order in which rows were found committed.';

COMMENT ON COLUMN public.audit_link.hash IS 'SHA-256 of the hash before it and the row''s canonical bytes, see audit/README.md';

CREATE TABLE public.audit_waiting (
    program_id uuid NOT NULL,
    audit_id uuid NOT NULL
);

COMMENT ON TABLE public.audit_waiting IS 'Rows of the trail that are not in the chain yet.';

CREATE TABLE public.by_hand (
    program_id uuid NOT NULL,
    operator text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    summed text NOT NULL,
    unit text NOT NULL,
    amount bigint NOT NULL,
    member_id uuid NOT NULL,
    other_id uuid,
    at timestamp with time zone NOT NULL,
    day date NOT NULL,
    CONSTRAINT by_hand_counts CHECK ((amount > 0)),
    CONSTRAINT by_hand_summed_known CHECK ((summed = ANY (ARRAY['GOODWILL'::text, 'ADJUST'::text, 'TRANSFER'::text])))
);

COMMENT ON TABLE public.by_hand IS 'What operators moved alone lately, counted against the limits of the program file; kept for a week.';

COMMENT ON COLUMN public.by_hand.key IS 'the idempotency key of the request';

COMMENT ON COLUMN public.by_hand.summed IS 'GOODWILL, ADJUST or TRANSFER';

COMMENT ON COLUMN public.by_hand.other_id IS 'the other side of a transfer';

COMMENT ON COLUMN public.by_hand.day IS 'of the program';

CREATE TABLE public.card_key (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    card_id text NOT NULL,
    sealed_key bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

COMMENT ON TABLE public.card_key IS 'The card in a member''s app, by a random id that is no member number; and those before it.';

COMMENT ON COLUMN public.card_key.sealed_key IS 'sealed: the key of the rotating code (RFC 6238)';

COMMENT ON COLUMN public.card_key.ended_at IS 'renewed: null is the one that counts';

CREATE TABLE public.consent (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    consent_id uuid NOT NULL,
    purpose text NOT NULL,
    given boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    source text NOT NULL,
    text_version integer NOT NULL,
    CONSTRAINT consent_source_known CHECK ((source ~ '^(APP|PAGE|OPERATOR|GUARDIAN|PARTNER:[0-9a-f-]{36})$'::text))
);

COMMENT ON TABLE public.consent IS 'Append-only: each consent given or withdrawn (R57); the newest of a purpose is in force. It holds nothing personal.';

COMMENT ON COLUMN public.consent.given IS 'false: refused or withdrawn';

COMMENT ON COLUMN public.consent.source IS 'APP, PAGE, PARTNER:<partner id>, OPERATOR, GUARDIAN';

COMMENT ON COLUMN public.consent.text_version IS 'of the words that the person was shown';

CREATE TABLE public.pass (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    style text NOT NULL,
    serial text NOT NULL,
    barcode text NOT NULL,
    state text DEFAULT 'ISSUED'::text NOT NULL,
    generation integer DEFAULT 1 NOT NULL,
    changed bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    shown bigint DEFAULT '-1'::integer NOT NULL,
    tag bigint DEFAULT 0 NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    body_hash bytea,
    face jsonb,
    leased_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    styled integer DEFAULT 0 NOT NULL,
    handed_tag bigint DEFAULT 0 NOT NULL,
    handed_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    renewed_at timestamp with time zone,
    dressed integer DEFAULT 0 NOT NULL,
    CONSTRAINT pass_state_known CHECK ((state = ANY (ARRAY['ISSUED'::text, 'INSTALLED'::text, 'REVOKED'::text])))
)
WITH (fillfactor='80');

COMMENT ON TABLE public.pass IS 'A pass of a member; who publishes it takes a lease, never a lock across the network.';

COMMENT ON COLUMN public.pass.changed IS 'standing.version that the pass should show; the trigger pass_stale_mark sets it in the posting commit';

COMMENT ON COLUMN public.pass.shown IS 'the version it was last published for; stale = shown < changed';

COMMENT ON COLUMN public.pass.face IS 'what was published last';

COMMENT ON COLUMN public.pass.styled IS 'program version it was published under; a new version marks what is below it';

COMMENT ON COLUMN public.pass.handed_tag IS 'lowest tag handed out by the add link lately: what a phone that registers now may hold';

COMMENT ON COLUMN public.pass.renewed_at IS 'when its token was replaced: the former one serves for 30 days at most';

COMMENT ON COLUMN public.pass.dressed IS 'revision of the style''s own files it was published with; 0: none';

CREATE VIEW public.conservation AS
 WITH moved AS (
         SELECT lot_move.program_id,
            lot_move.member_id,
            lot_move.lot_id,
            COALESCE(sum(lot_move.amount) FILTER (WHERE (lot_move.what = ANY (ARRAY['accrue'::text, 'accrue_pending'::text]))), (0)::numeric) AS issued,
            COALESCE(sum(
                CASE
                    WHEN (lot_move.what = ANY (ARRAY['accrue_pending'::text, 'move_back_pending'::text])) THEN lot_move.amount
                    WHEN (lot_move.what = ANY (ARRAY['activate'::text, 'claw_pending'::text, 'move_out_pending'::text])) THEN (- lot_move.amount)
                    ELSE NULL::bigint
                END), (0)::numeric) AS pending,
            COALESCE(sum(
                CASE
                    WHEN (lot_move.what = ANY (ARRAY['accrue'::text, 'activate'::text, 'release'::text, 'restore'::text, 'reinstate'::text, 'move_back'::text])) THEN lot_move.amount
                    WHEN (lot_move.what = ANY (ARRAY['burn'::text, 'hold'::text, 'expire'::text, 'claw'::text, 'move_out'::text])) THEN (- lot_move.amount)
                    ELSE NULL::bigint
                END), (0)::numeric) AS open,
            COALESCE(sum(
                CASE
                    WHEN (lot_move.what = 'hold'::text) THEN lot_move.amount
                    WHEN (lot_move.what = ANY (ARRAY['release'::text, 'capture'::text])) THEN (- lot_move.amount)
                    ELSE NULL::bigint
                END), (0)::numeric) AS held,
            COALESCE(sum(
                CASE
                    WHEN (lot_move.what = ANY (ARRAY['burn'::text, 'capture'::text])) THEN lot_move.amount
                    WHEN (lot_move.what = 'restore'::text) THEN (- lot_move.amount)
                    ELSE NULL::bigint
                END), (0)::numeric) AS burned,
            COALESCE(sum(
                CASE
                    WHEN (lot_move.what = 'expire'::text) THEN lot_move.amount
                    WHEN (lot_move.what = 'reinstate'::text) THEN (- lot_move.amount)
                    ELSE NULL::bigint
                END), (0)::numeric) AS expired,
            COALESCE(sum(lot_move.amount) FILTER (WHERE (lot_move.what = ANY (ARRAY['claw'::text, 'claw_pending'::text]))), (0)::numeric) AS clawed,
            COALESCE(sum(
                CASE
                    WHEN (lot_move.what = ANY (ARRAY['move_out'::text, 'move_out_pending'::text])) THEN lot_move.amount
                    WHEN (lot_move.what = ANY (ARRAY['move_back'::text, 'move_back_pending'::text])) THEN (- lot_move.amount)
                    ELSE NULL::bigint
                END), (0)::numeric) AS moved
           FROM public.lot_move
          GROUP BY lot_move.program_id, lot_move.member_id, lot_move.lot_id
        ), in_lots AS (
         SELECT lot.program_id,
            lot.member_id,
            lot.unit,
            sum(((lot.pending + lot.open) + lot.held)) AS kept,
            sum(lot.held) AS held,
            sum(lot.pending) AS pending,
            sum(lot.open) AS open
           FROM public.lot
          GROUP BY lot.program_id, lot.member_id, lot.unit
        ), transferred AS (
         SELECT sides.program_id,
            sides.member_id,
            sides.account_id,
            sum(sides.amount) AS posted
           FROM ( SELECT transfer.program_id,
                    transfer.member_id,
                    transfer.credit AS account_id,
                    transfer.amount
                   FROM public.transfer
                UNION ALL
                 SELECT transfer.program_id,
                    transfer.member_id,
                    transfer.debit,
                    (- transfer.amount)
                   FROM public.transfer) sides
          GROUP BY sides.program_id, sides.member_id, sides.account_id
        ), on_hold AS (
         SELECT hold.program_id,
            hold.member_id,
            hold.unit,
            sum(hold.amount) AS held
           FROM public.hold
          WHERE (hold.state = 'OPEN'::text)
          GROUP BY hold.program_id, hold.member_id, hold.unit
        ), at_partners AS (
         SELECT t.program_id,
            t.member_id,
            t.transaction_id,
            a.account_id,
            sum(
                CASE
                    WHEN (a.account_id = t.debit) THEN t.amount
                    ELSE (- t.amount)
                END) AS amount
           FROM (public.transfer t
             JOIN public.account a ON (((a.program_id = t.program_id) AND ((a.account_id = t.debit) OR (a.account_id = t.credit)) AND (a.kind = ANY (ARRAY['issued'::text, 'redeemed'::text])))))
          GROUP BY t.program_id, t.member_id, t.transaction_id, a.account_id
        )
 SELECT 'a lot is what its moves made it'::text AS rule,
    l.program_id,
    l.member_id,
    ('lot '::text || l.lot_id) AS detail
   FROM (public.lot l
     LEFT JOIN moved m USING (program_id, member_id, lot_id))
  WHERE (((((((((l.issued)::numeric IS DISTINCT FROM m.issued) OR ((l.pending)::numeric IS DISTINCT FROM m.pending)) OR ((l.open)::numeric IS DISTINCT FROM m.open)) OR ((l.held)::numeric IS DISTINCT FROM m.held)) OR ((l.burned)::numeric IS DISTINCT FROM m.burned)) OR ((l.expired)::numeric IS DISTINCT FROM m.expired)) OR ((l.clawed)::numeric IS DISTINCT FROM m.clawed)) OR ((l.moved)::numeric IS DISTINCT FROM m.moved))
UNION ALL
 SELECT 'a move belongs to a lot'::text AS rule,
    m.program_id,
    m.member_id,
    ('lot '::text || m.lot_id) AS detail
   FROM (moved m
     LEFT JOIN public.lot l USING (program_id, member_id, lot_id))
  WHERE (l.lot_id IS NULL)
UNION ALL
 SELECT 'posted = sum of transfers'::text AS rule,
    a.program_id,
    a.member_id,
    ((((a.unit || ': stored '::text) || a.posted) || ', rebuilt '::text) || COALESCE(t.posted, (0)::numeric)) AS detail
   FROM (public.account a
     LEFT JOIN transferred t USING (program_id, member_id, account_id))
  WHERE ((a.kind = 'member'::text) AND ((a.posted)::numeric <> COALESCE(t.posted, (0)::numeric)))
UNION ALL
 SELECT 'posted = pending + open + held - debt'::text AS rule,
    a.program_id,
    a.member_id,
    ((((((a.unit || ': posted '::text) || a.posted) || ', lots '::text) || COALESCE(l.kept, (0)::numeric)) || ', debt '::text) || a.debt) AS detail
   FROM (public.account a
     LEFT JOIN in_lots l USING (program_id, member_id, unit))
  WHERE ((a.kind = 'member'::text) AND (((a.posted)::numeric <> (COALESCE(l.kept, (0)::numeric) - (a.debt)::numeric)) OR ((a.held)::numeric <> COALESCE(l.held, (0)::numeric)) OR ((a.pending)::numeric <> COALESCE(l.pending, (0)::numeric))))
UNION ALL
 SELECT 'held = sum of open holds'::text AS rule,
    a.program_id,
    a.member_id,
    ((((a.unit || ': held '::text) || a.held) || ', open holds '::text) || COALESCE(h.held, (0)::numeric)) AS detail
   FROM (public.account a
     LEFT JOIN on_hold h USING (program_id, member_id, unit))
  WHERE ((a.kind = 'member'::text) AND ((a.held)::numeric <> COALESCE(h.held, (0)::numeric)))
UNION ALL
 SELECT 'a hold pins its amount'::text AS rule,
    h.program_id,
    h.member_id,
    ('hold '::text || h.hold_id) AS detail
   FROM (public.hold h
     LEFT JOIN ( SELECT lot_move.program_id,
            lot_move.member_id,
            lot_move.transaction_id AS hold_id,
            sum(lot_move.amount) AS amount
           FROM public.lot_move
          WHERE (lot_move.what = 'hold'::text)
          GROUP BY lot_move.program_id, lot_move.member_id, lot_move.transaction_id) m USING (program_id, member_id, hold_id))
  WHERE ((h.amount)::numeric <> COALESCE(m.amount, (0)::numeric))
UNION ALL
 SELECT 'a settled hold went all where it should'::text AS rule,
    h.program_id,
    h.member_id,
    ((('hold '::text || h.hold_id) || ': '::text) || h.state) AS detail
   FROM (public.hold h
     LEFT JOIN ( SELECT lot_move.program_id,
            lot_move.member_id,
            lot_move.transaction_id AS settled_by,
            sum(lot_move.amount) FILTER (WHERE (lot_move.what = 'capture'::text)) AS captured,
            sum(lot_move.amount) FILTER (WHERE (lot_move.what = 'release'::text)) AS released
           FROM public.lot_move
          WHERE (lot_move.what = ANY (ARRAY['capture'::text, 'release'::text]))
          GROUP BY lot_move.program_id, lot_move.member_id, lot_move.transaction_id) m USING (program_id, member_id, settled_by))
  WHERE ((h.state <> 'OPEN'::text) AND (( SELECT count(*) AS count
           FROM public.hold other
          WHERE ((other.program_id = h.program_id) AND (other.member_id = h.member_id) AND (other.settled_by = h.settled_by))) = 1) AND (((h.captured)::numeric <> COALESCE(m.captured, (0)::numeric)) OR (((h.amount - h.captured))::numeric <> COALESCE(m.released, (0)::numeric))))
UNION ALL
 SELECT 'due_at is no later than what comes next'::text AS rule,
    s.program_id,
    s.member_id,
    ((('due '::text || COALESCE((s.due_at)::text, 'never'::text)) || ', next '::text) || n.at) AS detail
   FROM (public.standing s
     CROSS JOIN LATERAL ( SELECT LEAST(
                CASE
                    WHEN (s.closed_at IS NULL) THEN LEAST(s.tier_until, s.warn_at)
                    ELSE NULL::timestamp with time zone
                END, ( SELECT min(l.available_at) AS min
                   FROM public.lot l
                  WHERE (((l.program_id = s.program_id) AND (l.member_id = s.member_id)) AND (l.pending > 0))), ( SELECT min(
                        CASE
                            WHEN l.rolls THEN GREATEST(l.expires_at, a.lasts_until)
                            ELSE l.expires_at
                        END) AS min
                   FROM (public.lot l
                     JOIN public.account a ON (((a.program_id = l.program_id) AND (a.member_id = l.member_id) AND (a.unit = l.unit) AND (a.kind = 'member'::text))))
                  WHERE (((l.program_id = s.program_id) AND (l.member_id = s.member_id)) AND (l.open > 0))), ( SELECT min(h.expires_at) AS min
                   FROM public.hold h
                  WHERE (((h.program_id = s.program_id) AND (h.member_id = s.member_id)) AND (h.state = 'OPEN'::text)))) AS at) n)
  WHERE (n.at < COALESCE(s.due_at, 'infinity'::timestamp with time zone))
UNION ALL
 SELECT 'nobody owes while points lie open'::text AS rule,
    a.program_id,
    a.member_id,
    ((((a.unit || ': debt '::text) || a.debt) || ', open '::text) || l.open) AS detail
   FROM (public.account a
     JOIN in_lots l USING (program_id, member_id, unit))
  WHERE ((a.kind = 'member'::text) AND (a.debt > 0) AND (l.open > (0)::numeric))
UNION ALL
 SELECT 'no more is reversed than was posted'::text AS rule,
    o.program_id,
    o.member_id,
    ((((('transaction '::text || o.transaction_id) || ': posted '::text) || o.amount) || ', reversed '::text) || r.amount) AS detail
   FROM (( SELECT t.program_id,
            t.member_id,
            t.of_transaction,
            p.account_id,
            sum(p.amount) AS amount
           FROM (public.transaction t
             JOIN at_partners p USING (program_id, member_id, transaction_id))
          WHERE ((t.kind = 'REVERSAL'::text) AND (t.of_transaction IS NOT NULL))
          GROUP BY t.program_id, t.member_id, t.of_transaction, p.account_id) r
     LEFT JOIN at_partners o ON (((o.program_id = r.program_id) AND (o.member_id = r.member_id) AND (o.transaction_id = r.of_transaction) AND (o.account_id = r.account_id))))
  WHERE ((o.amount IS NULL) OR (sign(o.amount) = sign(r.amount)) OR (abs(r.amount) > abs(o.amount)))
UNION ALL
 SELECT 'an anonymous purchase is claimed once'::text AS rule,
    t.program_id,
    NULL::uuid AS member_id,
    ((('transaction '::text || t.of_transaction) || ': '::text) || count(*)) AS detail
   FROM public.transaction t
  WHERE ((t.kind = 'PURCHASE'::text) AND (t.of_transaction IS NOT NULL))
  GROUP BY t.program_id, t.of_transaction
 HAVING (count(*) > 1)
UNION ALL
 SELECT 'what left one member came to another'::text AS rule,
    t.program_id,
    NULL::uuid AS member_id,
    ((t.unit || ': '::text) || sum(
        CASE
            WHEN (a.account_id = t.debit) THEN (- t.amount)
            ELSE t.amount
        END)) AS detail
   FROM (public.transfer t
     JOIN public.account a ON (((a.program_id = t.program_id) AND ((a.account_id = t.debit) OR (a.account_id = t.credit)) AND (a.kind = 'transit'::text))))
  GROUP BY t.program_id, t.unit
 HAVING (sum(
        CASE
            WHEN (a.account_id = t.debit) THEN (- t.amount)
            ELSE t.amount
        END) <> (0)::numeric)
UNION ALL
 SELECT 'lots have an account'::text AS rule,
    l.program_id,
    l.member_id,
    l.unit AS detail
   FROM (in_lots l
     LEFT JOIN public.account a ON (((a.program_id = l.program_id) AND (a.member_id = l.member_id) AND (a.unit = l.unit) AND (a.kind = 'member'::text))))
  WHERE (a.account_id IS NULL)
UNION ALL
 SELECT 'a transfer is in the unit of its accounts'::text AS rule,
    t.program_id,
    t.member_id,
    ((('transaction '::text || t.transaction_id) || ' line '::text) || t.line) AS detail
   FROM ((public.transfer t
     LEFT JOIN public.account d ON (((d.program_id = t.program_id) AND (d.account_id = t.debit) AND ((d.member_id = t.member_id) OR (d.member_id = '00000000-0000-0000-0000-000000000000'::uuid)))))
     LEFT JOIN public.account c ON (((c.program_id = t.program_id) AND (c.account_id = t.credit) AND ((c.member_id = t.member_id) OR (c.member_id = '00000000-0000-0000-0000-000000000000'::uuid)))))
  WHERE ((d.unit IS DISTINCT FROM t.unit) OR (c.unit IS DISTINCT FROM t.unit))
UNION ALL
 SELECT 'a transfer belongs to a transaction'::text AS rule,
    t.program_id,
    t.member_id,
    ('transaction '::text || t.transaction_id) AS detail
   FROM (public.transfer t
     LEFT JOIN public.transaction x USING (program_id, member_id, transaction_id))
  WHERE (x.transaction_id IS NULL)
UNION ALL
 SELECT 'balance_after is the balance after it'::text AS rule,
    running.program_id,
    running.member_id,
    ((('transaction '::text || running.transaction_id) || ' line '::text) || running.line) AS detail
   FROM ( SELECT x.program_id,
            x.member_id,
            x.transaction_id,
            x.line,
            x.balance_after,
            sum(
                CASE
                    WHEN (a.account_id = x.credit) THEN x.amount
                    ELSE (- x.amount)
                END) OVER (PARTITION BY x.program_id, x.member_id, a.account_id ORDER BY t.version, x.line) AS balance
           FROM ((public.transfer x
             JOIN public.transaction t USING (program_id, member_id, transaction_id))
             JOIN public.account a ON (((a.program_id = x.program_id) AND (a.member_id = x.member_id) AND ((a.account_id = x.debit) OR (a.account_id = x.credit)) AND (a.kind = 'member'::text))))) running
  WHERE (running.balance <> (running.balance_after)::numeric)
UNION ALL
 SELECT 'versions have no gap'::text AS rule,
    s.program_id,
    s.member_id,
    ((('standing '::text || s.version) || ', transactions '::text) || COALESCE(t.last, (0)::bigint)) AS detail
   FROM (public.standing s
     LEFT JOIN ( SELECT transaction.program_id,
            transaction.member_id,
            max(transaction.version) AS last,
            count(*) AS rows
           FROM public.transaction
          GROUP BY transaction.program_id, transaction.member_id) t USING (program_id, member_id))
  WHERE ((s.version <> COALESCE(t.last, (0)::bigint)) OR (s.version <> COALESCE(t.rows, (0)::bigint)))
UNION ALL
 SELECT 'the tier is the last change'::text AS rule,
    s.program_id,
    s.member_id,
    ((('standing '::text || COALESCE(s.tier, 'none'::text)) || ', last '::text) || COALESCE(t.tier, 'none'::text)) AS detail
   FROM (public.standing s
     LEFT JOIN LATERAL ( SELECT t_1.tier,
            t_1.since,
            t_1.until
           FROM public.tier_change t_1
          WHERE ((t_1.program_id = s.program_id) AND (t_1.member_id = s.member_id))
          ORDER BY t_1.version DESC
         LIMIT 1) t ON (true))
  WHERE (((s.tier IS DISTINCT FROM t.tier) OR (s.tier_since IS DISTINCT FROM t.since)) OR (s.tier_until IS DISTINCT FROM t.until))
UNION ALL
 SELECT 'a caller''s transaction has one key claim and at most one reference claim'::text AS rule,
    t.program_id,
    t.member_id,
    (((((('transaction '::text || t.transaction_id) || ': '::text) || COALESCE(c.keys, (0)::bigint)) || ' keys, '::text) || COALESCE(c.refs, (0)::bigint)) || ' references'::text) AS detail
   FROM (public.transaction t
     LEFT JOIN ( SELECT claim.program_id,
            claim.transaction_id,
            count(*) FILTER (WHERE (claim.scope !~~ 'reference:%'::text)) AS keys,
            count(*) FILTER (WHERE (claim.scope ~~ 'reference:%'::text)) AS refs
           FROM public.claim
          WHERE (claim.transaction_id IS NOT NULL)
          GROUP BY claim.program_id, claim.transaction_id) c USING (program_id, transaction_id))
  WHERE (((t.kind = ANY (ARRAY['PURCHASE'::text, 'REDEMPTION'::text, 'ADJUSTMENT'::text, 'ENROLMENT'::text, 'AUTHORIZATION'::text, 'APPROVAL'::text, 'VOID'::text])) AND (COALESCE(c.keys, (0)::bigint) <> 1)) OR (COALESCE(c.keys, (0)::bigint) > 1) OR (COALESCE(c.refs, (0)::bigint) > 1))
UNION ALL
 SELECT 'a claim names a transaction that exists'::text AS rule,
    c.program_id,
    c.member_id,
    ('claim '::text || c.key) AS detail
   FROM (public.claim c
     LEFT JOIN public.transaction t USING (program_id, member_id, transaction_id))
  WHERE ((c.transaction_id IS NOT NULL) AND (t.transaction_id IS NULL))
UNION ALL
 SELECT 'a pass is marked for the newest version'::text AS rule,
    p.program_id,
    p.member_id,
    ((((('pass '::text || p.pass_id) || ': marked '::text) || p.changed) || ', standing '::text) || s.version) AS detail
   FROM (public.pass p
     JOIN public.standing s USING (program_id, member_id))
  WHERE ((p.state <> 'REVOKED'::text) AND (p.changed < s.version));

CREATE TABLE public.credential (
    client_id text NOT NULL,
    program_id uuid NOT NULL,
    audience text NOT NULL,
    subject text NOT NULL,
    secret_hash text,
    public_key jsonb,
    scopes text[] NOT NULL,
    location text,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    announced_at timestamp with time zone,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT credential_audience_known CHECK ((audience = ANY (ARRAY['partner'::text, 'operator'::text]))),
    CONSTRAINT credential_is_proved_one_way CHECK (((secret_hash IS NULL) <> (public_key IS NULL))),
    CONSTRAINT credential_location_is_a_partners CHECK (((location IS NULL) OR (audience = 'partner'::text)))
);

COMMENT ON TABLE public.credential IS 'What a partner or operator signs in with; several may stand for one subject, so secrets can rotate.';

COMMENT ON COLUMN public.credential.subject IS 'partner_id as text for partners, a name for operators';

COMMENT ON COLUMN public.credential.secret_hash IS 'argon2; null where a public key proves who signs in';

COMMENT ON COLUMN public.credential.public_key IS 'a JWK (RFC 7517), for private_key_jwt';

COMMENT ON COLUMN public.credential.location IS 'the only shop it serves; null: all of the partner''s';

COMMENT ON COLUMN public.credential.name IS 'what people call it';

COMMENT ON COLUMN public.credential.ends_at IS 'set by a rotation: both work until then';

COMMENT ON COLUMN public.credential.announced_at IS 'by the database''s clock: from then on its tokens are refused everywhere';

COMMENT ON COLUMN public.credential.used_at IS 'its last sign-in';

CREATE TABLE public.delivery_count (
    hour timestamp with time zone NOT NULL,
    what text NOT NULL,
    outcome text NOT NULL,
    count bigint NOT NULL
);

COMMENT ON TABLE public.delivery_count IS 'Pushes and patches by outcome, one row an hour, bumped once a worker round.';

CREATE TABLE public.delivery_lag (
    hour timestamp with time zone NOT NULL,
    what text NOT NULL,
    up_to_ms integer NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT delivery_lag_counts CHECK ((count > 0)),
    CONSTRAINT delivery_lag_what_known CHECK ((what = ANY (ARRAY['push'::text, 'fetch'::text])))
);

COMMENT ON TABLE public.delivery_lag IS 'How long after a commit phones were pushed, and fetched: counted by steps, one row an hour and step.';

COMMENT ON COLUMN public.delivery_lag.what IS 'push or fetch';

COMMENT ON COLUMN public.delivery_lag.up_to_ms IS 'from the commit, in milliseconds, rounded up to one of a few steps';

CREATE TABLE public.erasure (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    erasure_id uuid NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    erased_by text NOT NULL,
    certificate jsonb NOT NULL
);

COMMENT ON TABLE public.erasure IS 'Append-only: the certificate of each erasure (R41); it holds nothing personal.';

COMMENT ON COLUMN public.erasure.certificate IS 'what was removed, by kind and number, and the totals before and after';

CREATE UNLOGGED TABLE public.event_stream (
    token_hash bytea NOT NULL,
    audience text NOT NULL,
    owner_hash bytea NOT NULL,
    caller bytea NOT NULL,
    holder uuid,
    kept_until timestamp with time zone NOT NULL,
    CONSTRAINT event_stream_caller_bounded CHECK ((length(caller) <= 20000)),
    CONSTRAINT event_stream_hashed CHECK (((length(token_hash) = 32) AND (length(owner_hash) = 32)))
);

COMMENT ON TABLE public.event_stream IS 'Event streams of the single connection mode that are reserved or open; unlogged, a row lives as long as its stream.';

COMMENT ON COLUMN public.event_stream.token_hash IS 'of the ticket, which stands nowhere';

COMMENT ON COLUMN public.event_stream.owner_hash IS 'keyed: of all that a token says of its caller';

COMMENT ON COLUMN public.event_stream.caller IS 'sealed: who reserved it, and when his token ends';

COMMENT ON COLUMN public.event_stream.holder IS 'the process that has the connection; null: reserved, not opened yet';

COMMENT ON COLUMN public.event_stream.kept_until IS 'nobody opened it, or its process is gone, after it';

CREATE UNLOGGED TABLE public.event_stream_call (
    call_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    operation_id text NOT NULL,
    sealed bytea,
    CONSTRAINT event_stream_call_bounded CHECK ((length(sealed) <= 200000)),
    CONSTRAINT event_stream_call_id_bounded CHECK (((length(operation_id) >= 1) AND (length(operation_id) <= 100)))
);

COMMENT ON TABLE public.event_stream_call IS 'Operations on their way to the process that has their stream; unlogged, gone once taken.';

COMMENT ON COLUMN public.event_stream_call.token_hash IS 'of the stream that it is for';

COMMENT ON COLUMN public.event_stream_call.operation_id IS 'the client''s own';

COMMENT ON COLUMN public.event_stream_call.sealed IS 'the parameters of the operation; null: stop it';

CREATE UNLOGGED SEQUENCE public.event_stream_call_call_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.event_stream_call_call_id_seq OWNED BY public.event_stream_call.call_id;

CREATE TABLE public.frozen (
    program_id uuid NOT NULL,
    freeze_id uuid NOT NULL,
    kind text NOT NULL,
    partner_id uuid NOT NULL,
    location text,
    cashier text,
    credential text,
    reason text NOT NULL,
    frozen_at timestamp with time zone NOT NULL,
    frozen_by text NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    end_reason text,
    CONSTRAINT frozen_ended_by_somebody CHECK ((((ended_at IS NULL) = (ended_by IS NULL)) AND ((ended_at IS NULL) = (end_reason IS NULL)))),
    CONSTRAINT frozen_kind_known CHECK ((kind = ANY (ARRAY['PARTNER'::text, 'LOCATION'::text, 'CASHIER'::text, 'CREDENTIAL'::text, 'REVIEW'::text])))
);

COMMENT ON TABLE public.frozen IS 'A partner, shop, cashier or credential whose posts wait for review; REVIEW: a partner that is new.';

CREATE TABLE public.frozen_member (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    freeze_id uuid NOT NULL,
    reason text NOT NULL,
    frozen_at timestamp with time zone NOT NULL,
    frozen_by text NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    end_reason text,
    CONSTRAINT frozen_member_ended_by_somebody CHECK ((((ended_at IS NULL) = (ended_by IS NULL)) AND ((ended_at IS NULL) = (end_reason IS NULL))))
);

COMMENT ON TABLE public.frozen_member IS 'Why a member is or was frozen, and by whom; whether he is stands in member.';

CREATE TABLE public.google_class (
    class_id character varying(200) NOT NULL,
    program_id uuid NOT NULL,
    style text NOT NULL,
    version integer NOT NULL,
    review_status text NOT NULL,
    problem text,
    checked_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.google_class IS 'The loyalty classes at Google, one a program and style, and what its reviewers said.';

COMMENT ON COLUMN public.google_class.version IS 'of the program that it was made from';

COMMENT ON COLUMN public.google_class.review_status IS 'Google''s word';

COMMENT ON COLUMN public.google_class.problem IS 'Google''s word for why it does not take the class';

CREATE TABLE public.google_object (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    object_id text NOT NULL,
    saved boolean DEFAULT false NOT NULL,
    saved_at timestamp with time zone,
    sent_tag bigint DEFAULT 0 NOT NULL,
    sent_version bigint,
    sent_at timestamp with time zone,
    sent_body jsonb,
    wanted_tag bigint DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    held boolean DEFAULT true NOT NULL,
    offered_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    event_ms bigint DEFAULT 0 NOT NULL,
    notified_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    messages uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    sent_key integer DEFAULT 0 NOT NULL,
    wanted_key integer DEFAULT 0 NOT NULL,
    CONSTRAINT google_object_messages_bounded CHECK ((cardinality(messages) <= 50)),
    CONSTRAINT google_object_notified_bounded CHECK ((cardinality(notified_at) <= 3))
);

COMMENT ON TABLE public.google_object IS 'The loyalty object of a pass at Google, and what was sent last.';

COMMENT ON COLUMN public.google_object.wanted_tag IS 'set by publish; due = sent_tag < wanted_tag';

COMMENT ON COLUMN public.google_object.held IS 'false: nobody has it, so changes wait until somebody saves it';

COMMENT ON COLUMN public.google_object.offered_at IS 'when its save link was handed out last';

COMMENT ON COLUMN public.google_object.event_ms IS 'the latest save or del, by Google''s own time';

COMMENT ON COLUMN public.google_object.notified_at IS 'when it may have woken its owner: 24 hours, 3';

COMMENT ON COLUMN public.google_object.messages IS 'ids of messages that went out, newest last';

COMMENT ON COLUMN public.google_object.wanted_key IS 'raised by each new card key; due = sent_key < wanted_key, too';

CREATE UNLOGGED TABLE public.google_rate (
    project character varying(100) NOT NULL,
    next_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.google_rate IS 'How fast all processes together call Google; unlogged.';

COMMENT ON COLUMN public.google_rate.next_at IS 'when the next call is due, by the database''s clock';

CREATE TABLE public.household (
    program_id uuid NOT NULL,
    household_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone
);

COMMENT ON TABLE public.household IS 'Members who earn into one pool; its books are kept under its own id.';

COMMENT ON COLUMN public.household.household_id IS 'also the member_id of the pool''s books';

CREATE TABLE public.household_member (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    household_id uuid NOT NULL,
    may_burn boolean DEFAULT false NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    since_version bigint NOT NULL
);

COMMENT ON TABLE public.household_member IS 'The household that a member belongs to now; who left is in the books.';

COMMENT ON COLUMN public.household_member.since_version IS 'the member''s standing when joining: what is earned later goes to the pool';

CREATE TABLE public.identifier (
    program_id uuid NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    member_id uuid NOT NULL
);

COMMENT ON TABLE public.identifier IS 'The lookup: everything that names a member. Not distributed by member.';

COMMENT ON COLUMN public.identifier.kind IS 'number, email, phone, barcode, pass (= Apple serial)';

CREATE TABLE public.identity_provider (
    program_id uuid NOT NULL,
    provider_id text NOT NULL,
    audience text NOT NULL,
    issuer text NOT NULL,
    client_audiences text[] NOT NULL,
    jwks_url text,
    algorithms text[] NOT NULL,
    options jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT identity_provider_audience_known CHECK ((audience = ANY (ARRAY['member'::text, 'operator'::text]))),
    CONSTRAINT identity_provider_is_asymmetric CHECK (((cardinality(algorithms) > 0) AND (algorithms <@ ARRAY['RS256'::text, 'RS384'::text, 'RS512'::text, 'PS256'::text, 'PS384'::text, 'PS512'::text, 'ES256'::text, 'ES384'::text, 'ES512'::text, 'EdDSA'::text]))),
    CONSTRAINT identity_provider_is_for_somebody CHECK ((cardinality(client_audiences) > 0))
);

COMMENT ON TABLE public.identity_provider IS 'Whose tokens let persons in; set at the command line only.';

COMMENT ON COLUMN public.identity_provider.provider_id IS 'a short code, part of its operators'' names';

COMMENT ON COLUMN public.identity_provider.audience IS 'member or operator: whose persons sign in there';

COMMENT ON COLUMN public.identity_provider.client_audiences IS 'values of aud that mean us';

COMMENT ON COLUMN public.identity_provider.jwks_url IS 'null: by the issuer''s discovery document';

COMMENT ON COLUMN public.identity_provider.options IS 'identity/providers/provider.py';

CREATE TABLE public.location (
    program_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    time_zone text
);

COMMENT ON TABLE public.location IS 'A shop of a partner.';

CREATE TABLE public.member (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    member_number text NOT NULL,
    locale text NOT NULL,
    status text DEFAULT 'ACTIVE'::text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    enrolled_by uuid,
    merged_into uuid,
    closed_at timestamp with time zone,
    CONSTRAINT member_merged_into_somebody CHECK (((status = 'MERGED'::text) = (merged_into IS NOT NULL))),
    CONSTRAINT member_status_known CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'FROZEN'::text, 'CLOSED'::text, 'MERGED'::text, 'ERASED'::text])))
);

COMMENT ON TABLE public.member IS 'A membership: its number and what became of it; who it is stands in person, balances in account.';

COMMENT ON COLUMN public.member.locale IS 'the language spoken to the member: of the program''s few, so it tells nobody apart';

COMMENT ON COLUMN public.member.enrolled_by IS 'the partner, when one enrolled the member';

COMMENT ON COLUMN public.member.merged_into IS 'the member who took over, while status is MERGED';

CREATE TABLE public.merge (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    merge_id uuid NOT NULL,
    target_id uuid NOT NULL,
    merged_at timestamp with time zone NOT NULL,
    merged_by text NOT NULL,
    unmerged_at timestamp with time zone,
    unmerged_by text,
    detail jsonb NOT NULL
);

COMMENT ON TABLE public.merge IS 'A member taken over by another (R40), and whether that was taken back.';

COMMENT ON COLUMN public.merge.detail IS 'what an unmerge gives back: identifiers, tiers, lots handed over';

CREATE TABLE public.nonce (
    value bytea NOT NULL,
    ends_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.nonce IS 'What may be said once only, such as the jti of a client''s assertion (RFC 7523).';

COMMENT ON COLUMN public.nonce.value IS 'a hash of who said it, and what';

COMMENT ON COLUMN public.nonce.ends_at IS 'when what carried it is refused by its own end';

CREATE TABLE public.one_time_code (
    program_id uuid NOT NULL,
    address_hash bytea NOT NULL,
    code_hash bytea,
    made_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    tries integer NOT NULL,
    made integer NOT NULL,
    counted_from timestamp with time zone NOT NULL,
    CONSTRAINT one_time_code_hashed CHECK (((length(address_hash) = 32) AND (length(code_hash) = 32)))
)
WITH (fillfactor='70');

COMMENT ON TABLE public.one_time_code IS 'The live code of an address, known or not: no address stands here, and no code.';

COMMENT ON COLUMN public.one_time_code.address_hash IS 'keyed: of a purpose and an e-mail address';

COMMENT ON COLUMN public.one_time_code.code_hash IS 'keyed; null: used up';

COMMENT ON COLUMN public.one_time_code.tries IS 'of this code';

COMMENT ON COLUMN public.one_time_code.made IS 'codes since counted_from';

CREATE TABLE public.parked_decision (
    program_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    reason text,
    decision text NOT NULL,
    note text NOT NULL,
    decided_by text NOT NULL,
    decided_email bytea,
    decided_at timestamp with time zone NOT NULL,
    after_at timestamp with time zone,
    after_id uuid,
    settled bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT parked_decision_known CHECK ((decision = ANY (ARRAY['POST'::text, 'REJECT'::text])))
);

COMMENT ON TABLE public.parked_decision IS 'One decision about all parked posts of a partner, and how far the worker has come with it.';

COMMENT ON COLUMN public.parked_decision.decided_email IS 'a keyed hash of the decider''s proved address: posts of his own are left out';

COMMENT ON COLUMN public.parked_decision.decided_at IS 'posts parked later are not meant';

CREATE TABLE public.parked_post (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    parked_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    location text,
    reference text NOT NULL,
    business_date date NOT NULL,
    reason text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    purchase jsonb NOT NULL,
    key text,
    key_scope text,
    decision text,
    decided_at timestamp with time zone,
    decided_by text,
    note text,
    settled_at timestamp with time zone,
    transaction_member uuid,
    transaction_id uuid,
    CONSTRAINT parked_post_decided_by_somebody CHECK ((((decision IS NULL) = (decided_by IS NULL)) AND ((decision IS NULL) = (decided_at IS NULL)))),
    CONSTRAINT parked_post_decision_known CHECK ((decision = ANY (ARRAY['POST'::text, 'REJECT'::text]))),
    CONSTRAINT parked_post_settled_when_decided CHECK (((settled_at IS NULL) OR (decision IS NOT NULL)))
);

COMMENT ON TABLE public.parked_post IS 'Purchases that somebody has to decide on before they are posted.';

CREATE TABLE public.partner (
    program_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.partner IS 'A company that issues or accepts in a program; what it may do stands in the program file.';

CREATE TABLE public.pass_file (
    program_id uuid NOT NULL,
    style text NOT NULL,
    revision integer NOT NULL,
    path text NOT NULL,
    content bytea,
    digest text,
    uploaded_at timestamp with time zone NOT NULL,
    CONSTRAINT pass_file_bounded CHECK ((octet_length(content) <= 1000000)),
    CONSTRAINT pass_file_digest_of_content CHECK (((content IS NULL) = (digest IS NULL))),
    CONSTRAINT pass_file_path_bounded CHECK ((path ~ '^[A-Za-z0-9_@./-]{1,120}$'::text)),
    CONSTRAINT pass_file_revision_counts CHECK ((revision > 0))
);

COMMENT ON TABLE public.pass_file IS 'What an operator put in the place of a template''s files: images, texts, the layout itself.';

COMMENT ON COLUMN public.pass_file.revision IS 'of the style; a file of a later one stands in the place of an earlier one';

COMMENT ON COLUMN public.pass_file.path IS 'within the template: logo@2x.png, de.lproj/pass.strings';

COMMENT ON COLUMN public.pass_file.content IS 'null: the folder''s own again';

COMMENT ON COLUMN public.pass_file.digest IS 'SHA-256 in hex';

CREATE TABLE public.pass_message (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    message_id uuid NOT NULL,
    kind text NOT NULL,
    occasion text NOT NULL,
    header jsonb NOT NULL,
    body jsonb NOT NULL,
    notify boolean NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    gone boolean DEFAULT false NOT NULL,
    CONSTRAINT pass_message_ends_after CHECK (((ends_at IS NULL) OR (ends_at >= posted_at))),
    CONSTRAINT pass_message_has_words CHECK (((jsonb_typeof(header) = 'object'::text) AND (jsonb_typeof(body) = 'object'::text))),
    CONSTRAINT pass_message_kind_known CHECK ((kind = ANY (ARRAY['welcome'::text, 'points_expire'::text, 'tier_at_risk'::text, 'win_back'::text]))),
    CONSTRAINT pass_message_occasion_bounded CHECK (((length(occasion) >= 1) AND (length(occasion) <= 100)))
);

COMMENT ON TABLE public.pass_message IS 'What stands, or stood, on a member''s passes as a message.';

COMMENT ON COLUMN public.pass_message.kind IS 'welcome, points_expire, tier_at_risk, win_back';

COMMENT ON COLUMN public.pass_message.occasion IS 'what it was written for, such as the day on which points expire: once each';

COMMENT ON COLUMN public.pass_message.header IS 'by language';

COMMENT ON COLUMN public.pass_message.body IS 'by language';

COMMENT ON COLUMN public.pass_message.notify IS 'the phone may ring';

COMMENT ON COLUMN public.pass_message.ends_at IS 'then it leaves the passes; null: it stays until its reason is gone';

COMMENT ON COLUMN public.pass_message.gone IS 'it ended, and the passes were marked to be drawn without it';

CREATE TABLE public.pass_message_walk (
    program_id uuid NOT NULL,
    after_member uuid NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    done boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE public.pass_message_walk IS 'How far the worker got with looking who is due a message: one row a program.';

COMMENT ON COLUMN public.pass_message_walk.after_member IS 'members up to this one were looked at in this walk';

COMMENT ON COLUMN public.pass_message_walk.begun_at IS 'when this walk over all holders of passes began';

COMMENT ON COLUMN public.pass_message_walk.done IS 'it reached the last one; the next begins after a pause';

CREATE TABLE public.pass_tag (
    "only" boolean DEFAULT true NOT NULL,
    epoch integer DEFAULT 1 NOT NULL,
    tag bigint DEFAULT 0 NOT NULL,
    CONSTRAINT pass_tag_one_row CHECK ("only")
);

COMMENT ON TABLE public.pass_tag IS 'One row: the commit-ordered tag that phones compare; publishing takes the next as its last step.';

CREATE TABLE public.person (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    display_name text,
    email text,
    phone text,
    birth_date bytea,
    time_zone bytea,
    quiet_hours bytea,
    guardian bytea
);

COMMENT ON TABLE public.person IS 'Who a member is: all personal data, and nothing else. What is searched is readable, the rest is sealed by row.';

COMMENT ON COLUMN public.person.birth_date IS 'sealed: ISO date';

COMMENT ON COLUMN public.person.time_zone IS 'sealed: IANA name; null is the program''s';

COMMENT ON COLUMN public.person.quiet_hours IS 'sealed: JSON from, until; null is the program''s';

COMMENT ON COLUMN public.person.guardian IS 'sealed: JSON email, confirmed_at';

CREATE UNLOGGED TABLE public.phone_log (
    place integer NOT NULL,
    at timestamp with time zone NOT NULL,
    task text NOT NULL,
    pass_type text,
    serial text,
    code integer,
    text text NOT NULL,
    CONSTRAINT phone_log_place_bounded CHECK (((place >= 0) AND (place <= 999))),
    CONSTRAINT phone_log_text_bounded CHECK ((length(text) <= 600))
);

COMMENT ON TABLE public.phone_log IS 'The latest lines that iPhones logged at us (A50); unlogged, and never more than 1,000.';

COMMENT ON COLUMN public.phone_log.place IS 'one of 1,000, used in turn';

COMMENT ON COLUMN public.phone_log.task IS 'register, unregister, list, fetch, personalize or other';

COMMENT ON COLUMN public.phone_log.code IS 'the response code that the phone complains of';

COMMENT ON COLUMN public.phone_log.text IS 'what a stranger wrote; printable, device ids hidden';

CREATE SEQUENCE public.phone_log_place
    START WITH 0
    INCREMENT BY 1
    MINVALUE 0
    MAXVALUE 999
    CACHE 1
    CYCLE;

CREATE UNLOGGED SEQUENCE public.phone_log_place_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.phone_log_place_seq OWNED BY public.phone_log.place;

CREATE TABLE public.pin (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    sealed_hash bytea NOT NULL,
    set_at timestamp with time zone NOT NULL,
    wrong integer DEFAULT 0 NOT NULL,
    locked_until timestamp with time zone
);

COMMENT ON TABLE public.pin IS 'What a member types at a till to prove who he is, and how often somebody was wrong.';

COMMENT ON COLUMN public.pin.sealed_hash IS 'sealed: an argon2 hash, for a few thousand guesses are nothing to who has the hash alone';

COMMENT ON COLUMN public.pin.wrong IS 'tries in a row';

CREATE TABLE public.program (
    program_id uuid NOT NULL,
    code text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.program IS 'A loyalty program; its rules are the newest program_version.';

CREATE TABLE public.program_version (
    program_id uuid NOT NULL,
    version integer NOT NULL,
    source text NOT NULL,
    applied_by text NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    CONSTRAINT program_version_positive CHECK ((version > 0))
);

COMMENT ON TABLE public.program_version IS 'Append-only: each program file as it was applied; a transaction names the version it was decided by.';

CREATE UNLOGGED TABLE public.rate_bucket (
    key bytea NOT NULL,
    full_at timestamp with time zone NOT NULL,
    granted bigint NOT NULL,
    CONSTRAINT rate_bucket_granted_counts CHECK ((granted >= 0)),
    CONSTRAINT rate_bucket_key_hashed CHECK ((length(key) = 16))
)
WITH (fillfactor='50');

COMMENT ON TABLE public.rate_bucket IS 'What callers may still cost, over all server processes; unlogged, a bucket that is full again needs no row.';

COMMENT ON COLUMN public.rate_bucket.key IS 'a hash of who calls; it names nobody';

COMMENT ON COLUMN public.rate_bucket.full_at IS 'from then on the bucket is full, by the database''s own clock';

COMMENT ON COLUMN public.rate_bucket.granted IS 'what the latest lease gave to a server process';

CREATE TABLE public.replay (
    program_id uuid NOT NULL,
    name text NOT NULL,
    shift_days integer NOT NULL,
    refunds integer NOT NULL,
    redemptions integer NOT NULL,
    seed integer NOT NULL,
    started_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.replay IS 'When a replay began and with which options: a resume on another day must post the same purchases with the same dates.';

COMMENT ON COLUMN public.replay.shift_days IS 'whole days that bring the last basket to the day before the first start';

COMMENT ON COLUMN public.replay.refunds IS 'per cent of the baskets that come back';

COMMENT ON COLUMN public.replay.redemptions IS 'per cent of the points that are redeemed';

COMMENT ON COLUMN public.replay.seed IS 'what draws which';

CREATE TABLE public.session (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    session_id uuid NOT NULL,
    generation integer NOT NULL,
    secret_hash bytea,
    device text,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_because text,
    announced_at timestamp with time zone,
    CONSTRAINT session_device_bounded CHECK (((length(device) >= 1) AND (length(device) <= 80))),
    CONSTRAINT session_hashed CHECK ((length(secret_hash) = 32)),
    CONSTRAINT session_revoked_for_a_reason CHECK ((((revoked_at IS NULL) = (revoked_because IS NULL)) AND ((revoked_at IS NULL) = (announced_at IS NULL))))
);

COMMENT ON TABLE public.session IS 'Where a member is signed in, until when, and why no longer.';

COMMENT ON COLUMN public.session.generation IS 'of the one refresh token that counts';

COMMENT ON COLUMN public.session.secret_hash IS 'of that token; null: forgotten';

COMMENT ON COLUMN public.session.device IS 'how the app calls itself';

COMMENT ON COLUMN public.session.ends_at IS '30 days after its last use, 180 after its first';

COMMENT ON COLUMN public.session.announced_at IS 'its end by the database''s own clock, which every process polls by';

CREATE TABLE public.sign_in_identity (
    program_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    member_id uuid NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_identity_bounded CHECK ((((length(subject) >= 1) AND (length(subject) <= 255)) AND ((length(issuer) >= 1) AND (length(issuer) <= 255))))
);

COMMENT ON TABLE public.sign_in_identity IS 'By which subject of which issuer a member signs in. A lookup, as identifier: not distributed by member.';

COMMENT ON COLUMN public.sign_in_identity.subject IS 'of an erased person a keyed hash';

CREATE TABLE public.staff (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    location text,
    cashier text,
    marked_at timestamp with time zone NOT NULL,
    marked_by text NOT NULL,
    origin_id uuid NOT NULL
);

COMMENT ON TABLE public.staff IS 'Members who work at a partner, and as which cashier.';

COMMENT ON COLUMN public.staff.origin_id IS 'who was marked: the member, or one whom he took over';

CREATE TABLE public.tally (
    program_id uuid NOT NULL,
    subject text NOT NULL,
    period text NOT NULL,
    posts bigint NOT NULL,
    amount bigint NOT NULL,
    over_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70');

COMMENT ON TABLE public.tally IS 'What cashiers, shops, partners and credentials posted lately, in all processes.';

COMMENT ON COLUMN public.tally.period IS 'a local day, or a minute';

COMMENT ON COLUMN public.tally.over_at IS 'from then on no rule asks for it';

CREATE TABLE public.tier_year (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    setting_id uuid NOT NULL,
    set_at timestamp with time zone NOT NULL,
    starts date
);

COMMENT ON TABLE public.tier_year IS 'Each day that an operator set to begin a member''s tier years, never changed; an erasure takes it away.';

COMMENT ON COLUMN public.tier_year.starts IS 'null: the anniversary of joining again';

CREATE TABLE public.tortoise_migrations (
    id integer NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

CREATE SEQUENCE public.tortoise_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.tortoise_migrations_id_seq OWNED BY public.tortoise_migrations.id;

CREATE TABLE public.used_code (
    program_id uuid NOT NULL,
    member_id uuid NOT NULL,
    card_id text NOT NULL,
    step bigint NOT NULL,
    partner_id uuid NOT NULL,
    location text,
    used_at timestamp with time zone NOT NULL,
    reference text
);

COMMENT ON TABLE public.used_code IS 'Rotating codes that were used up, and by whom: each proves once (R51).';

COMMENT ON COLUMN public.used_code.reference IS 'the receipt of an offline till that used it, which may be posted again';

CREATE SEQUENCE public.used_code_step_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.used_code_step_seq OWNED BY public.used_code.step;

CREATE TABLE public.wallet_credential (
    program_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    platform text NOT NULL,
    fingerprint text NOT NULL,
    valid_from timestamp with time zone,
    valid_until timestamp with time zone,
    sealed bytea NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT wallet_credential_bounded CHECK (((length(sealed) <= 20000) AND ((length(fingerprint) >= 8) AND (length(fingerprint) <= 128))))
);

COMMENT ON TABLE public.wallet_credential IS 'What a program signs its passes with, sealed; set at the command line only.';

COMMENT ON COLUMN public.wallet_credential.fingerprint IS 'SHA-256 of the certificate, or Google''s id of the key';

COMMENT ON COLUMN public.wallet_credential.sealed IS 'sealed: certificate, key and intermediate, or the service account';

CREATE TABLE public.wallet_issuer (
    program_id uuid NOT NULL,
    platform text NOT NULL,
    name text NOT NULL,
    team_id text,
    CONSTRAINT wallet_issuer_name_bounded CHECK (((length(name) >= 1) AND (length(name) <= 155))),
    CONSTRAINT wallet_issuer_platform_known CHECK ((platform = ANY (ARRAY['apple'::text, 'google'::text]))),
    CONSTRAINT wallet_issuer_team_of_apple CHECK (((platform = 'apple'::text) = (team_id IS NOT NULL)))
);

COMMENT ON TABLE public.wallet_issuer IS 'The own pass type or issuer id of a program; others share that of the settings.';

COMMENT ON COLUMN public.wallet_issuer.platform IS 'apple or google';

COMMENT ON COLUMN public.wallet_issuer.name IS 'the pass type identifier, or the issuer id';

ALTER TABLE ONLY public.event_stream_call ALTER COLUMN call_id SET DEFAULT nextval('public.event_stream_call_call_id_seq'::regclass);

ALTER TABLE ONLY public.phone_log ALTER COLUMN place SET DEFAULT nextval('public.phone_log_place_seq'::regclass);

ALTER TABLE ONLY public.tortoise_migrations ALTER COLUMN id SET DEFAULT nextval('public.tortoise_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.used_code ALTER COLUMN step SET DEFAULT nextval('public.used_code_step_seq'::regclass);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (program_id, member_id, account_id);

ALTER TABLE ONLY public.apple_device
    ADD CONSTRAINT apple_device_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.apple_registration
    ADD CONSTRAINT apple_registration_pkey PRIMARY KEY (device_id, pass_id);

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_once UNIQUE (program_id, asked_by, key);

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (program_id, approval_id);

ALTER TABLE ONLY public.audit_link
    ADD CONSTRAINT audit_link_once UNIQUE (program_id, audit_id);

ALTER TABLE ONLY public.audit_link
    ADD CONSTRAINT audit_link_pkey PRIMARY KEY (program_id, seq);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (program_id, audit_id);

ALTER TABLE ONLY public.audit_waiting
    ADD CONSTRAINT audit_waiting_pkey PRIMARY KEY (program_id, audit_id);

ALTER TABLE ONLY public.by_hand
    ADD CONSTRAINT by_hand_pkey PRIMARY KEY (program_id, operator, key);

ALTER TABLE ONLY public.card_key
    ADD CONSTRAINT card_key_pkey PRIMARY KEY (program_id, member_id, card_id);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_pkey PRIMARY KEY (program_id, key, scope);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (program_id, member_id, consent_id);

ALTER TABLE ONLY public.counter
    ADD CONSTRAINT counter_pkey PRIMARY KEY (program_id, member_id, name, period);

ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.delivery_count
    ADD CONSTRAINT delivery_count_pkey PRIMARY KEY (hour, what, outcome);

ALTER TABLE ONLY public.delivery_lag
    ADD CONSTRAINT delivery_lag_pkey PRIMARY KEY (hour, what, up_to_ms);

ALTER TABLE ONLY public.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (program_id, member_id, erasure_id);

ALTER TABLE ONLY public.event_stream_call
    ADD CONSTRAINT event_stream_call_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.event_stream
    ADD CONSTRAINT event_stream_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.frozen_member
    ADD CONSTRAINT frozen_member_pkey PRIMARY KEY (program_id, member_id, freeze_id);

ALTER TABLE ONLY public.frozen
    ADD CONSTRAINT frozen_pkey PRIMARY KEY (program_id, freeze_id);

ALTER TABLE ONLY public.google_class
    ADD CONSTRAINT google_class_pkey PRIMARY KEY (class_id);

ALTER TABLE ONLY public.google_object
    ADD CONSTRAINT google_object_pkey PRIMARY KEY (program_id, member_id, pass_id);

ALTER TABLE ONLY public.google_rate
    ADD CONSTRAINT google_rate_pkey PRIMARY KEY (project);

ALTER TABLE ONLY public.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (program_id, member_id, hold_id);

ALTER TABLE ONLY public.household_member
    ADD CONSTRAINT household_member_pkey PRIMARY KEY (program_id, member_id);

ALTER TABLE ONLY public.household
    ADD CONSTRAINT household_pkey PRIMARY KEY (program_id, household_id);

ALTER TABLE ONLY public.identifier
    ADD CONSTRAINT identifier_pkey PRIMARY KEY (program_id, kind, value);

ALTER TABLE ONLY public.identity_provider
    ADD CONSTRAINT identity_provider_pkey PRIMARY KEY (program_id, provider_id);

ALTER TABLE ONLY public.location
    ADD CONSTRAINT location_pkey PRIMARY KEY (program_id, partner_id, code);

ALTER TABLE ONLY public.lot_move
    ADD CONSTRAINT lot_move_pkey PRIMARY KEY (program_id, member_id, transaction_id, lot_id, what);

ALTER TABLE ONLY public.lot
    ADD CONSTRAINT lot_pkey PRIMARY KEY (program_id, member_id, lot_id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (program_id, member_id);

ALTER TABLE ONLY public.merge
    ADD CONSTRAINT merge_pkey PRIMARY KEY (program_id, member_id, merge_id);

ALTER TABLE ONLY public.nonce
    ADD CONSTRAINT nonce_pkey PRIMARY KEY (value);

ALTER TABLE ONLY public.one_time_code
    ADD CONSTRAINT one_time_code_pkey PRIMARY KEY (program_id, address_hash);

ALTER TABLE ONLY public.parked_decision
    ADD CONSTRAINT parked_decision_pkey PRIMARY KEY (program_id, decision_id);

ALTER TABLE ONLY public.parked_post
    ADD CONSTRAINT parked_post_pkey PRIMARY KEY (program_id, member_id, parked_id);

ALTER TABLE ONLY public.partner
    ADD CONSTRAINT partner_code_key UNIQUE (program_id, code);

ALTER TABLE ONLY public.partner
    ADD CONSTRAINT partner_pkey PRIMARY KEY (program_id, partner_id);

ALTER TABLE ONLY public.pass_file
    ADD CONSTRAINT pass_file_pkey PRIMARY KEY (program_id, style, revision, path);

ALTER TABLE ONLY public.pass_message
    ADD CONSTRAINT pass_message_once UNIQUE (program_id, member_id, kind, occasion);

ALTER TABLE ONLY public.pass_message
    ADD CONSTRAINT pass_message_pkey PRIMARY KEY (program_id, member_id, message_id);

ALTER TABLE ONLY public.pass_message_walk
    ADD CONSTRAINT pass_message_walk_pkey PRIMARY KEY (program_id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_pkey PRIMARY KEY (program_id, member_id, pass_id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_style_key UNIQUE (program_id, member_id, style);

ALTER TABLE ONLY public.pass_tag
    ADD CONSTRAINT pass_tag_pkey PRIMARY KEY ("only");

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (program_id, member_id);

ALTER TABLE ONLY public.phone_log
    ADD CONSTRAINT phone_log_pkey PRIMARY KEY (place);

ALTER TABLE ONLY public.pin
    ADD CONSTRAINT pin_pkey PRIMARY KEY (program_id, member_id);

ALTER TABLE ONLY public.program
    ADD CONSTRAINT program_code_key UNIQUE (code);

ALTER TABLE ONLY public.program
    ADD CONSTRAINT program_pkey PRIMARY KEY (program_id);

ALTER TABLE ONLY public.program_version
    ADD CONSTRAINT program_version_pkey PRIMARY KEY (program_id, version);

ALTER TABLE ONLY public.rate_bucket
    ADD CONSTRAINT rate_bucket_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.replay
    ADD CONSTRAINT replay_pkey PRIMARY KEY (program_id, name);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (program_id, member_id, session_id);

ALTER TABLE ONLY public.sign_in_identity
    ADD CONSTRAINT sign_in_identity_pkey PRIMARY KEY (program_id, issuer, subject);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (program_id, member_id, partner_id, origin_id);

ALTER TABLE ONLY public.standing
    ADD CONSTRAINT standing_pkey PRIMARY KEY (program_id, member_id);

ALTER TABLE ONLY public.tally
    ADD CONSTRAINT tally_pkey PRIMARY KEY (program_id, subject, period);

ALTER TABLE ONLY public.tier_change
    ADD CONSTRAINT tier_change_pkey PRIMARY KEY (program_id, member_id, version);

ALTER TABLE ONLY public.tier_year
    ADD CONSTRAINT tier_year_pkey PRIMARY KEY (program_id, member_id, setting_id);

ALTER TABLE ONLY public.tortoise_migrations
    ADD CONSTRAINT tortoise_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.transaction
    ADD CONSTRAINT transaction_pkey PRIMARY KEY (program_id, member_id, transaction_id);

ALTER TABLE ONLY public.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (program_id, member_id, transaction_id, line);

ALTER TABLE ONLY public.tortoise_migrations
    ADD CONSTRAINT uid_tortoise_mi_app_3803a5 UNIQUE (app, name);

ALTER TABLE ONLY public.used_code
    ADD CONSTRAINT used_code_pkey PRIMARY KEY (program_id, member_id, card_id, step);

ALTER TABLE ONLY public.wallet_credential
    ADD CONSTRAINT wallet_credential_once UNIQUE (program_id, fingerprint);

ALTER TABLE ONLY public.wallet_credential
    ADD CONSTRAINT wallet_credential_pkey PRIMARY KEY (program_id, credential_id);

ALTER TABLE ONLY public.wallet_issuer
    ADD CONSTRAINT wallet_issuer_once UNIQUE (platform, name);

ALTER TABLE ONLY public.wallet_issuer
    ADD CONSTRAINT wallet_issuer_pkey PRIMARY KEY (program_id, platform);

CREATE INDEX apple_device_token ON public.apple_device USING btree (push_token);

CREATE INDEX apple_registration_behind ON public.apple_registration USING btree (program_id, behind_since, pass_id) WHERE (behind_since IS NOT NULL);

CREATE INDEX apple_registration_due ON public.apple_registration USING btree (retry_at) WHERE (pushed_tag < wanted_tag);

CREATE INDEX apple_registration_pass ON public.apple_registration USING btree (program_id, member_id, pass_id);

CREATE INDEX apple_registration_unfetched ON public.apple_registration USING btree (pushed_at) WHERE ((fetched_tag < pushed_tag) AND (nudged_tag < pushed_tag));

CREATE INDEX approval_asked ON public.approval USING btree (program_id, asked_at, approval_id);

CREATE INDEX approval_waiting ON public.approval USING btree (program_id, asked_by) WHERE (state = 'WAITS'::text);

CREATE INDEX audit_action ON public.audit USING btree (program_id, action, at, audit_id);

CREATE INDEX audit_actor ON public.audit USING btree (program_id, actor, at, audit_id);

CREATE INDEX audit_at ON public.audit USING btree (program_id, at, audit_id);

CREATE INDEX audit_members ON public.audit USING gin (members);

CREATE INDEX by_hand_member ON public.by_hand USING btree (program_id, member_id, day);

CREATE INDEX by_hand_operator ON public.by_hand USING btree (program_id, operator, at);

CREATE UNIQUE INDEX card_key_current ON public.card_key USING btree (program_id, member_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX card_key_id ON public.card_key USING btree (program_id, card_id);

CREATE INDEX credential_announced ON public.credential USING btree (announced_at) WHERE (announced_at IS NOT NULL);

CREATE INDEX credential_subject ON public.credential USING btree (program_id, audience, subject, created_at, client_id);

CREATE UNIQUE INDEX event_stream_call_once ON public.event_stream_call USING btree (token_hash, operation_id) WHERE (sealed IS NOT NULL);

CREATE INDEX event_stream_call_stream ON public.event_stream_call USING btree (token_hash, call_id);

CREATE INDEX event_stream_kept ON public.event_stream USING btree (kept_until);

CREATE INDEX event_stream_owner ON public.event_stream USING btree (owner_hash);

CREATE UNIQUE INDEX frozen_in_force ON public.frozen USING btree (program_id, partner_id, kind, COALESCE(location, ''::text), COALESCE(cashier, ''::text), COALESCE(credential, ''::text)) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX frozen_member_in_force ON public.frozen_member USING btree (program_id, member_id) WHERE (ended_at IS NULL);

CREATE INDEX google_class_program ON public.google_class USING btree (program_id);

CREATE INDEX google_object_due ON public.google_object USING btree (retry_at) WHERE (held AND ((sent_tag < wanted_tag) OR (sent_key < wanted_key)));

CREATE INDEX google_object_id ON public.google_object USING btree (object_id);

CREATE INDEX google_object_resting ON public.google_object USING btree (sent_at) WHERE ((NOT held) AND (sent_tag < wanted_tag));

CREATE INDEX hold_open ON public.hold USING btree (program_id, member_id) WHERE (state = 'OPEN'::text);

CREATE INDEX household_member_household ON public.household_member USING btree (program_id, household_id);

CREATE INDEX identifier_member ON public.identifier USING btree (program_id, member_id);

CREATE INDEX lot_expiry ON public.lot USING brin (expires_at);

CREATE INDEX lot_live ON public.lot USING btree (program_id, member_id) WHERE ((open > 0) OR (pending > 0) OR (held > 0));

CREATE INDEX lot_move_out ON public.lot_move USING btree (program_id, member_id, lot_id) WHERE (what = ANY (ARRAY['move_out'::text, 'move_out_pending'::text]));

CREATE INDEX member_merged ON public.member USING btree (program_id, member_id) WHERE (status = 'MERGED'::text);

CREATE INDEX member_merged_into ON public.member USING btree (program_id, merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX nonce_ends ON public.nonce USING btree (ends_at);

CREATE INDEX parked_decision_open ON public.parked_decision USING btree (program_id, decided_at) WHERE (done_at IS NULL);

CREATE INDEX parked_post_partner ON public.parked_post USING btree (program_id, partner_id, reason, received_at, parked_id) WHERE (decision IS NULL);

CREATE INDEX parked_post_unsettled ON public.parked_post USING btree (program_id, decided_at) WHERE ((decision IS NOT NULL) AND (settled_at IS NULL));

CREATE INDEX parked_post_waiting ON public.parked_post USING btree (program_id, received_at, parked_id) WHERE (decision IS NULL);

CREATE INDEX pass_dressed ON public.pass USING btree (program_id, style, dressed);

CREATE INDEX pass_file_digest ON public.pass_file USING btree (digest text_pattern_ops);

CREATE INDEX pass_message_ending ON public.pass_message USING btree (program_id, ends_at) WHERE (NOT gone);

CREATE INDEX pass_message_past ON public.pass_message USING btree (program_id, posted_at) WHERE gone;

CREATE INDEX pass_stale ON public.pass USING btree (changed_at) WHERE (shown < changed);

CREATE INDEX pass_styled ON public.pass USING btree (program_id, styled);

CREATE INDEX session_announced ON public.session USING btree (announced_at) INCLUDE (session_id) WHERE (announced_at IS NOT NULL);

CREATE UNIQUE INDEX sign_in_identity_member ON public.sign_in_identity USING btree (program_id, member_id, issuer);

CREATE INDEX standing_due ON public.standing USING btree (program_id, due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX tally_over ON public.tally USING brin (over_at);

CREATE INDEX transaction_dates ON public.transaction USING btree (program_id, member_id, version) WHERE (detail ? 'dates'::text);

CREATE INDEX transaction_handed ON public.transaction USING btree (program_id, posted_at) WHERE (kind = 'TRANSFER'::text);

CREATE INDEX transaction_of ON public.transaction USING btree (program_id, member_id, of_transaction) WHERE (of_transaction IS NOT NULL);

CREATE INDEX transaction_partner ON public.transaction USING btree (program_id, partner_id, transaction_id) WHERE (partner_id IS NOT NULL);

CREATE UNIQUE INDEX transaction_version ON public.transaction USING btree (program_id, member_id, version DESC) WHERE (member_id <> '00000000-0000-0000-0000-000000000000'::uuid);

CREATE INDEX used_code_at ON public.used_code USING btree (used_at);

CREATE INDEX wallet_credential_platform ON public.wallet_credential USING btree (program_id, platform);

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_link FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.consent FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.erasure FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.lot_move FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.program_version FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.tier_change FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transaction FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transfer FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER audit_erasure AFTER INSERT ON public.erasure FOR EACH ROW EXECUTE FUNCTION public.audit_erasure();

CREATE TRIGGER audit_posting AFTER INSERT ON public.transaction FOR EACH ROW WHEN (((new.kind <> ALL (ARRAY['PURCHASE'::text, 'REDEMPTION'::text, 'AUTHORIZATION'::text, 'ACTIVATION'::text, 'EXPIRY'::text, 'ACTIVITY'::text, 'ERASURE'::text])) AND ((new.kind = ANY (ARRAY['ADJUSTMENT'::text, 'TIER_ASSIGNMENT'::text, 'MERGE'::text, 'UNMERGE'::text])) OR (new.detail ? 'by'::text)) AND (NOT (new.detail ? 'from'::text)) AND ((new.detail ->> 'by'::text) IS DISTINCT FROM 'member'::text))) EXECUTE FUNCTION public.audit_posting();

CREATE TRIGGER audit_wait AFTER INSERT ON public.audit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.audit_wait();

CREATE TRIGGER google_object_rekey AFTER INSERT ON public.card_key FOR EACH ROW EXECUTE FUNCTION public.google_object_rekey();

CREATE TRIGGER google_object_rekey AFTER INSERT OR UPDATE OF gone ON public.pass_message FOR EACH ROW EXECUTE FUNCTION public.google_object_rekey();

CREATE TRIGGER pass_identified AFTER UPDATE OF email, phone ON public.person FOR EACH ROW WHEN ((((old.email IS NULL) AND (old.phone IS NULL)) <> ((new.email IS NULL) AND (new.phone IS NULL)))) EXECUTE FUNCTION public.pass_redraw();

CREATE TRIGGER pass_redraw AFTER UPDATE OF locale ON public.member FOR EACH ROW WHEN (((old.locale IS DISTINCT FROM new.locale) AND (new.status = 'ACTIVE'::text))) EXECUTE FUNCTION public.pass_redraw();

CREATE TRIGGER pass_redraw AFTER INSERT OR UPDATE OF gone ON public.pass_message FOR EACH ROW EXECUTE FUNCTION public.pass_redraw();

CREATE TRIGGER pass_redraw AFTER UPDATE OF display_name ON public.person FOR EACH ROW WHEN ((old.display_name IS DISTINCT FROM new.display_name)) EXECUTE FUNCTION public.pass_redraw();

CREATE TRIGGER pass_redraw AFTER UPDATE OF year_begins_on ON public.standing FOR EACH ROW WHEN ((old.year_begins_on IS DISTINCT FROM new.year_begins_on)) EXECUTE FUNCTION public.pass_redraw();

CREATE TRIGGER pass_redraw_zone AFTER UPDATE OF time_zone ON public.person FOR EACH ROW WHEN ((old.time_zone IS DISTINCT FROM new.time_zone)) EXECUTE FUNCTION public.pass_redraw();

CREATE TRIGGER pass_stale_mark AFTER UPDATE ON public.standing REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.pass_stale_mark();

CREATE TRIGGER transfer_units AFTER INSERT ON public.transfer REFERENCING NEW TABLE AS new_transfers FOR EACH STATEMENT EXECUTE FUNCTION public.transfer_units();

ALTER TABLE ONLY public.pass_file
    ADD CONSTRAINT pass_file_program FOREIGN KEY (program_id) REFERENCES public.program(program_id);

ALTER TABLE ONLY public.wallet_credential
    ADD CONSTRAINT wallet_credential_issuer FOREIGN KEY (program_id, platform) REFERENCES public.wallet_issuer(program_id, platform);

GRANT USAGE ON SCHEMA public TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.claim TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.counter TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.hold TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lot TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.lot_move TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.standing TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.tier_change TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.transaction TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.transfer TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.apple_device TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.apple_registration TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.approval TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.audit TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.audit_link TO honeyguide_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.audit_waiting TO honeyguide_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.by_hand TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.card_key TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.consent TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pass TO honeyguide_app;

GRANT SELECT ON TABLE public.conservation TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.credential TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.delivery_count TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.delivery_lag TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.erasure TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.event_stream TO honeyguide_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.event_stream_call TO honeyguide_app;

GRANT USAGE ON SEQUENCE public.event_stream_call_call_id_seq TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.frozen TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.frozen_member TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.google_class TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.google_object TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.google_rate TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.household TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.household_member TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identifier TO honeyguide_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.identity_provider TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.location TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.member TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.merge TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.nonce TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.one_time_code TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.parked_decision TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.parked_post TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.partner TO honeyguide_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.pass_file TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pass_message TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pass_message_walk TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pass_tag TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.person TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.phone_log TO honeyguide_app;

GRANT USAGE ON SEQUENCE public.phone_log_place TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pin TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.program TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.program_version TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rate_bucket TO honeyguide_app;

GRANT SELECT,INSERT ON TABLE public.replay TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO honeyguide_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.sign_in_identity TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.staff TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tally TO honeyguide_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.tier_year TO honeyguide_app;

GRANT SELECT ON TABLE public.tortoise_migrations TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.used_code TO honeyguide_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.wallet_credential TO honeyguide_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.wallet_issuer TO honeyguide_app;
