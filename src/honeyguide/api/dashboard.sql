-- profile: the member, the standing and the tier held.
SELECT jsonb_build_object(
  'member_id', member.member_id,
  'member_number', member.member_number,
  'display_name', person.display_name,
  'email', person.email,
  'phone', person.phone,
  'locale', member.locale,
  'status', member.status,
  'enrolled_at', member.enrolled_at,
  'version', standing.version,
  'tier', standing.tier,
  'tier_since', standing.tier_since,
  'tier_until', standing.tier_until,
  'year_begins_on', standing.year_begins_on
)
FROM member
JOIN standing USING (program_id, member_id)
LEFT JOIN person USING (program_id, member_id)
WHERE member.program_id = $1 AND member.member_id = $2;

-- person: what is sealed of the person, for whoever may open it; nothing where nobody said anything.
SELECT jsonb_build_object(
  'birth_date', encode(birth_date, 'base64'), 'time_zone', encode(time_zone, 'base64'),
  'quiet_hours', encode(quiet_hours, 'base64'), 'guardian', encode(guardian, 'base64')
)
FROM person
WHERE person.program_id = $1 AND person.member_id = $2;

-- consents: the newest yes or no of each purpose.
SELECT coalesce(jsonb_agg(to_jsonb(said) ORDER BY said.purpose), '[]')
FROM (
  SELECT DISTINCT ON (purpose) purpose, given, at, source, text_version
  FROM consent
  WHERE consent.program_id = $1 AND consent.member_id = $2
  ORDER BY purpose, at DESC, consent_id DESC
) AS said;

-- windows: the sums of day counters over ranges of ISO days, in the order asked: what tiers and their progress are made of.
SELECT coalesce(jsonb_agg(coalesce(counted.total, 0) ORDER BY asked.place), '[]')
FROM unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS asked (name, from_day, to_day, place)
LEFT JOIN LATERAL (
  SELECT sum(counter.value) AS total
  FROM counter
  WHERE counter.program_id = $1 AND counter.member_id = $2 AND counter.name = asked.name
    AND counter.period COLLATE "C" BETWEEN asked.from_day AND asked.to_day
) AS counted ON true;

-- qualifying_days: the day counters of the names $4, each from its ISO day in $5 on: what windows are made of whose days only the member's own joining tells.
SELECT coalesce(jsonb_agg(jsonb_build_array(counter.name, counter.period, counter.value)), '[]')
FROM unnest($4::text[], $5::text[]) AS asked (name, from_day)
JOIN counter ON counter.program_id = $1 AND counter.member_id = $2 AND counter.name = asked.name AND counter.period COLLATE "C" >= asked.from_day;

-- balances: each account with what of it can be redeemed at $3; a lot's dates speak for themselves, whatever a sweep has done.
SELECT coalesce(jsonb_agg(jsonb_build_object(
  'account_id', account.account_id,
  'unit', account.unit,
  'available', coalesce(lots.available, 0) - account.debt,
  'held', coalesce(lots.held, 0),
  'pending', coalesce(lots.pending, 0),
  'debt', greatest(account.debt - coalesce(lots.available, 0), 0)  -- what matured repays it, whoever looks first
)), '[]')
FROM account
LEFT JOIN (
  SELECT unit, sum(available) AS available, sum(held) AS held, sum(pending) AS pending
  FROM lots_at($1, $2, $3)
  GROUP BY unit
) AS lots USING (unit)
WHERE account.program_id = $1 AND account.member_id = $2 AND account.kind = 'member';

-- pending_lots: what matures, by unit and by day in the time zone $4.
SELECT coalesce(jsonb_agg(jsonb_build_array(unit, day, quantity) ORDER BY day), '[]')
FROM (
  SELECT unit, (available_at AT TIME ZONE $4::text)::date AS day, sum(pending) AS quantity
  FROM lots_at($1, $2, $3)
  WHERE pending > 0
  GROUP BY unit, day
) AS matures;

-- expiring: what expires, by unit and by last day in the time zone $4; all dates, not only the next (R30). What is held waits for its hold (R17).
SELECT coalesce(jsonb_agg(jsonb_build_array(unit, day, quantity) ORDER BY day), '[]')
FROM (
  SELECT unit, ((expires_at - interval '1 microsecond') AT TIME ZONE $4::text)::date AS day, sum(available + pending) AS quantity
  FROM lots_at($1, $2, $3)
  WHERE available + pending > 0 AND expires_at > $3
  GROUP BY unit, day
) AS expires;

