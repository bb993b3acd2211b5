"""Tiers as members read them: the end and the grace after it, years that begin on the day of joining, alike on the pass."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from builders.platform import GALLERY, Platform, running_platform
from honeyguide.api.types.node import NodeId
from honeyguide.database import Database
from honeyguide.programs.apply_program import apply_program
from honeyguide.wallet.store import PassKey, find_pass

TIER = "{ me { tier { tier { code } since until graceUntil } progress { current remaining next { code } periodEnds } } }"


def program(period: str) -> str:
    return GALLERY.read_text().replace("period: {kind: rolling, months: 12}", f"period: {period}\n  grace: {{months: 1}}")


async def standing(platform: Platform, member: UUID) -> Any:
    return (await platform.as_member(member, TIER))["me"]


@pytest.mark.parametrize(
    ("period", "ends", "graced"),
    [("{kind: calendar_year}", "2027-12-31", "2028-01-31"), ("{kind: membership_year}", "2028-11-21", "2028-12-21")],
)
async def test_r33_a_tier_ends_on_its_day_and_is_kept_through_its_grace(
    database: Database, database_url: str, home: Path, period: str, ends: str, graced: str
) -> None:
    async with running_platform(database, database_url, home, program(period)) as platform:
        member = await platform.enrol()
        await platform.post("1200.00")
        now = platform.clock.now

        first = (await standing(platform, member))["tier"]
        platform.clock.now = now.fromisoformat(f"{graced}T12:00:00+00:00")
        in_grace = (await standing(platform, member))["tier"]
        platform.clock.move(days=1)
        over = (await standing(platform, member))["tier"]

    assert (first["tier"]["code"], first["until"][:10], first["graceUntil"][:10]) == ("forager", ends, graced)
    assert in_grace == first
    assert (over["tier"]["code"], over["until"], over["graceUntil"]) == ("fledgling", None, None)


async def test_a_year_that_begins_on_the_day_of_joining_counts_so_in_app_and_on_the_pass(
    database: Database, database_url: str, home: Path
) -> None:
    async with running_platform(database, database_url, home, program("{kind: membership_year}")) as platform:
        member = await platform.enrol()
        platform.clock.move(days=60)  # another calendar year, the same year of the member's
        await platform.post("300.00")
        card = 'mutation { issuePass(input: { style: "membership" }) { ... on PassIssued { pass { id } } } }'
        named = NodeId.read((await platform.as_member(member, card))["issuePass"]["pass"]["id"])
        assert named is not None
        key, wallet = PassKey(platform.program_id, member, named.key), platform.services.wallet

        await wallet.publisher.publish(key, platform.clock())
        row = await find_pass(database.pool, key)
        (before,) = (await standing(platform, member))["progress"]
        platform.clock.move(days=310)
        (after,) = (await standing(platform, member))["progress"]

    assert (before["current"], before["next"]["code"], before["periodEnds"][:10]) == ("300.00", "forager", "2027-11-21")
    assert row is not None and row.face is not None and row.face["progress.current"] == "300.00"
    assert (after["current"], after["periodEnds"][:10]) == ("0.00", "2028-11-21")


SET = "mutation ($input: SetTierYearInput!) { setTierYear(input: $input) { ... on TierYearSet { starts replayed } ... on UserError { code path } } }"


async def test_r32_a_tier_is_reviewed_at_the_end_of_a_year_that_an_operator_set_for_the_member(
    database: Database, database_url: str, home: Path
) -> None:
    async with running_platform(database, database_url, home, program("{kind: member_year}")) as platform:
        member = await platform.enrol()
        card = 'mutation { issuePass(input: { style: "membership" }) { ... on PassIssued { pass { id } } } }'
        named = NodeId.read((await platform.as_member(member, card))["issuePass"]["pass"]["id"])
        assert named is not None
        key = PassKey(platform.program_id, member, named.key)
        await platform.post("300.00")  # on 22 November 2026
        asked = {"idempotencyKey": "contract", "member": {"email": "anna@example.test"}, "starts": "2020-04-01"}

        first = (await platform.as_operator(SET, {"input": asked}))["setTierYear"]
        again = (await platform.as_operator(SET, {"input": asked}))["setTierYear"]
        other = (await platform.as_operator(SET, {"input": {**asked, "starts": "2020-05-01"}}))["setTierYear"]
        redrawn = await platform.services.wallet.publisher.publish(key, platform.clock())
        face = await find_pass(database.pool, key)
        (waiting,) = (await standing(platform, member))["progress"]
        await platform.post("700.00")
        reached = (await standing(platform, member))["tier"]
        none = (await platform.as_operator(SET, {"input": {**asked, "idempotencyKey": "contract over", "starts": None}}))["setTierYear"]
        (without,) = (await standing(platform, member))["progress"]

    assert (first, again["replayed"], other["code"]) == ({"starts": "2020-04-01", "replayed": False}, True, "IDEMPOTENCY_CONFLICT")
    assert redrawn is not None and face is not None and face.shown >= 0
    assert (waiting["current"], waiting["periodEnds"][:10]) == ("300.00", "2027-03-31")
    assert (reached["tier"]["code"], reached["until"][:10], reached["graceUntil"][:10]) == ("forager", "2028-03-31", "2028-04-30")
    assert none == {"starts": None, "replayed": False}
    assert without["periodEnds"][:10] == "2027-11-21"


async def test_a_year_of_the_members_own_is_refused_where_the_program_has_none(database: Database, database_url: str, home: Path) -> None:
    async with running_platform(database, database_url, home, program("{kind: calendar_year}")) as platform:
        await platform.enrol()
        asked = {"idempotencyKey": "contract", "member": {"email": "anna@example.test"}, "starts": "2020-04-01"}

        answer = (await platform.as_operator(SET, {"input": asked}))["setTierYear"]

    assert answer == {"code": "NOT_ALLOWED", "path": ["starts"]}


AT = """query ($at: DateTime!) { member(by: { email: "anna@example.test" }) { tierAt(asOf: $at) { since until graceUntil } } }"""


async def switch(platform: Platform, period: str) -> None:
    async with platform.services.database.transaction() as connection:
        await apply_program(connection, source=program(period), applied_by="test", now=platform.clock())
    await platform.services.programs.refresh()


async def test_r32_the_past_keeps_the_year_as_it_was_set_and_a_switch_of_the_program_keeps_tiers_days_and_answers(
    database: Database, database_url: str, home: Path
) -> None:
    async with running_platform(database, database_url, home, program("{kind: rolling, months: 12}")) as platform:
        member = await platform.enrol()
        await platform.post("1200.00")
        rolling = (await standing(platform, member))["tier"]
        await switch(platform, "{kind: member_year}")
        switched = (await standing(platform, member))["tier"]

        january = {"idempotencyKey": "contract", "member": {"email": "anna@example.test"}, "starts": "2020-01-01"}
        february = {**january, "idempotencyKey": "contract again", "starts": "2020-02-01"}
        await platform.as_operator(SET, {"input": january})
        await platform.post("1200.00")
        reached = (await standing(platform, member))["tier"]
        then = platform.clock.now
        platform.clock.move(days=1)
        await platform.as_operator(SET, {"input": february})
        now = (await standing(platform, member))["tier"]
        past = (await platform.as_operator(AT, {"at": then.isoformat()}))["member"]["tierAt"]

        await switch(platform, "{kind: calendar_year}")
        by_calendar = await standing(platform, member)
        again = (await platform.as_operator(SET, {"input": january}))["setTierYear"]
        other = (await platform.as_operator(SET, {"input": {**january, "starts": "2020-03-01"}}))["setTierYear"]
        new = (await platform.as_operator(SET, {"input": {**january, "idempotencyKey": "contract new"}}))["setTierYear"]
        await switch(platform, "{kind: member_year}")
        back = await standing(platform, member)

    assert (rolling["until"][:10], rolling["graceUntil"][:10]) == ("2027-11-22", "2027-12-22")
    assert switched == rolling  # a tier held is kept to the end that it was given
    assert (reached["until"][:10], reached["graceUntil"][:10]) == ("2027-12-31", "2028-01-31")
    assert (now["until"][:10], now["graceUntil"]) == ("2028-01-31", None)  # the end of a year that begins in February
    assert past == {name: reached[name] for name in ("since", "until", "graceUntil")}
    assert (by_calendar["tier"], by_calendar["progress"][0]["periodEnds"][:10]) == (reached, "2026-12-31")
    assert (again, other["code"]) == ({"starts": "2020-01-01", "replayed": True}, "IDEMPOTENCY_CONFLICT")
    assert new == {"code": "NOT_ALLOWED", "path": ["starts"]}
    assert (back["tier"], back["progress"][0]["periodEnds"][:10]) == (now, "2027-01-31")  # the day was kept
