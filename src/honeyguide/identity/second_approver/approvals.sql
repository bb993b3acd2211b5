-- take_turn: what is counted for an operator or a member of this program is counted by one at a time; held until the transaction ends.
SELECT pg_advisory_xact_lock($1, hashtext($2::uuid::text));

-- used: what an operator moved alone for the member of whom he moved most, of these, since a moment; the request itself left out.
-- What was moved for whom a member took over was moved for the same person.
WITH RECURSIVE same_person (asked, member_id) AS (
  SELECT id, id FROM unnest($6::uuid[]) AS given (id)
  UNION
  SELECT same_person.asked, member.member_id
  FROM same_person JOIN member ON member.program_id = $1 AND member.merged_into = same_person.member_id
)
SELECT coalesce(max(total), 0)::bigint
FROM (
  SELECT sum(amount) AS total
  FROM (
    SELECT DISTINCT same_person.asked, u.key, u.amount
    FROM same_person
    JOIN by_hand AS u ON u.program_id = $1 AND u.operator = $2 AND u.at > $7 AND same_person.member_id IN (u.member_id, u.other_id)
    WHERE u.key <> $3 AND u.summed = $4 AND u.unit = $5
  ) AS moved
  GROUP BY asked
) AS by_member;

-- goodwill_given: what an agent gave to whomever, and what a member, and whom he took over, was given by whomever, on a day of the program;
-- the request itself left out.
WITH RECURSIVE same_person (member_id) AS (
  SELECT $6::uuid
  UNION
  SELECT member.member_id FROM same_person JOIN member ON member.program_id = $1 AND member.merged_into = same_person.member_id
)
SELECT
  (SELECT coalesce(sum(amount), 0)::bigint FROM by_hand
   WHERE program_id = $1 AND operator = $2 AND summed = 'GOODWILL' AND unit = $4 AND day = $5 AND key <> $3) AS by_agent,
  (SELECT coalesce(sum(amount), 0)::bigint FROM by_hand JOIN same_person USING (member_id)
   WHERE program_id = $1 AND summed = 'GOODWILL' AND unit = $4 AND day = $5 AND NOT (operator = $2 AND key = $3)) AS of_member;

-- use_under: what a request has counted already; a retry counts it no second time.
SELECT request_hash FROM by_hand WHERE program_id = $1 AND operator = $2 AND key = $3;

-- insert_use: count it; and forget what no limit asks for any more.
WITH over AS (DELETE FROM by_hand WHERE program_id = $1 AND operator = $2 AND at < $10::timestamptz - interval '7 days')
INSERT INTO by_hand (program_id, operator, key, request_hash, summed, unit, amount, member_id, other_id, at, day)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- give_back: it was refused, so it does not count.
DELETE FROM by_hand WHERE program_id = $1 AND operator = $2 AND key = $3 AND request_hash = $4;

-- insert_approval: an act that waits; no row comes back where its key has one.
INSERT INTO approval (program_id, approval_id, operation, request, request_hash, key, asked_by, asked_email, asked_at, ends_at, members, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'WAITS')
ON CONFLICT (program_id, asked_by, key) DO NOTHING
RETURNING true;

-- count_waiting: how many acts of an operator wait.
SELECT count(*) FROM approval WHERE program_id = $1 AND asked_by = $2 AND state = 'WAITS' AND ends_at > $3;

-- asked_under: what an operator asked for under a key.
SELECT approval_id, operation, request, request_hash, key, asked_by, asked_email, asked_at, ends_at, members, state, decided_by, decided_at, note, outcome
FROM approval
WHERE program_id = $1 AND asked_by = $2 AND key = $3;

-- lock_approval: one approval, for whoever decides it.
SELECT approval_id, operation, request, request_hash, key, asked_by, asked_email, asked_at, ends_at, members, state, decided_by, decided_at, note, outcome
FROM approval
WHERE program_id = $1 AND approval_id = $2
FOR UPDATE;

-- read_approval: one approval.
SELECT approval_id, operation, request, request_hash, key, asked_by, asked_email, asked_at, ends_at, members, state, decided_by, decided_at, note, outcome
FROM approval
WHERE program_id = $1 AND approval_id = $2;

-- decide: a second person has said so.
UPDATE approval SET state = $3, decided_by = $4, decided_at = $5, note = $6
WHERE program_id = $1 AND approval_id = $2 AND state = 'WAITS';

-- keep_outcome: what became of it; the first word stands.
UPDATE approval SET outcome = $3 WHERE program_id = $1 AND approval_id = $2 AND outcome IS NULL;

-- left_behind: what was approved before a moment and is not carried out, the oldest first, after a place in this order.
SELECT approval_id, operation, request, request_hash, key, asked_by, asked_email, asked_at, ends_at, members, state, decided_by, decided_at, note, outcome
FROM approval
WHERE program_id = $1 AND state = 'APPROVED' AND outcome IS NULL AND decided_at < $2
  AND ($4::timestamptz IS NULL OR (decided_at, approval_id) > ($4, $5::uuid))
ORDER BY decided_at, approval_id
LIMIT $3;

-- list_approvals: newest first, between two places in the list; of one state, where one is asked for.
SELECT approval_id, operation, request, request_hash, key, asked_by, asked_email, asked_at, ends_at, members, state, decided_by, decided_at, note, outcome
FROM approval
WHERE program_id = $1
  AND ($2::text IS NULL OR $2 = CASE WHEN state = 'WAITS' AND ends_at <= $3 THEN 'ENDED' ELSE state END)
  AND ($5::timestamptz IS NULL OR (asked_at, approval_id) < ($5, $6::uuid))
  AND ($7::timestamptz IS NULL OR (asked_at, approval_id) > ($7, $8::uuid))
ORDER BY asked_at DESC, approval_id DESC
LIMIT $4;

-- balances: the most that either of two members has and will have, by unit.
SELECT unit, max(posted + pending)::bigint AS amount
FROM account
WHERE program_id = $1 AND member_id = ANY($2::uuid[])
GROUP BY unit;
