-- insert_partner: a new partner; no row where the code is taken.
INSERT INTO partner (program_id, partner_id, code, name, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (program_id, code) DO NOTHING
RETURNING partner_id;

-- insert_locations: the partner's places of sale.
INSERT INTO location (program_id, partner_id, code, name, time_zone)
SELECT $1, $2, place.code, place.name, place.time_zone
FROM unnest($3::text[], $4::text[], $5::text[]) AS place (code, name, time_zone);

-- partners: every partner of a program with its locations in one array, sorted by code.
SELECT partner.partner_id, partner.code, partner.name, partner.created_at, coalesce(places.codes, '{}') AS codes,
       coalesce(places.names, '{}') AS names, coalesce(places.time_zones, '{}') AS time_zones
FROM partner
LEFT JOIN (
  SELECT partner_id, array_agg(code ORDER BY code) AS codes, array_agg(name ORDER BY code) AS names, array_agg(time_zone ORDER BY code) AS time_zones
  FROM location
  WHERE program_id = $1
  GROUP BY partner_id
) AS places USING (partner_id)
WHERE partner.program_id = $1
ORDER BY partner.code;
