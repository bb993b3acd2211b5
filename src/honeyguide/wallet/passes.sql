-- insert_pass: a member's pass of a style; nothing when it exists or the member does not.
INSERT INTO pass (program_id, member_id, pass_id, style, serial, barcode, changed, changed_at, modified_at, issued_at)
SELECT s.program_id, s.member_id, $3, $4, $5, $6, s.version, $7::timestamptz, date_trunc('second', $7::timestamptz), $7::timestamptz
FROM standing s
WHERE s.program_id = $1 AND s.member_id = $2 AND s.closed_at IS NULL
FOR SHARE  -- a posting that raises the version now would not see the new pass and could not mark it: one waits for the other
ON CONFLICT (program_id, member_id, style) DO NOTHING
RETURNING pass_id

-- insert_pass_identifiers: what names the member at a till (the barcode) and at the phone's web service (the serial).
INSERT INTO identifier (program_id, kind, value, member_id)
VALUES ($1, 'barcode', $3, $2), ($1, 'pass', $4, $2)

-- find_pass: a member's pass by its id.
SELECT program_id, member_id, pass_id, style, serial, barcode, state, generation, changed, shown, tag, modified_at, face, styled, dressed, renewed_at
FROM pass
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3

-- find_pass_of_style: a member's one pass of a style.
SELECT program_id, member_id, pass_id, style, serial, barcode, state, generation, changed, shown, tag, modified_at, face, styled, dressed, renewed_at
FROM pass
WHERE program_id = $1 AND member_id = $2 AND style = $3

-- find_pass_by_serial: the pass that a phone names, over the lookup: a serial alone does not tell the member.
SELECT p.program_id, p.member_id, p.pass_id, p.style, p.serial, p.barcode, p.state, p.generation, p.changed, p.shown, p.tag, p.modified_at, p.face, p.styled, p.dressed, p.renewed_at
FROM identifier i
JOIN pass p ON p.program_id = i.program_id AND p.member_id = i.member_id AND p.serial = i.value
WHERE i.program_id IN (SELECT program_id FROM program) AND i.kind = 'pass' AND i.value = $1  -- few programs, one key look-up each

-- year_days: the days that may begin a tier year of the member's own.
SELECT m.enrolled_at, s.year_begins_on
FROM member AS m
JOIN standing AS s USING (program_id, member_id)
WHERE m.program_id = $1 AND m.member_id = $2

-- load_card: all that a pass can show, of one moment (X4); $5 ends the expiry list, $6 $7 $8 are the qualification windows (counter, first day, last day).
WITH live AS (
  SELECT unit, available, pending, expires_at
  FROM lots_at($1, $2, $4)
), balance AS (
  SELECT unit, sum(available)::bigint AS available, sum(pending)::bigint AS pending
  FROM live
  GROUP BY unit
), moment AS (
  SELECT unit, expires_at, sum(available)::bigint AS quantity
  FROM live
  WHERE expires_at <= $5 AND available > 0
  GROUP BY unit, expires_at
), expiring AS (
  SELECT unit, jsonb_agg(jsonb_build_array(expires_at, quantity) ORDER BY expires_at) AS moments
  FROM moment
  GROUP BY unit
), window_sum AS (
  SELECT w.place, coalesce(sum(c.value), 0)::bigint AS value
  FROM unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY AS w (name, from_day, to_day, place)
  LEFT JOIN counter c ON c.program_id = $1 AND c.member_id = $2 AND c.name = w.name AND c.period BETWEEN w.from_day AND w.to_day
  GROUP BY w.place
)
SELECT
  p.style, p.serial, p.barcode, p.state, p.generation, p.shown, p.tag, p.modified_at, p.body_hash, s.version, s.tier,
  m.member_number, n.display_name, n.time_zone, m.locale, m.status, n.email IS NULL AND n.phone IS NULL AS anonymous,
  coalesce((SELECT max(f.revision) FROM pass_file f WHERE f.program_id = p.program_id AND f.style = p.style), 0) AS dress,
  (SELECT max(v.version) FROM program_version v WHERE v.program_id = $1) AS program_version,
  (SELECT array_agg(value ORDER BY place) FROM window_sum) AS window_sums,
  (
    SELECT jsonb_build_object('header', t.header, 'body', t.body, 'notify', t.notify, 'elsewhere', coalesce((
      -- The styles of older passes that lie on every phone of this one: one message rings once on a phone.
      SELECT jsonb_agg(o.style ORDER BY o.pass_id)
      FROM pass o
      WHERE o.program_id = $1 AND o.member_id = $2 AND o.pass_id < $3 AND o.state <> 'REVOKED' AND NOT EXISTS (
        SELECT
        FROM apple_registration r
        WHERE r.program_id = $1 AND r.member_id = $2 AND r.pass_id = $3 AND NOT EXISTS (
          SELECT FROM apple_registration q
          WHERE q.program_id = $1 AND q.member_id = $2 AND q.pass_id = o.pass_id AND q.device_id = r.device_id
        )
      ) AND EXISTS (SELECT FROM apple_registration r WHERE r.program_id = $1 AND r.member_id = $2 AND r.pass_id = $3)
    ), '[]'))
    FROM pass_message t
    WHERE t.program_id = $1 AND t.member_id = $2 AND t.posted_at <= $4 AND (t.ends_at IS NULL OR t.ends_at > $4) AND NOT t.gone
    ORDER BY t.posted_at DESC, t.message_id DESC
    LIMIT 1
  ) AS message,
  (
    SELECT jsonb_agg(jsonb_build_array(a.unit, coalesce(b.available, 0) - a.debt,  -- below zero while the member owes
                                       coalesce(b.pending, 0), coalesce(e.moments, '[]')))
    FROM account a
    LEFT JOIN balance b ON b.unit = a.unit
    LEFT JOIN expiring e ON e.unit = a.unit
    WHERE a.program_id = $1 AND a.member_id = $2 AND a.kind = 'member'
  ) AS balances
