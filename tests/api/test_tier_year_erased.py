"""The day of a member's own that begins his tier year goes with him (R32, R41)."""

from pathlib import Path

from builders.platform import GALLERY, key, running_platform
from honeyguide.database import Database

SET = "mutation ($input: SetTierYearInput!) { setTierYear(input: $input) { ... on TierYearSet { starts } ... on UserError { code path } } }"
ERASE = "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }"


async def test_r41_the_day_of_his_own_that_began_a_tier_year_stays_nowhere(database: Database, database_url: str, home: Path) -> None:
    program = GALLERY.read_text().replace("period: {kind: rolling, months: 12}", "period: {kind: member_year}")
    async with running_platform(database, database_url, home, program) as platform:
        anna = await platform.enrol()
        asked = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "starts": "1987-04-01"}
        assert (await platform.as_operator(SET, {"input": asked}))["setTierYear"] == {"starts": "1987-04-01"}
        changed = {**asked, "idempotencyKey": key(), "starts": None}
        assert (await platform.as_operator(SET, {"input": changed}))["setTierYear"] == {"starts": None}
        found = await platform.as_operator('{ member(by: { email: "anna@example.test" }) { id } }')
        asked = {"idempotencyKey": key(), "member": found["member"]["id"], "reason": "REQUESTED"}

        erased = await platform.as_operator(ERASE, {"input": asked})

        kept = await database.pool.fetchval("SELECT year_begins_on FROM standing WHERE member_id = $1", anna)
        days = await database.pool.fetchval("SELECT count(*) FROM tier_year")
        told = await database.pool.fetchval("SELECT count(*) FROM audit WHERE detail::text LIKE '%1987-04-01%'")
    assert (erased["eraseMember"]["__typename"], kept, days, told) == ("MemberErased", None, 0, 0)


async def test_r32_the_newest_of_the_history_is_what_is_in_force_also_when_a_later_one_was_asked_for_earlier(
    database: Database, database_url: str, home: Path
) -> None:
    program = GALLERY.read_text().replace("period: {kind: rolling, months: 12}", "period: {kind: member_year}")
    async with running_platform(database, database_url, home, program) as platform:
        anna = await platform.enrol()
        asked = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "starts": "1987-04-01"}
        await platform.as_operator(SET, {"input": asked})
        await database.pool.execute(
            "INSERT INTO tier_year (program_id, member_id, setting_id, set_at, starts)"
            " SELECT program_id, member_id, gen_random_uuid(), set_at + interval '1 hour', starts FROM tier_year"
        )

        await platform.as_operator(SET, {"input": {**asked, "idempotencyKey": key(), "starts": "1990-09-02"}})

        newest = await database.pool.fetchval("SELECT starts FROM tier_year ORDER BY set_at DESC LIMIT 1")
        kept = await database.pool.fetchval("SELECT year_begins_on FROM standing WHERE member_id = $1", anna)
    assert newest == kept
