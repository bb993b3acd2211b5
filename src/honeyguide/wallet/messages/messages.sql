-- messages_shown: what stands on a member's passes now, the newest first.
SELECT message_id, kind, header, body, posted_at, ends_at, notify
FROM pass_message
WHERE program_id = $1 AND member_id = $2 AND posted_at <= $3 AND (ends_at IS NULL OR ends_at > $3) AND NOT gone
ORDER BY posted_at DESC, message_id DESC
LIMIT 10
