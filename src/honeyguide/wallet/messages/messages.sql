-- messages_shown: what stands on a member's passes now, the newest first.
SELECT message_id, kind, header, body, posted_at, ends_at, notify
FROM pass_message
WHERE program_id = $1 AND member_id = $2 AND posted_at <= $3 AND (ends_at IS NULL OR ends_at > $3) AND NOT gone
ORDER BY posted_at DESC, message_id DESC
LIMIT 10

-- add_walk: the program's first walk begins at $3.
INSERT INTO pass_message_walk (program_id, after_member, begun_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING

-- begin_walk: a walk that is over begins again when the last one began before $4.
UPDATE pass_message_walk
SET after_member = $2, begun_at = $3, done = false
WHERE program_id = $1 AND done AND begun_at <= $4

-- find_walk: how far the walk got; nothing while it rests.
SELECT after_member
FROM pass_message_walk
WHERE program_id = $1 AND NOT done

-- move_walk: the members up to $3 were looked at; nothing happens where another worker moved it meanwhile.
UPDATE pass_message_walk
SET after_member = $3, done = $4
WHERE program_id = $1 AND after_member = $2 AND NOT done

-- holders: the next $3 members with passes behind $2, and all that decides what they are told at $4; $5 $6 are units, $7 ends the look ahead.
WITH holder AS (
  SELECT DISTINCT member_id
  FROM pass
  WHERE program_id = $1 AND member_id > $2 AND state <> 'REVOKED'
  ORDER BY member_id
  LIMIT $3
)
SELECT
  h.member_id, m.status, m.enrolled_at, s.tier, s.tier_until, n.birth_date, n.time_zone, n.quiet_hours, n.guardian,
  coalesce(active.occurred_at, m.enrolled_at) AS active_at,
  warned.detail AS warned,
  (
    SELECT jsonb_agg(jsonb_build_array(purpose, given))
    FROM (
      SELECT DISTINCT ON (purpose) purpose, given
      FROM consent
      WHERE program_id = $1 AND member_id = h.member_id
      ORDER BY purpose, at DESC, consent_id DESC
    ) AS said
  ) AS consents,
  (
    SELECT jsonb_agg(jsonb_build_array(l.expires_at, l.quantity) ORDER BY l.expires_at)
    FROM (
      SELECT expires_at, sum(available)::bigint AS quantity
      FROM lots_at($1, h.member_id, $4)
      WHERE unit = $5 AND expires_at > $4 AND expires_at <= $7 AND available > 0
      GROUP BY expires_at
      ORDER BY expires_at
      LIMIT 100
    ) AS l
    WHERE $5::text IS NOT NULL
  ) AS expiring,
  CASE WHEN $6::text IS NOT NULL THEN (SELECT sum(available)::bigint FROM lots_at($1, h.member_id, $4) WHERE unit = $6) END AS balance,
  (
    SELECT jsonb_agg(jsonb_build_array(p.message_id, p.kind, p.occasion, p.posted_at, NOT p.gone AND (p.ends_at IS NULL OR p.ends_at > $4)))
    FROM pass_message p
    WHERE p.program_id = $1 AND p.member_id = h.member_id
  ) AS written
FROM holder h
JOIN member m ON m.program_id = $1 AND m.member_id = h.member_id
JOIN standing s ON s.program_id = $1 AND s.member_id = h.member_id
LEFT JOIN person n ON n.program_id = $1 AND n.member_id = h.member_id
LEFT JOIN LATERAL (
  SELECT t.occurred_at
  FROM transaction t
  WHERE t.program_id = $1 AND t.member_id = h.member_id AND t.member_id <> '00000000-0000-0000-0000-000000000000'
    AND t.kind IN ('PURCHASE', 'REDEMPTION')
  ORDER BY t.version DESC
  LIMIT 1
) AS active ON true
LEFT JOIN LATERAL (
  SELECT t.detail
  FROM transaction t
  WHERE t.program_id = $1 AND t.member_id = h.member_id AND t.member_id <> '00000000-0000-0000-0000-000000000000'
    AND t.kind = 'TIER_WARNING' AND t.posted_at >= s.tier_since
  ORDER BY t.version DESC
  LIMIT 1
) AS warned ON true
ORDER BY h.member_id

-- write_message: once for each occasion; its trigger has the member's passes drawn anew (X1).
INSERT INTO pass_message (program_id, member_id, message_id, kind, occasion, header, body, notify, posted_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING

-- end_messages: these leave the member's passes now.
UPDATE pass_message
SET gone = true, ends_at = least(ends_at, greatest($4, posted_at))
WHERE program_id = $1 AND member_id = $2 AND message_id = ANY($3::uuid[]) AND NOT gone

-- ended_messages: up to $3 whose time is over and whose passes do not know.
SELECT member_id, message_id
FROM pass_message
WHERE program_id = $1 AND ends_at <= $2 AND NOT gone
ORDER BY ends_at
LIMIT $3
