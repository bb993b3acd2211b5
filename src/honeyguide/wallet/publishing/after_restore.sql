-- sessions_of_ours: servers, workers and tills at this database; application_name is what every login may see of others.
SELECT application_name, count(*)::int AS sessions
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND application_name IN ('honeyguide', 'honeyguide till', 'honeyguide worker')
GROUP BY application_name
ORDER BY application_name

-- begin_epoch: tags of the lost time become unknown; seconds since 2020, so that restoring one backup twice gives two epochs.
UPDATE pass_tag
SET epoch = greatest(epoch + 1, extract(epoch FROM $1::timestamptz - '2020-01-01 00:00:00+00')::int)
RETURNING epoch

-- draw_all_anew: a phone may show what the books have forgotten, so every pass gets a new tag and a new date, equal content or not.
UPDATE pass
SET
  shown = -1, body_hash = NULL, changed_at = $1, leased_until = '-infinity', attempts = 0,
  handed_tag = 0, handed_at = '-infinity',  -- what the add link handed out in the lost time is not known: who registers is told of everything
  -- A date before the one that a phone was given would answer 304 (A45); a burst, or a clock that went wrong, may be a little ahead of ours.
  modified_at = greatest(modified_at + interval '1 second', date_trunc('second', $1::timestamptz) + interval '1 minute')

-- forget_what_phones_heard: the publish of their pass makes all phones due; none before it, so that each is woken once.
UPDATE apple_registration
SET
  wanted_tag = 0, pushed_tag = 0, nudged_tag = 0, fetched_tag = 0, fetched_version = NULL,
  attempts = 0, retry_at = '-infinity'

-- forget_what_google_has: without a body sent last, the object is read from Google and patched to the truth (G10).
UPDATE google_object
SET sent_body = NULL, attempts = 0, held = true, event_ms = 0,  -- who saved one in the lost time is not known
  retry_at = '-infinity'
