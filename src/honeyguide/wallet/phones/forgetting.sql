-- forget_passes: cards of erased members show nothing of them, and nothing that scans; the void card still has to reach the phones.
WITH blanked AS (
  UPDATE pass
  SET barcode = 'ERASED', face = face - ARRAY['member.name', 'member.number', 'barcode'], body_hash = NULL
  WHERE program_id = $1 AND member_id = ANY($2::uuid[])
  RETURNING 1
), at_google AS (
  UPDATE google_object SET sent_body = NULL WHERE program_id = $1 AND member_id = ANY($2::uuid[]) RETURNING 1
), told AS (
  DELETE FROM pass_message WHERE program_id = $1 AND member_id = ANY($2::uuid[])
), on_phone AS (
  SELECT 1 FROM apple_registration WHERE program_id = $1 AND member_id = ANY($2::uuid[])
)
SELECT (SELECT count(*) FROM blanked) AS passes, (SELECT count(*) FROM on_phone) AS iphones, (SELECT count(*) FROM at_google) AS google_objects;

-- drop_forgotten: what was kept to bring the void card to phones, of a program's members erased before $2; devices without passes go with their push tokens.
WITH erased AS (
  SELECT DISTINCT program_id, (jsonb_array_elements_text(certificate -> 'members'))::uuid AS member_id FROM erasure WHERE program_id = $1 AND erased_at < $2
), gone AS (
  DELETE FROM pass USING erased WHERE pass.program_id = erased.program_id AND pass.member_id = erased.member_id RETURNING 1
), registrations AS (
  DELETE FROM apple_registration AS r USING erased WHERE r.program_id = erased.program_id AND r.member_id = erased.member_id RETURNING r.device_id, r.pass_id
), devices AS (
  DELETE FROM apple_device AS d
  WHERE d.device_id IN (SELECT device_id FROM registrations)
    AND NOT EXISTS (
      SELECT 1 FROM apple_registration AS r
      WHERE r.device_id = d.device_id AND NOT EXISTS (SELECT 1 FROM registrations AS g WHERE g.device_id = r.device_id AND g.pass_id = r.pass_id)
    )
), objects AS (
  DELETE FROM google_object AS o USING erased WHERE o.program_id = erased.program_id AND o.member_id = erased.member_id
), serials AS (
  DELETE FROM identifier AS i USING erased WHERE i.program_id = erased.program_id AND i.member_id = erased.member_id
)
SELECT count(*) FROM gone;

-- drop_arrived: phones whose cards of members erased since $3 are void by now, and their push tokens: all of a pass when none of them waits for it any
-- more, or when the member was erased before $2. A fetch names no phone, so one fetch settles one registration (note_fetched).
WITH erased AS (
  SELECT program_id, (jsonb_array_elements_text(certificate -> 'members'))::uuid AS member_id, erased_at
  FROM erasure WHERE program_id = $1 AND erased_at >= $3
), settled AS MATERIALIZED (
  SELECT p.program_id, p.member_id, p.pass_id
  FROM erased
  JOIN pass p USING (program_id, member_id)
  WHERE p.shown >= p.changed AND p.body_hash IS NOT NULL  -- drawn anew since the erasure
    AND (
      erased.erased_at < $2
      OR NOT EXISTS (
        SELECT FROM apple_registration r
        WHERE r.program_id = p.program_id AND r.member_id = p.member_id AND r.pass_id = p.pass_id AND r.fetched_tag < p.tag
      )
    )
  ORDER BY p.program_id, p.member_id, p.pass_id
  FOR NO KEY UPDATE OF p SKIP LOCKED
), phones AS MATERIALIZED (
  SELECT d.device_id
  FROM apple_device d
  WHERE d.device_id IN (SELECT r.device_id FROM apple_registration r JOIN settled USING (program_id, member_id, pass_id))
  ORDER BY d.device_id
  FOR UPDATE OF d
), registrations AS (
  DELETE FROM apple_registration AS r USING settled AS s, phones
  WHERE r.program_id = s.program_id AND r.member_id = s.member_id AND r.pass_id = s.pass_id AND r.device_id = phones.device_id
  RETURNING r.device_id, r.pass_id
), devices AS (
  DELETE FROM apple_device AS d
  WHERE d.device_id IN (SELECT device_id FROM registrations)
    AND NOT EXISTS (
      SELECT FROM apple_registration AS r
      WHERE r.device_id = d.device_id AND NOT EXISTS (SELECT FROM registrations AS g WHERE g.device_id = r.device_id AND g.pass_id = r.pass_id)
    )
)
SELECT count(*) FROM registrations;
