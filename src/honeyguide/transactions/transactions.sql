-- insert_parked: a post that an operator has to decide on.
INSERT INTO parked_post (program_id, member_id, parked_id, partner_id, location, reference, business_date, reason, occurred_at, received_at, purchase)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- parked_posts: the review queue of a program, oldest first, after a place in it.
SELECT parked_id, member_id, partner_id, location, reference, business_date, reason, occurred_at, received_at
FROM parked_post
WHERE program_id = $1 AND ($2::timestamptz IS NULL OR (received_at, parked_id) > ($2, $3::uuid))
ORDER BY received_at, parked_id
LIMIT $4;