FROM pass p
JOIN standing s ON s.program_id = p.program_id AND s.member_id = p.member_id
JOIN member m ON m.program_id = p.program_id AND m.member_id = p.member_id
LEFT JOIN person n ON n.program_id = p.program_id AND n.member_id = p.member_id
WHERE p.program_id = $1 AND p.member_id = $2 AND p.pass_id = $3

-- keep_pass: what the phones show is still right, so tag and date stay (A44); nothing when another published meanwhile.
UPDATE pass
SET shown = $4, styled = $5, dressed = $10, published_at = $6, leased_until = '-infinity', attempts = 0
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND shown = $7 AND tag = $8 AND generation = $9
RETURNING tag, modified_at

-- lock_pass: first of two statements of a publish: who registers a phone at this moment is waited for, and seen by the second one.
SELECT pass_id
FROM pass
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3 AND shown = $4 AND tag = $5 AND generation = $6
FOR NO KEY UPDATE

-- lock_passes: the same for several; who is locked now is left out, so nobody waits for one pass while holding another.
SELECT p.pass_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::int[]) AS read (program_id, member_id, pass_id, shown, tag, generation)
JOIN pass p USING (program_id, member_id, pass_id)
WHERE p.shown = read.shown AND p.tag = read.tag AND p.generation = read.generation
FOR NO KEY UPDATE OF p SKIP LOCKED

-- publish_passes: the new faces with the next tags, and every phone that should hear of them; the last statement of its transaction.
WITH next AS (
  -- Its row lock lasts until the commit, so tags are ordered by commit (A43).
  UPDATE pass_tag SET tag = tag + cardinality($3::uuid[]) RETURNING tag - cardinality($3::uuid[]) AS before
), drawn AS (
  SELECT *
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::int[], $6::bytea[], $7::jsonb[], $8::int[])
    WITH ORDINALITY AS d (program_id, member_id, pass_id, version, program_version, body_hash, face, dress, place)
), published AS (
  UPDATE pass p
  SET
    shown = d.version, styled = d.program_version, dressed = d.dress, published_at = $9, leased_until = '-infinity', attempts = 0,
    body_hash = d.body_hash, face = d.face, tag = next.before + d.place,
    -- Last-Modified has whole seconds: two changes within one must still be two (A45).
    modified_at = greatest(date_trunc('second', $9::timestamptz), CASE WHEN p.tag = 0 THEN '-infinity' ELSE p.modified_at + interval '1 second' END)
  FROM next, drawn d
  WHERE p.program_id = d.program_id AND p.member_id = d.member_id AND p.pass_id = d.pass_id
  RETURNING p.program_id, p.member_id, p.pass_id, p.tag, p.modified_at, p.changed_at, p.face
), phone AS (
  SELECT g.device_id, g.pass_id
  FROM drawn d
  JOIN apple_registration g ON g.program_id = d.program_id AND g.member_id = d.member_id AND g.pass_id = d.pass_id
  ORDER BY g.device_id, g.pass_id  -- everybody locks registrations in this order
  FOR UPDATE OF g
), told AS (
  UPDATE apple_registration r
  SET
    wanted_tag = published.tag,
    -- Of several changes the oldest counts: what the phone waits for is no younger than that.
    due_since = CASE WHEN r.pushed_tag < r.wanted_tag THEN coalesce(r.due_since, published.changed_at) ELSE published.changed_at END,
    behind_since = CASE WHEN r.fetched_tag < r.wanted_tag THEN coalesce(r.behind_since, published.changed_at) ELSE published.changed_at END
  FROM published
  JOIN phone ON phone.pass_id = published.pass_id
  WHERE r.device_id = phone.device_id AND r.pass_id = phone.pass_id
), object AS (
  UPDATE google_object o
  SET
    wanted_tag = published.tag,
    held = o.held OR coalesce((published.face ->> 'card.closed')::boolean, false)  -- who left is blanked at once, also where nobody looks (G13)
  FROM published
  WHERE o.program_id = published.program_id AND o.member_id = published.member_id AND o.pass_id = published.pass_id
)
SELECT pass_id, tag, modified_at
FROM published

-- note_handed: the add link handed this tag out; what a phone that registers soon may hold is the lowest of the last quarter of an hour.
UPDATE pass
SET
  handed_tag = CASE WHEN handed_at > $5::timestamptz - interval '15 minutes' THEN least(handed_tag, $4) ELSE $4 END,
  handed_at = $5
WHERE program_id = $1 AND member_id = $2 AND pass_id = $3

-- renew_pass: the next generation: a new token goes out with a push, add links of the former one are dead (A25).
UPDATE pass p
SET
  generation = p.generation + 1, renewed_at = $2, shown = -1,
  changed_at = CASE WHEN p.shown < p.changed THEN p.changed_at ELSE $2 END
FROM identifier i
WHERE i.program_id IN (SELECT program_id FROM program) AND i.kind = 'pass' AND i.value = $1
  AND p.program_id = i.program_id AND p.member_id = i.member_id AND p.serial = i.value
RETURNING p.program_id, p.member_id, p.pass_id, p.generation
