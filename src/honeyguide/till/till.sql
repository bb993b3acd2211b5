-- open_batch: claims, locks and reads of one batch (migrations/sql/till_open.sql tells the order and why).
SELECT earlier, books FROM till_open($1, $2, $3::claim[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::text[],
                                     $12::uuid[], $13::uuid[], $14::uuid[], $15::uuid[], $16::uuid[], $17::timestamptz[], $18::uuid[], $19::uuid[]);

-- read_books: the same reads without claims and locks, for answers that write nothing.
SELECT till_read($1, $2, $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::text[], $10::text[],
                 $11::uuid[], $12::uuid[], $13::uuid[], $14::uuid[], $15::uuid[], $16::timestamptz[], $17::uuid[], $18::uuid[]);

-- write_batch: all that one batch decided (migrations/sql/till_write.sql).
SELECT till_write($1, $2::account[], $3::transaction[], $4::transfer[], $5::lot[], $6::lot[], $7::lot_move[], $8::account[],
                  $9::hold[], $10::counter[], $11::tier_change[], $12::standing[], $13::claim[], $14::claim[]);

-- insert_claim: claim a key for a mutation that does not go through the lanes; no row comes back where somebody holds it.
INSERT INTO claim (program_id, key, scope, request_hash, member_id, transaction_id, outcome, claimed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING
RETURNING true;

-- read_claim: what an earlier caller claimed this key for.
SELECT request_hash, member_id, transaction_id, outcome
FROM claim
WHERE program_id = $1 AND key = $2 AND scope = $3;
