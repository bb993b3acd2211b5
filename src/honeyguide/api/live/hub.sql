-- changed: the places, from 1, of those members who stand at another version than the one known, or whose membership is over.
SELECT asked.place
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) WITH ORDINALITY AS asked (program_id, member_id, version, place)
LEFT JOIN standing ON standing.program_id = asked.program_id AND standing.member_id = asked.member_id
LEFT JOIN member ON member.program_id = asked.program_id AND member.member_id = asked.member_id
WHERE standing.version IS DISTINCT FROM asked.version OR member.status IS NULL OR member.status IN ('CLOSED', 'MERGED', 'ERASED');
