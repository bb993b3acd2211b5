-- set_tier_year: the day whose anniversaries begin the member's tier year, and since when; postings under way end before.
WITH changed AS (
  UPDATE standing SET year_begins_on = $3::date
  WHERE program_id = $1 AND member_id = $2 AND year_begins_on IS DISTINCT FROM $3::date
  RETURNING program_id, member_id
)
INSERT INTO tier_year (program_id, member_id, setting_id, set_at, starts)
SELECT program_id, member_id, $4, $5, $3::date FROM changed;
