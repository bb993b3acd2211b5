-- hold_standing: whoever sets the same member's year waits here, so that the next statement sees the row of the one before.
SELECT 1 FROM standing WHERE program_id = $1 AND member_id = $2 FOR UPDATE;

-- set_tier_year: the day whose anniversaries begin the member's tier year, and since when; postings under way end before.
WITH changed AS (
  UPDATE standing SET year_begins_on = $3::date
  WHERE program_id = $1 AND member_id = $2 AND year_begins_on IS DISTINCT FROM $3::date
  RETURNING program_id, member_id
)
INSERT INTO tier_year (program_id, member_id, setting_id, set_at, starts)
SELECT program_id, member_id, $4, greatest($5, (
  SELECT max(earlier.set_at) FROM tier_year AS earlier WHERE earlier.program_id = $1 AND earlier.member_id = $2
) + interval '1 microsecond'), $3::date
FROM changed;
