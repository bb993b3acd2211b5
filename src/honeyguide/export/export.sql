-- persons: the member and all whom he took over: one person; nobody where the membership has ended, unless those who left are asked for, too.
WITH RECURSIVE person AS (
  SELECT member_id FROM member WHERE program_id = $1 AND member_id = $2 AND (status IN ('ACTIVE', 'FROZEN') OR $3 AND status = 'CLOSED')
  UNION
  SELECT member.member_id FROM member JOIN person ON member.merged_into = person.member_id WHERE member.program_id = $1
)
SELECT member_id FROM person ORDER BY member_id = $2 DESC, member_id;

-- member_with_number: who goes by that number now or went by it; an erased one has none.
WITH RECURSIVE way AS (
  SELECT member_id, merged_into FROM member WHERE program_id = $1 AND member_number = $2 AND status <> 'ERASED'
  UNION
  SELECT member.member_id, member.merged_into FROM member JOIN way ON member.member_id = way.merged_into WHERE member.program_id = $1
)
SELECT member_id FROM way WHERE merged_into IS NULL;

-- profile: each membership of the person, and who that is.
SELECT m.member_id AS id, m.member_number, m.status, m.locale, m.enrolled_at, enroller.name AS enrolled_by, n.display_name, n.email, n.phone,
       n.birth_date, n.time_zone, n.quiet_hours, n.guardian, s.year_begins_on
FROM member m
JOIN standing s ON s.program_id = m.program_id AND s.member_id = m.member_id
LEFT JOIN person n ON n.program_id = m.program_id AND n.member_id = m.member_id
LEFT JOIN partner enroller ON enroller.program_id = m.program_id AND enroller.partner_id = m.enrolled_by
WHERE m.program_id = $1 AND m.member_id = ANY($2::uuid[])
ORDER BY array_position($2::uuid[], m.member_id);

-- identifiers: what names the member at tills.
SELECT kind, value FROM identifier WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY kind, value;

-- sign_ins: by which accounts elsewhere the person signs in.
SELECT issuer, subject, linked_at FROM sign_in_identity WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY linked_at;

-- consents: each yes and no, in the order in which they were said; a partner by name.
SELECT c.purpose, c.given, c.at, split_part(c.source, ':', 1) AS source, p.name AS partner, c.text_version
FROM consent c
LEFT JOIN partner p ON p.program_id = c.program_id AND c.source = 'PARTNER:' || p.partner_id
WHERE c.program_id = $1 AND c.member_id = ANY($2::uuid[])
ORDER BY c.at, c.consent_id;

-- accounts: what is posted, by unit.
SELECT unit, posted, held, pending, debt, lasts_until FROM account WHERE program_id = $1 AND member_id = ANY($2::uuid[]) AND kind = 'member' ORDER BY unit;

-- lots: each accrual with its dates and what became of it.
SELECT l.unit, p.name AS issued_by, l.earned_at, l.available_at, l.expires_at, l.issued, l.pending, l.open, l.held, l.burned, l.expired, l.clawed,
       l.moved, l.transaction_id AS transaction
FROM lot l
LEFT JOIN partner p ON p.program_id = l.program_id AND p.partner_id = l.issuer
WHERE l.program_id = $1 AND l.member_id = ANY($2::uuid[])
ORDER BY l.earned_at, l.lot_id;

-- transactions: every event with what it moved on the member's accounts, newest first.
SELECT t.transaction_id AS id, t.kind, t.occurred_at, t.posted_at, t.business_date, p.name AS partner, place.name AS location, t.reference,
       t.amount_minor, t.currency, t.of_transaction, t.detail,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(x.unit, CASE WHEN a.account_id = x.credit THEN x.amount ELSE -x.amount END, x.balance_after) ORDER BY x.line), '[]')
        FROM transfer x
        JOIN account a ON a.program_id = x.program_id AND a.member_id = x.member_id AND a.kind = 'member' AND a.account_id IN (x.debit, x.credit)
        WHERE x.program_id = t.program_id AND x.member_id = t.member_id AND x.transaction_id = t.transaction_id) AS moved
FROM transaction t
LEFT JOIN partner p ON p.program_id = t.program_id AND p.partner_id = t.partner_id
LEFT JOIN location place ON place.program_id = t.program_id AND place.partner_id = t.partner_id AND place.code = t.location
WHERE t.program_id = $1 AND t.member_id = ANY($2::uuid[])
ORDER BY t.posted_at DESC, t.transaction_id DESC;

