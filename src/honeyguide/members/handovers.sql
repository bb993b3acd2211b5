-- half_handed: transfers of a program whose other side nobody posted yet, the oldest first: their process died between the two.
SELECT t.*
FROM transaction AS t
WHERE t.program_id = $1 AND t.kind = 'TRANSFER' AND t.posted_at >= $2 AND t.detail ? 'handover' AND t.detail ? 'to'
  AND NOT EXISTS (
    SELECT 1 FROM transaction AS o
    WHERE o.program_id = $1 AND o.member_id = (t.detail ->> 'to')::uuid AND o.transaction_id = (t.detail ->> 'other_side')::uuid
  )
ORDER BY t.posted_at
LIMIT $3;

-- handed_lots: which lots of a member were handed over, and by which transactions: by all, or that one and those after it.
SELECT DISTINCT m.lot_id, m.transaction_id
FROM lot_move AS m
JOIN transaction AS t ON t.program_id = $1 AND t.member_id = $2 AND t.transaction_id = m.transaction_id
LEFT JOIN transaction AS first ON first.program_id = $1 AND first.member_id = $2 AND first.transaction_id = $3::uuid
WHERE m.program_id = $1 AND m.member_id = $2 AND m.what IN ('move_out', 'move_out_pending')
  AND ($3::uuid IS NULL OR t.version >= first.version);

-- handed_debts: what some members handed to another of what they owed since then, by unit.
SELECT owed.key AS unit, sum(owed.value::bigint)::bigint AS debt
FROM transaction AS t
CROSS JOIN LATERAL jsonb_each_text(t.detail -> 'handover' -> 'debts') AS owed
WHERE t.program_id = $1 AND t.member_id = ANY($2::uuid[]) AND t.posted_at >= $4
  AND t.kind IN ('TRANSFER', 'MERGE') AND t.detail ->> 'to' = $3
GROUP BY owed.key;