-- account_at: one unit as the books stood at the past instant $5, with its dates in the time zone $6; nothing where it was untouched then.
WITH lots AS MATERIALIZED (
  SELECT available_at, expires_at, available, pending
  FROM lots_as_of($1, $2, $5::timestamptz)
  WHERE unit = $4::text
)
SELECT jsonb_build_object(
  'available', sum(available), 'held', sum(held), 'pending', sum(pending), 'debt', sum(debt),
  'pending_lots', (
    SELECT coalesce(jsonb_agg(jsonb_build_array(day, quantity) ORDER BY day), '[]')
    FROM (SELECT (available_at AT TIME ZONE $6::text)::date AS day, sum(pending) AS quantity FROM lots WHERE pending > 0 GROUP BY day) AS matures
  ),
  'expiring', (
    SELECT coalesce(jsonb_agg(jsonb_build_array(day, quantity) ORDER BY day), '[]')
    FROM (
      SELECT ((expires_at - interval '1 microsecond') AT TIME ZONE $6::text)::date AS day, sum(available + pending) AS quantity
      FROM lots
      WHERE available + pending > 0 AND expires_at > $5::timestamptz
      GROUP BY day
    ) AS expires
  )
)
FROM balances_as_of($1, $2, $5::timestamptz)
WHERE unit = $4::text;

-- tier_at: the tier at the past instant $4, and the day that began the member's year then; nothing before enrolment.
SELECT jsonb_build_object('tier', tier, 'since', since, 'until', until, 'year_begins_on', (
  SELECT starts FROM tier_year
  WHERE program_id = $1 AND member_id = $2 AND set_at <= $4::timestamptz
  ORDER BY set_at DESC, setting_id DESC
  LIMIT 1
))
FROM tier_as_of($1, $2, $4::timestamptz);

