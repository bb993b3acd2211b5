-- till_write: the second half of a batch, everything that was decided, set by set. The members' standing rows are locked by
-- till_open, so balances, lots and counters come as their new values and not as differences.
CREATE OR REPLACE FUNCTION till_write(
    p_program uuid,
    p_system_accounts account[],
    p_transactions transaction[],
    p_transfers transfer[],
    p_new_lots lot[],
    p_lots lot[],
    p_lot_moves lot_move[],
    p_accounts account[],
    p_holds hold[],
    p_counters counter[],
    p_tier_changes tier_change[],
    p_standings standing[],
    p_changed_claims claim[],
    p_released claim[]
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
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
