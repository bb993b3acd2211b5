-- waiting_holds: what waits for a member's approval, the oldest first: of his own books, and of his household's pool what he himself is to redeem.
SELECT h.member_id, h.hold_id, h.unit, h.amount, h.partner_id, h.location, h.authorised_at, h.expires_at, t.reference
FROM hold AS h
JOIN transaction AS t ON t.program_id = h.program_id AND t.member_id = h.member_id AND t.transaction_id = h.hold_id
WHERE h.program_id = $1 AND h.member_id = ANY($3::uuid[]) AND h.state = 'OPEN' AND h.approval = 'WAITING' AND h.expires_at > $4
  AND coalesce(t.detail ->> 'by_member', h.member_id::text) = $2::uuid::text
ORDER BY h.authorised_at, h.hold_id
LIMIT 100;