-- activity: rows of the statement strictly between two keys (version, line), newest first: each transfer of the member's accounts, and as line 0
-- what moves no balance. With what became of each: its reversals, its hold, the lots that paid for it, and the balance where no transfer tells it.
SELECT coalesce(jsonb_agg(to_jsonb(moved) || jsonb_build_object(
  'reversals', coalesce(reversals.rows, '[]'), 'hold', hold.told, 'paid', paid.told, 'repaid', coalesce(repaid.amount, 0),
  'is_back', coalesce(back.is_back, false),
  'balance_after', coalesce(moved.balance_after, before.balance_after, 0)
) ORDER BY moved.place), '[]')
FROM (
  SELECT
    row_number() OVER () AS place,
    moved.*
  FROM (
    SELECT
      transaction.version,
      moved.line,
      transaction.transaction_id,
      transaction.member_id,
      transaction.kind,
      transaction.partner_id,
      transaction.reference,
      transaction.amount_minor,
      transaction.currency,
      transaction.occurred_at,
      transaction.posted_at,
      transaction.program_version,
      transaction.detail - 'lines' AS detail,
      (SELECT jsonb_agg(DISTINCT line.value -> 'category') FROM jsonb_array_elements(transaction.detail -> 'lines') AS line WHERE line.value ? 'category') AS categories,
      coalesce(moved.unit, transaction.detail ->> 'unit') AS unit,
      moved.quantity,
      moved.balance_after,
      moved.against,
      moved.accrual
    FROM transaction
    CROSS JOIN LATERAL (
      SELECT 0 AS line, NULL AS unit, (transaction.detail ->> 'quantity')::bigint AS quantity, NULL::bigint AS balance_after, NULL AS against, NULL AS accrual
      WHERE transaction.kind IN ('ACTIVATION', 'AUTHORIZATION', 'VOID', 'LAPSE')
      UNION ALL
      SELECT
        transfer.line,
        transfer.unit,
        CASE WHEN transfer.credit = other.account_id THEN -transfer.amount ELSE transfer.amount END,
        transfer.balance_after,
        other.kind,
        -- Which accrual of a purchase it is: they are paid in their order, after what the purchase was paid with.
        CASE WHEN other.kind = 'issued' AND transfer.debit = other.account_id
             THEN row_number() OVER (PARTITION BY other.kind = 'issued' AND transfer.debit = other.account_id ORDER BY transfer.line) END
      FROM transfer
      LEFT JOIN account AS other ON other.program_id = $1 AND other.member_id = '00000000-0000-0000-0000-000000000000'
        AND other.account_id IN (transfer.debit, transfer.credit)
      WHERE transfer.program_id = $1 AND transfer.member_id = $2 AND transfer.transaction_id = transaction.transaction_id
    ) AS moved
    WHERE transaction.program_id = $1 AND transaction.member_id = $2 AND transaction.member_id <> '00000000-0000-0000-0000-000000000000'  -- the index by version says so
      AND transaction.version BETWEEN $6 AND $4
      AND (transaction.version, moved.line) < ($4, $5::int)
      AND (transaction.version, moved.line) > ($6, $7::int)
      AND ($9::text IS NULL OR coalesce(moved.unit, transaction.detail ->> 'unit') = $9)
      -- From the first row on that was posted then or later: servers' clocks differ, and the order is that of posting.
      AND ($10::timestamptz IS NULL OR transaction.version >= (
        SELECT min(posted.version) FROM transaction AS posted
        WHERE posted.program_id = $1 AND posted.member_id = $2 AND posted.member_id <> '00000000-0000-0000-0000-000000000000' AND posted.posted_at >= $10
      ))
      AND ($11::uuid IS NULL OR transaction.transaction_id = $11)
    ORDER BY transaction.version DESC, moved.line DESC
    LIMIT $8::int
  ) AS moved
) AS moved
LEFT JOIN LATERAL (
  SELECT jsonb_agg(to_jsonb(taken_back) ORDER BY taken_back.version) AS rows
  FROM (
    SELECT version, transaction_id, member_id, kind, partner_id, reference, amount_minor, currency, occurred_at, posted_at, detail
    FROM transaction AS reversal
    WHERE reversal.program_id = $1 AND reversal.member_id = $2 AND reversal.of_transaction = moved.transaction_id AND reversal.kind = 'REVERSAL'
  ) AS taken_back
) AS reversals ON true
LEFT JOIN LATERAL (
  SELECT jsonb_build_object('state', hold.state, 'expires_at', hold.expires_at) AS told
  FROM hold
  WHERE moved.kind = 'AUTHORIZATION' AND hold.program_id = $1 AND hold.member_id = $2 AND hold.hold_id = moved.transaction_id
) AS hold ON true
LEFT JOIN LATERAL (
  SELECT jsonb_build_object('lots', count(DISTINCT lot.lot_id), 'issuers', jsonb_agg(DISTINCT lot.issuer), 'oldest', min(lot.earned_at)) AS told
  FROM lot_move
  JOIN lot ON lot.program_id = $1 AND lot.member_id = $2 AND lot.lot_id = lot_move.lot_id AND lot.unit = moved.unit
  WHERE (moved.against = 'redeemed' OR moved.kind = 'AUTHORIZATION') AND lot_move.program_id = $1 AND lot_move.member_id = $2
    AND lot_move.transaction_id = moved.transaction_id AND lot_move.what IN ('burn', 'capture', 'hold')
  HAVING count(*) > 0
) AS paid ON true
LEFT JOIN LATERAL (  -- what of it repaid at once what was owed (R22): a claw that no return asked for
  SELECT sum(lot_move.amount) AS amount
  FROM lot_move
  JOIN lot ON lot.program_id = $1 AND lot.member_id = $2 AND lot.lot_id = lot_move.lot_id AND lot.unit = moved.unit
  WHERE moved.kind IN ('PURCHASE', 'ADJUSTMENT', 'ACTIVATION', 'VOID', 'LAPSE', 'REINSTATEMENT', 'REVERSAL') AND moved.quantity > 0
    AND NOT moved.detail ? 'taken' AND lot_move.program_id = $1 AND lot_move.member_id = $2
    AND lot_move.transaction_id = moved.transaction_id AND lot_move.what = 'claw'
    AND (moved.accrual IS NULL OR lot_move.lot_id = (moved.detail -> 'accruals' -> (moved.accrual - 1)::int ->> 'lot')::uuid)
) AS repaid ON true
LEFT JOIN LATERAL (  -- what expired and is there again
  SELECT true AS is_back
  FROM transaction AS later
  JOIN lot_move ON lot_move.program_id = $1 AND lot_move.member_id = $2 AND lot_move.transaction_id = later.transaction_id AND lot_move.what = 'reinstate'
  WHERE moved.kind = 'EXPIRY' AND later.program_id = $1 AND later.member_id = $2 AND later.member_id <> '00000000-0000-0000-0000-000000000000' AND later.version > moved.version
    AND later.kind = 'REINSTATEMENT' AND lot_move.lot_id = (moved.detail ->> 'lot')::uuid
  LIMIT 1
) AS back ON true
LEFT JOIN LATERAL (
  SELECT transfer.balance_after
  FROM transaction AS earlier
  JOIN transfer ON transfer.program_id = $1 AND transfer.member_id = $2 AND transfer.transaction_id = earlier.transaction_id AND transfer.unit = moved.unit
  WHERE moved.line = 0 AND earlier.program_id = $1 AND earlier.member_id = $2 AND earlier.member_id <> '00000000-0000-0000-0000-000000000000' AND earlier.version < moved.version
  ORDER BY earlier.version DESC, transfer.line DESC
  LIMIT 1
) AS before ON true;

