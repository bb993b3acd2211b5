-- last_posted: the moment up to which the books know; what was posted after it is lost until partners send it again.
SELECT max(posted_at)
FROM transaction

-- newest_tag: the newest tag that a phone may have, and which installation this is: its oldest program, which a restore keeps; no row where there is no pass.
SELECT epoch, tag, (SELECT program_id FROM program ORDER BY program_id LIMIT 1)::text AS installation
FROM pass_tag
WHERE EXISTS (SELECT FROM pass)
