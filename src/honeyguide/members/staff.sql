-- mark_staff: a member works at a partner, and in no other way that came with somebody whom he took over.
WITH inherited AS (DELETE FROM staff WHERE program_id = $1 AND member_id = $2 AND partner_id = $3 AND origin_id <> $2)
INSERT INTO staff (program_id, member_id, partner_id, location, cashier, marked_at, marked_by, origin_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $2)
ON CONFLICT (program_id, member_id, partner_id, origin_id) DO UPDATE SET location = excluded.location, cashier = excluded.cashier,
  marked_at = excluded.marked_at, marked_by = excluded.marked_by;

-- unmark_staff: a member works there no more, nor does whom he took over, who is the same person.
DELETE FROM staff
WHERE program_id = $1 AND partner_id = $3
  AND (member_id = $2 OR member_id IN (SELECT origin_id FROM staff WHERE program_id = $1 AND member_id = $2 AND partner_id = $3));

-- inherit_jobs: who takes a member over works where that one does; the marks of that one stay, for an unmerge.
INSERT INTO staff (program_id, member_id, partner_id, location, cashier, marked_at, marked_by, origin_id)
SELECT program_id, $3, partner_id, location, cashier, marked_at, marked_by, origin_id
FROM staff
WHERE program_id = $1 AND member_id = $2
ON CONFLICT DO NOTHING;

-- give_jobs_back: the target of a merge that is taken back works no more where only the other does.
DELETE FROM staff
WHERE program_id = $1 AND member_id = $3
  AND (partner_id, origin_id) IN (SELECT partner_id, origin_id FROM staff WHERE program_id = $1 AND member_id = $2);
