-- conservation: no rows = the books are sound. Each row names the rule that is broken, the member, and what was found.
-- Stored balances and lots are compared with what transaction, transfer and lot_move alone would rebuild.
CREATE OR REPLACE VIEW conservation AS
WITH moved AS (
    SELECT program_id, member_id, lot_id,
           coalesce(sum(amount) FILTER (WHERE what IN ('accrue', 'accrue_pending')), 0) AS issued,
           coalesce(sum(CASE WHEN what IN ('accrue_pending', 'move_back_pending') THEN amount WHEN what IN ('activate', 'claw_pending', 'move_out_pending') THEN -amount END), 0) AS pending,
           coalesce(sum(CASE WHEN what IN ('accrue', 'activate', 'release', 'restore', 'reinstate', 'move_back') THEN amount
                             WHEN what IN ('burn', 'hold', 'expire', 'claw', 'move_out') THEN -amount END), 0) AS open,
           coalesce(sum(CASE WHEN what = 'hold' THEN amount WHEN what IN ('release', 'capture') THEN -amount END), 0) AS held,
           coalesce(sum(CASE WHEN what IN ('burn', 'capture') THEN amount WHEN what = 'restore' THEN -amount END), 0) AS burned,
           coalesce(sum(CASE WHEN what = 'expire' THEN amount WHEN what = 'reinstate' THEN -amount END), 0) AS expired,
           coalesce(sum(amount) FILTER (WHERE what IN ('claw', 'claw_pending')), 0) AS clawed,
           coalesce(sum(CASE WHEN what IN ('move_out', 'move_out_pending') THEN amount WHEN what IN ('move_back', 'move_back_pending') THEN -amount END), 0) AS moved
    FROM lot_move GROUP BY program_id, member_id, lot_id
), in_lots AS (
    SELECT program_id, member_id, unit, sum(pending + open + held) AS kept, sum(held) AS held, sum(pending) AS pending, sum(open) AS open
    FROM lot GROUP BY program_id, member_id, unit
), transferred AS (
    SELECT program_id, member_id, account_id, sum(amount) AS posted
    FROM (
        SELECT program_id, member_id, credit AS account_id, amount FROM transfer
        UNION ALL
        SELECT program_id, member_id, debit, -amount FROM transfer
    ) AS sides GROUP BY program_id, member_id, account_id
), on_hold AS (
    SELECT program_id, member_id, unit, sum(amount) AS held FROM hold WHERE state = 'OPEN' GROUP BY program_id, member_id, unit
), at_partners AS (
    -- what each transaction moved between the member and a partner's account: above 0 what came to the member
    SELECT t.program_id, t.member_id, t.transaction_id, a.account_id, sum(CASE WHEN a.account_id = t.debit THEN t.amount ELSE -t.amount END) AS amount
    FROM transfer AS t
    JOIN account AS a ON a.program_id = t.program_id AND a.account_id IN (t.debit, t.credit) AND a.kind IN ('issued', 'redeemed')
    GROUP BY t.program_id, t.member_id, t.transaction_id, a.account_id
)
SELECT 'a lot is what its moves made it' AS rule, l.program_id, l.member_id, 'lot ' || l.lot_id AS detail
FROM lot AS l LEFT JOIN moved AS m USING (program_id, member_id, lot_id)
WHERE (l.issued, l.pending, l.open, l.held, l.burned, l.expired, l.clawed, l.moved)
   IS DISTINCT FROM (m.issued, m.pending, m.open, m.held, m.burned, m.expired, m.clawed, m.moved)
UNION ALL
SELECT 'a move belongs to a lot', m.program_id, m.member_id, 'lot ' || m.lot_id
FROM moved AS m LEFT JOIN lot AS l USING (program_id, member_id, lot_id) WHERE l.lot_id IS NULL
UNION ALL
SELECT 'posted = sum of transfers', a.program_id, a.member_id, a.unit || ': stored ' || a.posted || ', rebuilt ' || coalesce(t.posted, 0)
FROM account AS a LEFT JOIN transferred AS t USING (program_id, member_id, account_id)
WHERE a.kind = 'member' AND a.posted <> coalesce(t.posted, 0)
UNION ALL
SELECT 'posted = pending + open + held - debt', a.program_id, a.member_id, a.unit || ': posted ' || a.posted || ', lots ' || coalesce(l.kept, 0) || ', debt ' || a.debt
FROM account AS a LEFT JOIN in_lots AS l USING (program_id, member_id, unit)
WHERE a.kind = 'member'
  AND (a.posted <> coalesce(l.kept, 0) - a.debt OR a.held <> coalesce(l.held, 0) OR a.pending <> coalesce(l.pending, 0))
