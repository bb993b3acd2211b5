-- set_tier_year: the day whose anniversaries begin the member's tier year; postings under way end before.
UPDATE standing SET year_begins_on = $3::date
WHERE program_id = $1 AND member_id = $2 AND year_begins_on IS DISTINCT FROM $3::date;
