"""Who still comes is not closed for inactivity, in whatever books it stands (R57)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builders.platform import GALLERY, Platform, key, running_platform
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.members.call import Call
from honeyguide.members.lookup import LookupPolicy
from honeyguide.retention.forgetting import everything
from honeyguide.retention.retain import Retention

MONTH = GALLERY.read_text().replace("close_after_months: 36", "close_after_months: 1")
FOUND = "mutation ($input: FoundHouseholdInput!) { foundHousehold(input: $input) { __typename } }"
REDEEM = "mutation ($input: RedeemInput!) { redeem(input: $input) { __typename ... on UserError { code } } }"
MERGE = "mutation ($input: MergeMembersInput!) { mergeMembers(input: $input) { __typename } }"


async def closed_by(platform: Platform) -> int:
    services = platform.services
    caller = Caller(Audience.OPERATOR, platform.program_id, "system:retention")
    policy = LookupPolicy(platform.program_id, None, services.handle_key)
    applied = services.programs.current(platform.program_id)
    call = Call(services.database, services.till, applied, caller, policy, services.claims, platform.clock())
    return int((await Retention(everything(services.erased_sign_ins)).round(call)).get("closed", 0))


async def test_who_redeems_from_the_pool_of_the_household_is_not_closed(database: Database, database_url: str, home: Path) -> None:
    async with running_platform(database, database_url, home, MONTH) as platform:
        anna = await platform.enrol()
        await platform.as_member(anna, FOUND, {"input": {"idempotencyKey": key()}})
        await platform.post("79.90")
        platform.clock.move(days=40)
        given = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "reference": key(), "unit": "points", "quantity": "5"}
        redeemed: Any = (await platform.as_partner("grocer", REDEEM, {"input": given}))["redeem"]
        platform.clock.move(days=5)

        assert (redeemed["__typename"], await closed_by(platform)) == ("Redeemed", 0)
        platform.clock.move(days=40)
        assert await closed_by(platform) == 1


async def test_who_still_opens_the_app_after_a_merge_is_not_closed(database: Database, database_url: str, home: Path) -> None:
    async with running_platform(database, database_url, home, MONTH) as platform:
        await platform.enrol()
        other, pool = await platform.enrol("a.smith@example.test"), database.pool
        given = {"source": {"email": "a.smith@example.test"}, "target": {"email": "anna@example.test"}, "note": "same"}
        await platform.as_operator(MERGE, {"input": {"idempotencyKey": key(), **given}})
        platform.clock.move(days=40)
        await pool.execute(
            "INSERT INTO session (program_id, member_id, session_id, generation, secret_hash, created_at, used_at, ends_at) "
            "VALUES ($1, $2, gen_random_uuid(), 0, sha256('x'), $3::timestamptz, $3, $3::timestamptz + interval '30 days')",
            platform.program_id,
            other,
            platform.clock(),
        )

        assert await closed_by(platform) == 0
