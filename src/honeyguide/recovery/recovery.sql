-- last_posted: the moment up to which the books know; what was posted after it is lost until partners send it again.
SELECT max(posted_at)
FROM transaction
