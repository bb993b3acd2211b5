"""A clerk copied a member's number: days of tills, guesses and requests later the loss is what the program allows, and the member saw each."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from builders.phone import Phone
from builders.platform import Platform, key, running_platform
from honeyguide.database import Database

NUMBER_LIMIT = 500  # points a day, in the program file
DAYS = 3
TILLS = [("grocer", "7"), ("grocer", None), ("fuel", "7"), ("fuel", None)]
GUESSES = ["0000", "1234", "2580", "1111", "8202", "8204", "7777"]
SEEN = "{ me { accounts { unit { code } available held } activity(first: 100) { edges { node { kind quantity unit { code } partner { name } } } } } }"


async def test_a_clerk_with_a_copied_number_cannot_drain_an_account(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_platform(database, database_url, tmp_path) as platform:
        anna = Phone(platform, await platform.enrol())
        for _ in range(5):
            await platform.post("1000.00", partner="fuel")
            platform.clock.move(days=1)
        await anna.ask("SetPin", input={"pin": "8203"})
        number = (await platform.as_member(anna.member_id, "{ me { memberNumber } }"))["me"]["memberNumber"]
        static = {"memberNumber": number}
        before = await points(anna)
        assert before > 4 * NUMBER_LIMIT
        # Days pass for the budgets of guesses, too.
        for tries in (platform.services.pin_tries, platform.services.code_tries):
            monkeypatch.setattr(tries, "_monotonic", lambda: platform.clock().timestamp())

        lost = 0
        for _ in range(DAYS):
            taken = sum(await asyncio.gather(*(one_till(platform, static, *till) for till in TILLS)))
            assert taken <= NUMBER_LIMIT
            lost += taken
            for waiting in await anna.approvals():
                assert (await anna.answer(waiting["holdId"], "DECLINE"))["__typename"] == "RedemptionAnswered"
            platform.clock.move(days=1)

        # The loss is at most the program's limit a day, nothing stays pinned, and the member sees every burn.
        me = (await platform.as_member(anna.member_id, SEEN))["me"]
        burns = [row["node"] for row in me["activity"]["edges"] if row["node"]["kind"] == "REDEEMED"]
        assert lost == DAYS * NUMBER_LIMIT == before - await points(anna)
        assert -sum(int(burn["quantity"]) for burn in burns) == lost
        assert {burn["partner"]["name"] for burn in burns} <= {"Grocer", "Fuel"}
        assert next(one["held"] for one in me["accounts"] if one["unit"]["code"] == "points") == "0"
        assert (await anna.ask("Pin"))["pin"]["wrongTries"] > 0


async def points(phone: Phone) -> int:
    me = (await phone.platform.as_member(phone.member_id, SEEN))["me"]
    return next(int(one["available"]) + int(one["held"]) for one in me["accounts"] if one["unit"]["code"] == "points")


async def one_till(platform: Platform, static: dict[str, str], partner: str, location: str | None) -> int:
    """All that one till can think of in a day; how many points it got."""
    where = {"location": location} if location else {}

    async def burn(operation: str, by: dict[str, str], quantity: int, **more: Any) -> Any:
        given = {"idempotencyKey": key(), "reference": key(), "member": by, "unit": "points", "quantity": str(quantity), **where, **more}
        return await platform.till(operation, partner, input=given)

    handle = {"handle": (await platform.till("Identify", partner, input={"by": static, **where}))["handle"]}
    got = 0
    for by, quantity in [
        (static, 4_000),
        (handle, 4_000),
        *[(static, 60)] * 4,
        *[(handle, 45)] * 4,
        *[(static, 7)] * 6,
        *[(handle, 1)] * 6,
    ]:
        answer = await burn("Redeem", by, quantity)
        got += quantity if answer["__typename"] == "Redeemed" else 0
        assert answer["__typename"] in ("Redeemed", "ProofRequired")
    for _ in range(4):  # asks, and takes what nobody approved
        asked = await burn("Authorize", static, 2_000, askApproval=True, ttlSeconds=86_400)
        assert asked["__typename"] in ("RedemptionAuthorized", "LimitExceeded", "InsufficientBalance")
        if asked["__typename"] == "RedemptionAuthorized":
            taken = await platform.till("Capture", partner, input={"idempotencyKey": key(), "holdId": asked["hold"]["id"]})
            assert taken["__typename"] == "ProofRequired"
    for pin in GUESSES:
        assert (await platform.till("Identify", partner, input={"by": static, "pin": pin, **where}))["__typename"] == "CodeRejected"
    for guess in ("HG1-AAAAAAAAAAAAAAAA-00000000", static["memberNumber"]):
        assert (await platform.till("Identify", partner, input={"by": {"barcode": guess}, **where}))["__typename"] != "MemberIdentified"
    return got