-- holds: what was reserved for a shop, and how that ended.
SELECT h.unit, h.amount, h.captured, h.state, p.name AS partner, h.proof, h.authorised_at, h.expires_at
FROM hold h
LEFT JOIN partner p ON p.program_id = h.program_id AND p.partner_id = h.partner_id
WHERE h.program_id = $1 AND h.member_id = ANY($2::uuid[])
ORDER BY h.authorised_at;

-- tiers: each tier that was held.
SELECT tier, since, until FROM tier_change WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY since, version;

-- tier_years: each day that was set to begin the tier years, null for that of joining.
SELECT set_at, starts FROM tier_year WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY set_at, setting_id;

-- counters: what caps and tiers count, by period.
SELECT name, period, value FROM counter WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY name, period;

-- passes: each card and the phones that hold it; of a phone neither its id nor its push token.
SELECT p.style, p.state, p.serial, p.barcode, p.issued_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('wallet', d.wallet, 'added_at', d.added_at, 'fetched_at', d.fetched_at) ORDER BY d.added_at), '[]')
        FROM (
          SELECT 'APPLE' AS wallet, r.registered_at AS added_at, r.fetched_at
          FROM apple_registration r WHERE r.program_id = p.program_id AND r.member_id = p.member_id AND r.pass_id = p.pass_id
          UNION ALL
          SELECT 'GOOGLE', coalesce(g.saved_at, g.sent_at), g.sent_at
          FROM google_object g WHERE g.program_id = p.program_id AND g.member_id = p.member_id AND g.pass_id = p.pass_id AND g.saved
        ) AS d) AS phones
FROM pass p
WHERE p.program_id = $1 AND p.member_id = ANY($2::uuid[])
ORDER BY p.issued_at;

-- pass_messages: what stood on the cards as a message.
SELECT kind, header, body, posted_at, ends_at
FROM pass_message WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY posted_at, message_id;

-- household: the household that the person belongs to; nobody else in it.
SELECT m.joined_at, m.may_burn AS may_redeem, h.owner_id = m.member_id AS is_owner
FROM household_member m
JOIN household h ON h.program_id = m.program_id AND h.household_id = m.household_id
WHERE m.program_id = $1 AND m.member_id = ANY($2::uuid[]);

-- parked_posts: purchases that wait for a decision, or had one.
SELECT p.name AS partner, k.reference, k.reason, k.occurred_at, k.received_at, k.purchase
FROM parked_post k
LEFT JOIN partner p ON p.program_id = k.program_id AND p.partner_id = k.partner_id
WHERE k.program_id = $1 AND k.member_id = ANY($2::uuid[])
ORDER BY k.received_at;

-- merges: memberships that were made one, and taken apart again.
SELECT merged_at, unmerged_at, member_id = ANY($2::uuid[]) AS taken_over
FROM merge WHERE program_id = $1 AND (member_id = ANY($2::uuid[]) OR target_id = ANY($2::uuid[])) ORDER BY merged_at;

-- staff: where the person is known as staff; a mark that came along with a merge is told once.
SELECT DISTINCT p.name AS partner, s.location, s.cashier, s.marked_at
FROM staff s
LEFT JOIN partner p ON p.program_id = s.program_id AND p.partner_id = s.partner_id
WHERE s.program_id = $1 AND s.member_id = ANY($2::uuid[]);

-- freezes: from when to when; the reason may name others.
SELECT frozen_at, ended_at FROM frozen_member WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY frozen_at;

-- looks: when somebody of the operator looked at or changed the person's data, and how; who that was is an employee's data.
SELECT at, action, audience AS by FROM audit WHERE program_id = $1 AND members && $2::uuid[] ORDER BY at, audit_id;

-- sessions: when and with what the person signed in; of a session no secret.
SELECT device, created_at, used_at, ends_at, revoked_at, revoked_because
FROM session WHERE program_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY created_at;

-- card_codes: cards of the app, and where their codes were used.
SELECT 'card' AS what, made_at AS at, ended_at, NULL AS partner, NULL AS location
FROM card_key WHERE program_id = $1 AND member_id = ANY($2::uuid[])
UNION ALL
SELECT 'code', u.used_at, NULL, p.name, u.location
FROM used_code u LEFT JOIN partner p ON p.program_id = u.program_id AND p.partner_id = u.partner_id
WHERE u.program_id = $1 AND u.member_id = ANY($2::uuid[])
UNION ALL
SELECT 'pin', set_at, NULL, NULL, NULL FROM pin WHERE program_id = $1 AND member_id = ANY($2::uuid[])
ORDER BY at;
