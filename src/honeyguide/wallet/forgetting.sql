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
