-- odd_tills: tills (a cashier of a shop) of which some figure lies far from those of the same partner's other tills, the oddest first.
-- One pass over each partner's posts by the index of its list; all arithmetic in whole numbers, shares in thousandths.
WITH posts AS MATERIALIZED (
  SELECT post.partner_id, coalesce(post.location, '') AS location, coalesce(post.detail ->> 'cashier', '') AS cashier, post.member_id, post.kind,
         coalesce(post.amount_minor, 0) AS amount, post.posted_at - post.occurred_at > interval '1 day' AS is_late,
         post.detail ->> 'proof' = 'NUMBER' AS by_number,
         extract(hour FROM post.occurred_at AT TIME ZONE coalesce(location.time_zone, $6)) NOT BETWEEN 6 AND 22 AS is_at_night,
         CASE WHEN post.kind = 'PURCHASE' THEN (
           SELECT coalesce(sum((accrual ->> 'quantity')::bigint), 0) FROM jsonb_array_elements(post.detail -> 'accruals') AS accrual
         ) END AS points
  FROM partner
  CROSS JOIN LATERAL (
    SELECT * FROM transaction
    WHERE transaction.program_id = $1 AND transaction.partner_id = partner.partner_id AND transaction.transaction_id >= $2::uuid
      AND transaction.posted_at >= $3 AND transaction.posted_at < $4 AND transaction.kind IN ('PURCHASE', 'REDEMPTION', 'REVERSAL')
  ) AS post
  LEFT JOIN location ON location.program_id = $1 AND location.partner_id = post.partner_id AND location.code = post.location
  WHERE partner.program_id = $1
), same_member AS (
  SELECT partner_id, location, cashier, max(times) AS times
  FROM (
    SELECT partner_id, location, cashier, member_id, count(*) AS times
    FROM posts
    WHERE kind = 'PURCHASE' AND member_id <> '00000000-0000-0000-0000-000000000000'
    GROUP BY partner_id, location, cashier, member_id
  ) AS of_member
  GROUP BY partner_id, location, cashier
), tills AS (
  SELECT partner_id, location, cashier,
         count(*) FILTER (WHERE kind = 'PURCHASE') AS purchases,
         count(*) FILTER (WHERE kind = 'REVERSAL') AS reversals,
         count(*) FILTER (WHERE kind = 'REDEMPTION') AS redemptions,
         count(*) FILTER (WHERE kind = 'REDEMPTION' AND by_number) AS by_number,
         count(*) FILTER (WHERE kind = 'PURCHASE' AND is_at_night) AS at_night,
         count(*) FILTER (WHERE kind = 'PURCHASE' AND is_late) AS late,
         count(*) FILTER (WHERE kind = 'PURCHASE' AND amount > 0 AND amount % $7 = 0) AS round_amounts,
         coalesce(sum(points) FILTER (WHERE kind = 'PURCHASE'), 0)::bigint AS points,
         coalesce(sum(amount) FILTER (WHERE kind = 'PURCHASE'), 0)::bigint AS amount
  FROM posts
  GROUP BY partner_id, location, cashier
), figures AS (
  SELECT tills.partner_id, tills.location, tills.cashier, figure.name, figure.hits, figure.total, 1000 * figure.hits / figure.total AS share
  FROM tills
  LEFT JOIN same_member USING (partner_id, location, cashier)
  CROSS JOIN LATERAL (VALUES
    ('REVERSALS', reversals, purchases, purchases), ('BURNS_BY_NUMBER', by_number, redemptions, redemptions),
    ('SAME_MEMBER', coalesce(same_member.times, 0), purchases, purchases), ('AT_NIGHT', at_night, purchases, purchases),
    ('LATE', late, purchases, purchases), ('ROUND_AMOUNTS', round_amounts, purchases, purchases), ('POINTS', points, amount, purchases)
  ) AS figure (name, hits, total, counted)
  WHERE figure.counted >= $8 AND figure.total > 0
), medians AS (
  SELECT partner_id, name, percentile_disc(0.5) WITHIN GROUP (ORDER BY share) AS median, count(*) AS peers
  FROM figures
  GROUP BY partner_id, name
), spreads AS (  -- the median distance from the median; a floor, for where all tills are alike nothing small is odd
  SELECT partner_id, name, median, peers, greatest(percentile_disc(0.5) WITHIN GROUP (ORDER BY abs(share - median)), $9) AS spread
  FROM figures
  JOIN medians USING (partner_id, name)
  GROUP BY partner_id, name, median, peers
), odd AS (
  SELECT figures.*, spreads.median, spreads.peers, (figures.share - spreads.median) / spreads.spread AS distance
  FROM figures
  JOIN spreads USING (partner_id, name)
  WHERE spreads.peers >= $10 AND figures.share - spreads.median > $11 * spreads.spread
)
SELECT odd.partner_id, odd.location, odd.cashier, tills.purchases, tills.redemptions, tills.reversals,
       array_agg(odd.name ORDER BY odd.distance DESC, odd.name) AS names, array_agg(odd.hits ORDER BY odd.distance DESC, odd.name) AS hits,
       array_agg(odd.total ORDER BY odd.distance DESC, odd.name) AS totals, array_agg(odd.share ORDER BY odd.distance DESC, odd.name) AS shares,
       array_agg(odd.median ORDER BY odd.distance DESC, odd.name) AS medians
FROM odd
JOIN tills USING (partner_id, location, cashier)
GROUP BY odd.partner_id, odd.location, odd.cashier, tills.purchases, tills.redemptions, tills.reversals
ORDER BY sum(odd.distance) DESC, odd.partner_id, odd.location, odd.cashier
LIMIT $5;

-- posts_of: what a partner's credential, cashier or shop posted from one moment to another, the newest first, between two ids; with $11 the holds
-- that are open at $12 as well.
SELECT program_id, member_id, transaction_id, version, kind, of_transaction, partner_id, location, reference, business_date, amount_minor, currency,
       occurred_at, posted_at, program_version, detail
FROM transaction
WHERE program_id = $1 AND partner_id = $2
  AND (kind IN ('PURCHASE', 'REDEMPTION', 'REVERSAL') OR $11::boolean AND kind = 'AUTHORIZATION' AND EXISTS (
    SELECT FROM hold
    WHERE hold.program_id = $1 AND hold.member_id = transaction.member_id AND hold.hold_id = transaction.transaction_id
      AND hold.state = 'OPEN' AND hold.expires_at > $12
  ))
  AND transaction_id > $3::uuid AND transaction_id < $4::uuid AND posted_at >= $5 AND posted_at < $6
  AND ($7::text IS NULL OR location = $7)
  AND ($8::text IS NULL OR detail ->> 'cashier' = $8)
  AND ($9::text IS NULL OR detail ->> 'credential' = $9)
ORDER BY transaction_id DESC
LIMIT $10;
