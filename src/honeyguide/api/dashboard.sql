-- profile: the member, the standing and the tier held.
SELECT jsonb_build_object(
  'member_id', member.member_id,
  'member_number', member.member_number,
  'display_name', member.display_name,
  'email', member.email,
  'phone', member.phone,
  'locale', member.locale,
  'status', member.status,
  'enrolled_at', member.enrolled_at,
  'version', standing.version,
  'tier', standing.tier,
  'tier_since', standing.tier_since,
  'tier_until', standing.tier_until
)
FROM member
JOIN standing USING (program_id, member_id)
WHERE member.program_id = $1 AND member.member_id = $2;

-- windows: the sums of day counters over ranges of ISO days, in the order asked: what tiers and their progress are made of.
SELECT coalesce(jsonb_agg(coalesce(counted.total, 0) ORDER BY asked.place), '[]')
FROM unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS asked (name, from_day, to_day, place)
LEFT JOIN LATERAL (
  SELECT sum(counter.value) AS total
  FROM counter
  WHERE counter.program_id = $1 AND counter.member_id = $2 AND counter.name = asked.name
    AND counter.period COLLATE "C" BETWEEN asked.from_day AND asked.to_day
) AS counted ON true;

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
SELECT jsonb_build_object(
  'available', sum(available), 'held', sum(held), 'pending', sum(pending), 'debt', sum(debt),
  'pending_lots', (
    SELECT coalesce(jsonb_agg(jsonb_build_array(day, quantity) ORDER BY day), '[]')
    FROM (
      SELECT (available_at AT TIME ZONE $6::text)::date AS day, sum(pending) AS quantity
      FROM lots_as_of($1, $2, $5::timestamptz)
      WHERE unit = $4::text AND pending > 0
      GROUP BY day
    ) AS matures
  ),
  'expiring', (
    SELECT coalesce(jsonb_agg(jsonb_build_array(day, quantity) ORDER BY day), '[]')
    FROM (
      SELECT ((expires_at - interval '1 microsecond') AT TIME ZONE $6::text)::date AS day, sum(available + pending) AS quantity
      FROM lots_as_of($1, $2, $5::timestamptz)
      WHERE unit = $4::text AND available + pending > 0 AND expires_at > $5::timestamptz
      GROUP BY day
    ) AS expires
  )
)
FROM balances_as_of($1, $2, $5::timestamptz)
WHERE unit = $4::text;

-- tier_at: the tier at the past instant $4; nothing before enrolment.
SELECT jsonb_build_object('tier', tier, 'since', since, 'until', until)
FROM tier_as_of($1, $2, $4::timestamptz);

-- activity: rows of the statement strictly between two keys (version, line), newest first: each transfer of the member's accounts, each activation.
SELECT coalesce(jsonb_agg(moved ORDER BY place), '[]')
FROM (
  SELECT
    row_number() OVER () AS place,
    moved.*
  FROM (
    SELECT
      transaction.version,
      coalesce(transfer.line, 0) AS line,
      transaction.transaction_id,
      transaction.member_id,
      transaction.kind,
      transaction.partner_id,
      transaction.reference,
      transaction.amount_minor,
      transaction.currency,
      transaction.occurred_at,
      transaction.posted_at,
      transaction.detail - 'lines' AS detail,
      transfer.unit,
      CASE WHEN account.account_id = transfer.credit THEN transfer.amount ELSE -transfer.amount END AS quantity,
      transfer.balance_after,
      coalesce((
        SELECT jsonb_agg(reversal ORDER BY reversal.version)
        FROM transaction AS reversal
        WHERE reversal.program_id = $1 AND reversal.member_id = $2
          AND reversal.of_transaction = transaction.transaction_id AND reversal.kind = 'REVERSAL'
      ), '[]') AS reversals
    FROM transaction
    LEFT JOIN transfer ON transfer.program_id = $1 AND transfer.member_id = $2 AND transfer.transaction_id = transaction.transaction_id
    LEFT JOIN account ON account.program_id = $1 AND account.member_id = $2 AND account.kind = 'member' AND account.unit = transfer.unit
    WHERE transaction.program_id = $1 AND transaction.member_id = $2
      AND (transfer.line IS NOT NULL OR transaction.kind = 'ACTIVATION')
      AND transaction.version BETWEEN $6 AND $4
      AND (transaction.version, coalesce(transfer.line, 0)) < ($4, $5::int)
      AND (transaction.version, coalesce(transfer.line, 0)) > ($6, $7::int)
      AND ($9::text IS NULL OR coalesce(transfer.unit, transaction.detail ->> 'unit') = $9)
      AND ($10::timestamptz IS NULL OR transaction.occurred_at >= $10)
      AND ($11::uuid IS NULL OR transaction.transaction_id = $11)
    ORDER BY transaction.version DESC, coalesce(transfer.line, 0) DESC
    LIMIT $8::int
  ) AS moved
) AS moved;

-- purchases: purchases strictly between two versions, newest first.
SELECT coalesce(jsonb_agg(bought ORDER BY place), '[]')
FROM (
  SELECT
    row_number() OVER () AS place,
    bought.*
  FROM (
    SELECT version, transaction_id, member_id, kind, partner_id, reference, amount_minor, currency, occurred_at, posted_at, detail - 'lines' AS detail,
      coalesce((
        SELECT jsonb_agg(reversal ORDER BY reversal.version)
        FROM transaction AS reversal
        WHERE reversal.program_id = $1 AND reversal.member_id = $2
          AND reversal.of_transaction = transaction.transaction_id AND reversal.kind = 'REVERSAL'
      ), '[]') AS reversals
    FROM transaction
    WHERE program_id = $1 AND member_id = $2 AND kind = 'PURCHASE' AND version < $4 AND version > $5
    ORDER BY version DESC
    LIMIT $6::int
  ) AS bought
) AS bought;

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
  SELECT jsonb_agg(jsonb_build_object('platform', platform, 'installed_at', installed_at, 'fetched_at', fetched_at, 'version', version) ORDER BY installed_at) AS list
  FROM (
    SELECT 'APPLE' AS platform, registered_at AS installed_at, fetched_at, fetched_version AS version
    FROM apple_registration
    WHERE program_id = $1 AND member_id = $2 AND pass_id = pass.pass_id
    UNION ALL
    SELECT 'GOOGLE', coalesce(saved_at, sent_at), sent_at, sent_version
    FROM google_object
    WHERE program_id = $1 AND member_id = $2 AND pass_id = pass.pass_id AND saved
  ) AS phone
) AS phones ON true
WHERE pass.program_id = $1 AND pass.member_id = $2;

-- one_parked: a parked post of the member by its id.
SELECT jsonb_build_object(
  'parked_id', parked_id, 'member_id', member_id, 'partner_id', partner_id, 'reference', reference, 'reason', reason,
  'occurred_at', occurred_at, 'received_at', received_at
)
FROM parked_post
WHERE program_id = $1 AND member_id = $2 AND parked_id = $4::uuid;
