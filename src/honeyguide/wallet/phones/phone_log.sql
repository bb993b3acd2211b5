-- keep_lines: lines that phones logged, each in the next of 1,000 places, over whatever was there.
INSERT INTO phone_log (place, at, task, pass_type, serial, code, text)
SELECT DISTINCT ON (place) place, at, task, pass_type, serial, code, text  -- a batch never names a place twice, or nothing would be kept
FROM (
  SELECT nextval('phone_log_place') AS place, line.*
  FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[]) AS line (at, task, pass_type, serial, code, text)
) placed
ORDER BY place
ON CONFLICT (place) DO UPDATE
SET at = excluded.at, task = excluded.task, pass_type = excluded.pass_type, serial = excluded.serial, code = excluded.code, text = excluded.text

-- read_lines: the newest $2 lines since $3; whose serial is another program's is for its operators.
SELECT at, task, pass_type, serial, code, text
FROM phone_log
WHERE at >= $3 AND NOT EXISTS (
  SELECT FROM identifier i
  WHERE i.program_id IN (SELECT program_id FROM program WHERE program_id <> $1) AND i.kind = 'pass' AND i.value = phone_log.serial
)
ORDER BY at DESC, place DESC
LIMIT $2
