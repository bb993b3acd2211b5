-- freezes_in_force: all that is frozen now, each as one JSON text, for the poll of every process.
SELECT json_build_array(program_id, partner_id, kind, location, cashier, credential)::text
FROM frozen
WHERE ended_at IS NULL;

-- insert_freeze: freeze; no row where it is frozen already.
INSERT INTO frozen (program_id, freeze_id, kind, partner_id, location, cashier, credential, reason, frozen_at, frozen_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING freeze_id;

-- end_freeze: end a freeze in force; no row where there is none.
UPDATE frozen SET ended_at = $7, ended_by = $8, end_reason = $9
WHERE program_id = $1 AND partner_id = $2 AND kind = $3 AND ended_at IS NULL
  AND location IS NOT DISTINCT FROM $4 AND cashier IS NOT DISTINCT FROM $5 AND credential IS NOT DISTINCT FROM $6
RETURNING freeze_id;

-- drop_freezes: up to $3 that ended before $2.
DELETE FROM frozen WHERE ctid = ANY(ARRAY(SELECT ctid FROM frozen WHERE program_id = $1 AND ended_at < $2 LIMIT $3));

-- freezes: what is frozen now, newest first.
SELECT freeze_id, kind, partner_id, location, cashier, credential, reason, frozen_at, frozen_by
FROM frozen
WHERE program_id = $1 AND ended_at IS NULL
ORDER BY frozen_at DESC, freeze_id DESC
LIMIT $2;