-- purchases: purchases strictly between two versions, newest first, with what took parts of them back.
SELECT coalesce(jsonb_agg(to_jsonb(bought) || jsonb_build_object('reversals', coalesce(reversals.rows, '[]')) ORDER BY bought.place), '[]')
FROM (
  SELECT
    row_number() OVER () AS place,
    bought.*
  FROM (
    SELECT version, transaction_id, member_id, kind, partner_id, reference, amount_minor, currency, occurred_at, posted_at, program_version,
           detail - 'lines' AS detail,
           (SELECT jsonb_agg(DISTINCT line.value -> 'category') FROM jsonb_array_elements(detail -> 'lines') AS line WHERE line.value ? 'category') AS categories
    FROM transaction
    WHERE program_id = $1 AND member_id = $2 AND member_id <> '00000000-0000-0000-0000-000000000000' AND kind = 'PURCHASE' AND version < $4 AND version > $5
    ORDER BY version DESC
    LIMIT $6::int
  ) AS bought
) AS bought
LEFT JOIN LATERAL (
  SELECT jsonb_agg(to_jsonb(taken_back) ORDER BY taken_back.version) AS rows
  FROM (
    SELECT version, transaction_id, member_id, kind, partner_id, reference, amount_minor, currency, occurred_at, posted_at, detail
    FROM transaction AS reversal
    WHERE reversal.program_id = $1 AND reversal.member_id = $2 AND reversal.of_transaction = bought.transaction_id AND reversal.kind = 'REVERSAL'
  ) AS taken_back
) AS reversals ON true;

-- passes: the member's passes, the oldest first, with the phones that hold them and what each has fetched.
SELECT coalesce(jsonb_agg(jsonb_build_object(
  'pass_id', pass.pass_id,
  'style', pass.style,
  'serial', pass.serial,
  'state', pass.state,
  'generation', pass.generation,
  'changed', pass.changed,
  'phones', coalesce(phones.list, '[]')
) ORDER BY pass.issued_at, pass.pass_id), '[]')
FROM pass
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('platform', platform, 'installed_at', installed_at, 'fetched_at', fetched_at, 'version', version, 'behind', behind) ORDER BY installed_at) AS list
  FROM (
    SELECT 'APPLE' AS platform, registered_at AS installed_at, fetched_at, fetched_version AS version,
      pass.shown < pass.changed OR fetched_tag < pass.tag AS behind  -- a version that shows nothing new leaves nobody behind
    FROM apple_registration
    WHERE program_id = $1 AND member_id = $2 AND pass_id = pass.pass_id
    UNION ALL
    SELECT 'GOOGLE', coalesce(saved_at, sent_at), sent_at, sent_version, pass.shown < pass.changed OR sent_tag < pass.tag
    FROM google_object
    WHERE program_id = $1 AND member_id = $2 AND pass_id = pass.pass_id AND saved
  ) AS phone
) AS phones ON true
WHERE pass.program_id = $1 AND pass.member_id = $2;
