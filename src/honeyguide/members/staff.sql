-- mark_staff: a member works at a partner.
INSERT INTO staff (program_id, member_id, partner_id, location, cashier, marked_at, marked_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (program_id, member_id, partner_id) DO UPDATE SET location = excluded.location, cashier = excluded.cashier,
  marked_at = excluded.marked_at, marked_by = excluded.marked_by;

-- unmark_staff: a member works there no more.
DELETE FROM staff WHERE program_id = $1 AND member_id = $2 AND partner_id = $3;