UNION ALL
SELECT 'held = sum of open holds', a.program_id, a.member_id, a.unit || ': held ' || a.held || ', open holds ' || coalesce(h.held, 0)
FROM account AS a LEFT JOIN on_hold AS h USING (program_id, member_id, unit)
WHERE a.kind = 'member' AND a.held <> coalesce(h.held, 0)
UNION ALL
SELECT 'a hold pins its amount', h.program_id, h.member_id, 'hold ' || h.hold_id
FROM hold AS h
LEFT JOIN (SELECT program_id, member_id, transaction_id AS hold_id, sum(amount) AS amount FROM lot_move WHERE what = 'hold' GROUP BY 1, 2, 3) AS m
       USING (program_id, member_id, hold_id)
WHERE h.amount <> coalesce(m.amount, 0)
UNION ALL
SELECT 'a settled hold went all where it should', h.program_id, h.member_id, 'hold ' || h.hold_id || ': ' || h.state
FROM hold AS h
LEFT JOIN (SELECT program_id, member_id, transaction_id AS settled_by,
                  sum(amount) FILTER (WHERE what = 'capture') AS captured, sum(amount) FILTER (WHERE what = 'release') AS released
           FROM lot_move WHERE what IN ('capture', 'release') GROUP BY 1, 2, 3) AS m USING (program_id, member_id, settled_by)
WHERE h.state <> 'OPEN' AND (SELECT count(*) FROM hold AS other  -- several tenders of one purchase share its moves
                             WHERE (other.program_id, other.member_id, other.settled_by) = (h.program_id, h.member_id, h.settled_by)) = 1
  AND (h.captured <> coalesce(m.captured, 0) OR h.amount - h.captured <> coalesce(m.released, 0))
UNION ALL
SELECT 'due_at is no later than what comes next', s.program_id, s.member_id, 'due ' || coalesce(s.due_at::text, 'never') || ', next ' || n.at
FROM standing AS s
CROSS JOIN LATERAL (
    SELECT least(
        CASE WHEN s.closed_at IS NULL THEN least(s.tier_until, s.warn_at) END,  -- the tier of who has left is reviewed no more
        (SELECT min(l.available_at) FROM lot AS l WHERE (l.program_id, l.member_id) = (s.program_id, s.member_id) AND l.pending > 0),
        (SELECT min(CASE WHEN l.rolls THEN greatest(l.expires_at, a.lasts_until) ELSE l.expires_at END)
         FROM lot AS l JOIN account AS a ON (a.program_id, a.member_id, a.unit, a.kind) = (l.program_id, l.member_id, l.unit, 'member')
         WHERE (l.program_id, l.member_id) = (s.program_id, s.member_id) AND l.open > 0),
        (SELECT min(h.expires_at) FROM hold AS h WHERE (h.program_id, h.member_id) = (s.program_id, s.member_id) AND h.state = 'OPEN')
    ) AS at
) AS n
WHERE n.at < coalesce(s.due_at, 'infinity')
UNION ALL
SELECT 'nobody owes while points lie open', a.program_id, a.member_id, a.unit || ': debt ' || a.debt || ', open ' || l.open
FROM account AS a JOIN in_lots AS l USING (program_id, member_id, unit)
WHERE a.kind = 'member' AND a.debt > 0 AND l.open > 0
UNION ALL
SELECT 'no more is reversed than was posted', o.program_id, o.member_id, 'transaction ' || o.transaction_id || ': posted ' || o.amount || ', reversed ' || r.amount
FROM (
    SELECT t.program_id, t.member_id, t.of_transaction, p.account_id, sum(p.amount) AS amount
    FROM transaction AS t JOIN at_partners AS p USING (program_id, member_id, transaction_id)
    WHERE t.kind = 'REVERSAL' AND t.of_transaction IS NOT NULL
    GROUP BY t.program_id, t.member_id, t.of_transaction, p.account_id
) AS r
LEFT JOIN at_partners AS o ON (o.program_id, o.member_id, o.transaction_id, o.account_id) = (r.program_id, r.member_id, r.of_transaction, r.account_id)
WHERE o.amount IS NULL OR sign(o.amount) = sign(r.amount) OR abs(r.amount) > abs(o.amount)
UNION ALL
SELECT 'an anonymous purchase is claimed once', t.program_id, NULL::uuid, 'transaction ' || t.of_transaction || ': ' || count(*)
FROM transaction AS t WHERE t.kind = 'PURCHASE' AND t.of_transaction IS NOT NULL
GROUP BY t.program_id, t.of_transaction HAVING count(*) > 1
UNION ALL
SELECT 'what left one member came to another', t.program_id, NULL::uuid, t.unit || ': ' || sum(CASE WHEN a.account_id = t.debit THEN -t.amount ELSE t.amount END)
FROM transfer AS t JOIN account AS a ON a.program_id = t.program_id AND a.account_id IN (t.debit, t.credit) AND a.kind = 'transit'
GROUP BY t.program_id, t.unit HAVING sum(CASE WHEN a.account_id = t.debit THEN -t.amount ELSE t.amount END) <> 0
UNION ALL
SELECT 'lots have an account', l.program_id, l.member_id, l.unit
FROM in_lots AS l LEFT JOIN account AS a ON (a.program_id, a.member_id, a.unit, a.kind) = (l.program_id, l.member_id, l.unit, 'member')
WHERE a.account_id IS NULL
UNION ALL
SELECT 'a transfer is in the unit of its accounts', t.program_id, t.member_id, 'transaction ' || t.transaction_id || ' line ' || t.line
FROM transfer AS t
LEFT JOIN account AS d ON d.program_id = t.program_id AND d.account_id = t.debit AND d.member_id IN (t.member_id, '00000000-0000-0000-0000-000000000000')
LEFT JOIN account AS c ON c.program_id = t.program_id AND c.account_id = t.credit AND c.member_id IN (t.member_id, '00000000-0000-0000-0000-000000000000')
WHERE d.unit IS DISTINCT FROM t.unit OR c.unit IS DISTINCT FROM t.unit
UNION ALL
SELECT 'a transfer belongs to a transaction', t.program_id, t.member_id, 'transaction ' || t.transaction_id
FROM transfer AS t LEFT JOIN transaction AS x USING (program_id, member_id, transaction_id) WHERE x.transaction_id IS NULL
UNION ALL
SELECT 'balance_after is the balance after it', program_id, member_id, 'transaction ' || transaction_id || ' line ' || line
FROM (
    SELECT x.program_id, x.member_id, x.transaction_id, x.line, x.balance_after,
           sum(CASE WHEN a.account_id = x.credit THEN x.amount ELSE -x.amount END)
               OVER (PARTITION BY x.program_id, x.member_id, a.account_id ORDER BY t.version, x.line) AS balance
    FROM transfer AS x
    JOIN transaction AS t USING (program_id, member_id, transaction_id)
    JOIN account AS a ON a.program_id = x.program_id AND a.member_id = x.member_id AND a.account_id IN (x.debit, x.credit) AND a.kind = 'member'
) AS running WHERE balance <> balance_after
UNION ALL
SELECT 'versions have no gap', s.program_id, s.member_id, 'standing ' || s.version || ', transactions ' || coalesce(t.last, 0)
FROM standing AS s
LEFT JOIN (SELECT program_id, member_id, max(version) AS last, count(*) AS rows FROM transaction GROUP BY program_id, member_id) AS t
       USING (program_id, member_id)
