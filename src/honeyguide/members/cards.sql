-- card_of: the key of the member's card that counts now.
SELECT card_id, sealed_key, member_id FROM card_key WHERE program_id = $1 AND member_id = $2 AND ended_at IS NULL;

-- insert_card: a first card, or the next one; nothing where another request made it at the same moment.
INSERT INTO card_key (program_id, member_id, card_id, sealed_key, made_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- end_card: the card that counted until now; its codes of before still say whose an offline purchase was.
UPDATE card_key SET ended_at = $3 WHERE program_id = $1 AND member_id = $2 AND ended_at IS NULL;

-- reseal_card: the same key under the newest secret.
UPDATE card_key SET sealed_key = $4 WHERE program_id = $1 AND member_id = $2 AND card_id = $3;

-- cards_made: how many cards the member got since a moment.
SELECT count(*) FROM card_key WHERE program_id = $1 AND member_id = $2 AND made_at > $3;

-- lock_card_holder: two renewals of one member, one after the other; whether he is frozen, closed, or there at all.
SELECT status FROM member WHERE program_id = $1 AND member_id = $2 FOR NO KEY UPDATE;

-- cards_by_id: whose cards these are, those that ended too.
SELECT card_id, sealed_key, member_id, ended_at FROM card_key WHERE program_id = $1 AND card_id = ANY($2::text[]);

-- use_code: take a code; no row comes back where somebody took it, for which whoever is about to is waited.
INSERT INTO used_code (program_id, member_id, card_id, step, partner_id, location, used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING used_at;

-- code_use: who took it, where and when.
SELECT partner_id, location, used_at FROM used_code WHERE program_id = $1 AND member_id = $2 AND card_id = $3 AND step = $4;

-- use_offline: codes that offline tills scanned, each for one receipt; what somebody took stays his.
INSERT INTO used_code (program_id, member_id, card_id, step, partner_id, location, reference, used_at)
SELECT $1, member_id, card_id, step, partner_id, location, receipt, $8
FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[])
  WITH ORDINALITY AS use (member_id, card_id, step, partner_id, location, receipt, place)
ORDER BY member_id, card_id, step, place  -- two posts with the same codes wait for each other in one order
ON CONFLICT DO NOTHING;

-- offline_uses: whether they are these receipts'; one that the same shop identified the member by before it lost its network is, too.
SELECT coalesce(used.partner_id = use.partner_id AND used.location IS NOT DISTINCT FROM use.location
  AND coalesce(used.reference = use.receipt, true), false) AS mine
FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[])
  WITH ORDINALITY AS use (member_id, card_id, step, partner_id, location, receipt, place)
LEFT JOIN used_code used
  ON used.program_id = $1 AND used.member_id = use.member_id AND used.card_id = use.card_id AND used.step = use.step
ORDER BY use.place;

-- forget_used_codes: retention: codes taken before a moment, of which none is accepted any more; those of offline receipts as long as a partner may post them, ten years at most.
DELETE FROM used_code
WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM used_code
  WHERE program_id = $1 AND used_at < CASE WHEN reference IS NULL THEN $2::timestamptz ELSE $2::timestamptz - interval '3650 days' END
  LIMIT $3
))
RETURNING true;

-- forget_ended_cards: retention: cards that ended before a moment; no partner posts purchases of then any more.
DELETE FROM card_key WHERE ctid = ANY(ARRAY(SELECT ctid FROM card_key WHERE program_id = $1 AND ended_at < $2 LIMIT $3)) RETURNING true;

-- erase_cards: keys and uses of erased members.
WITH used AS (DELETE FROM used_code WHERE program_id = $1 AND member_id = ANY($2::uuid[])),
     gone AS (DELETE FROM card_key WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING 1)
SELECT count(*) FROM gone;
