-- last_posted: the moment up to which the books know; what was posted after it is lost until partners send it again.
SELECT max(posted_at)
FROM transaction

-- newest_tag: the newest tag that a phone may have; no row where there is no pass.
SELECT epoch, tag FROM pass_tag WHERE EXISTS (SELECT FROM pass)