WHERE s.version <> coalesce(t.last, 0) OR s.version <> coalesce(t.rows, 0)
UNION ALL
SELECT 'the tier is the last change', s.program_id, s.member_id, 'standing ' || coalesce(s.tier, 'none') || ', last ' || coalesce(t.tier, 'none')
FROM standing AS s
LEFT JOIN LATERAL (SELECT tier, since, until FROM tier_change AS t WHERE (t.program_id, t.member_id) = (s.program_id, s.member_id)
              ORDER BY version DESC LIMIT 1) AS t ON true
WHERE (s.tier, s.tier_since, s.tier_until) IS DISTINCT FROM (t.tier, t.since, t.until)
UNION ALL
SELECT 'a caller''s transaction has one key claim and at most one reference claim', t.program_id, t.member_id,
       'transaction ' || t.transaction_id || ': ' || coalesce(c.keys, 0) || ' keys, ' || coalesce(c.refs, 0) || ' references'
FROM transaction AS t
LEFT JOIN (SELECT program_id, transaction_id, count(*) FILTER (WHERE scope NOT LIKE 'reference:%') AS keys, count(*) FILTER (WHERE scope LIKE 'reference:%') AS refs
           FROM claim WHERE transaction_id IS NOT NULL GROUP BY program_id, transaction_id) AS c USING (program_id, transaction_id)
WHERE (t.kind IN ('PURCHASE', 'REDEMPTION', 'ADJUSTMENT', 'ENROLMENT', 'AUTHORIZATION', 'APPROVAL', 'VOID') AND coalesce(c.keys, 0) <> 1)
   OR coalesce(c.keys, 0) > 1 OR coalesce(c.refs, 0) > 1
UNION ALL
SELECT 'a claim names a transaction that exists', c.program_id, c.member_id, 'claim ' || c.key
FROM claim AS c LEFT JOIN transaction AS t USING (program_id, member_id, transaction_id)
WHERE c.transaction_id IS NOT NULL AND t.transaction_id IS NULL
UNION ALL
SELECT 'a pass is marked for the newest version', p.program_id, p.member_id, 'pass ' || p.pass_id || ': marked ' || p.changed || ', standing ' || s.version
FROM pass AS p JOIN standing AS s USING (program_id, member_id)
WHERE p.state <> 'REVOKED' AND p.changed < s.version;
