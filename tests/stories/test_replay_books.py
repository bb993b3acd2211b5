"""A year of real baskets, some of which come back, with points redeemed in between: the books are those of a model that shares no code."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from builders.machine import Machine, installation, opened
from builders.served import at_rest
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.demo.foundation import Foundation
from honeyguide.replay.access import read_access
from honeyguide.replay.api import Api
from honeyguide.replay.check import compare
from honeyguide.replay.journey import Journey, load_journey
from honeyguide.replay.plan import Draws
from honeyguide.replay.posts import GROCER, email_of
from honeyguide.replay.run import NAME
from honeyguide.replay.store import begin_replay

SEED = 7
HAPPENS = ("--refunds", "5", "--redemptions", "10", "--seed", str(SEED))
ENROL = """
mutation Enrol($input: EnrollMemberInput!) { enrollMember(input: $input) { ... on MemberEnrolled { addUrl } } }
"""
ADJUST = """
mutation Adjust($input: AdjustAccountInput!) { adjustAccount(input: $input) { __typename } }
"""
MEMBER = """
query Balances($email: String!) {
  member(by: {email: $email}) { tier { tier { name } } accounts { unit { code } available pending held debt } }
}
"""
BEHIND = """
SELECT count(*) AS passes, count(*) FILTER (WHERE shown < version) AS behind FROM pass JOIN standing USING (program_id, member_id)
"""


@dataclass(frozen=True)
class Scale:
    """`killed_at`: after so many purchases the replay is killed, and started again; None: never."""

    households: int
    passes: int
    killed_at: int | None


SAMPLE = Scale(households=15, passes=8, killed_at=200)
ALL = Scale(households=2_469, passes=50, killed_at=None)


@pytest_asyncio.fixture
async def machine(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    async with installation(database, database_url, tmp_path) as machine:
        yield machine


@pytest.mark.timeout(200)
async def test_after_a_year_with_returns_and_redemptions_a_sample_of_households_has_what_a_model_says(machine: Machine) -> None:
    await the_books_and_phones_agree_with_the_model(machine, SAMPLE)


@pytest.mark.long
@pytest.mark.timeout(3_600)
async def test_after_a_year_with_returns_and_redemptions_every_household_has_what_a_model_says(machine: Machine) -> None:
    await the_books_and_phones_agree_with_the_model(machine, ALL)


async def the_books_and_phones_agree_with_the_model(machine: Machine, scale: Scale) -> None:
    journey = load_journey()
    await machine.simulate_wallets()
    foundation, _ = await opened(machine, journey.stores)
    await machine.start("worker")
    async with httpx.AsyncClient(timeout=30) as http:
        phones = await handed_out(machine, http, journey, scale)
        these = ("--households", str(scale.households), *HAPPENS)
        if scale.killed_at is not None:
            first = await machine.replay(*these)
            await machine.until_posted(scale.killed_at)
            first.kill()
        begun = time.monotonic()
        code, said = await machine.finished(await machine.replay(*these, "--check"))
        print(said)
        await at_rest(machine.database, foundation.program_id, seconds=60)
        passes = await machine.database.pool.fetchrow(BEHIND)
        print(f"{passes['passes']} passes, {passes['behind']} behind, {time.monotonic() - begun:.0f} seconds in all")

        assert code == 0, said
        assert "conservation holds" in said
        assert f"{scale.households:,}  members whose books equal the model" in said
        assert (passes["passes"], passes["behind"]) == (scale.passes, 0)
        await every_phone_shows_what_the_books_hold(machine, http, foundation, phones)
        await one_point_more_would_be_found(machine, http, foundation, journey, scale)


async def handed_out(machine: Machine, http: httpx.AsyncClient, journey: Journey, scale: Scale) -> dict[tuple[str, str], int]:
    """A seeded choice of households with a phone each, in turn an iPhone and an Android: (kind, name) -> household."""
    first = sorted({basket.household for basket in journey.baskets})[: scale.households]
    grocer = Api(http, machine.url, "partner", read_access(machine.credentials).partners[GROCER])
    phones: dict[tuple[str, str], int] = {}
    for number, household in enumerate(random.Random(SEED).sample(first, scale.passes)):
        asked = {"idempotencyKey": f"complete-journey/household-{household}", "email": email_of(household), "locale": "en"}
        add_url = (await grocer.ask(ENROL, {"input": asked}))["enrollMember"]["addUrl"]
        kind = ("iphone", "android")[number % 2]
        answer = await http.post(f"{machine.phones_url}/phones", json={"kind": kind, "url": add_url})
        assert answer.status_code == 201, answer.text
        phones[kind, [phone["name"] for phone in answer.json() if phone["kind"] == kind][-1]] = household
    return phones


async def every_phone_shows_what_the_books_hold(
    machine: Machine, http: httpx.AsyncClient, foundation: Foundation, phones: dict[tuple[str, str], int]
) -> None:
    operator = Api(http, machine.url, "operator", token=foundation.token(Audience.OPERATOR, "test"))
    books = {household: await in_books(operator, household) for household in phones.values()}
    for _ in range(100):  # a push is under way at times when the pass is published
        shown = {(phone["kind"], phone["name"]): on_screen(phone) for phone in (await http.get(f"{machine.phones_url}/phones")).json()}
        if all(shown[phone] == books[household] for phone, household in phones.items()):
            break
        await asyncio.sleep(0.2)
    assert {phones[phone]: screen for phone, screen in shown.items()} == books


async def one_point_more_would_be_found(
    machine: Machine, http: httpx.AsyncClient, foundation: Foundation, journey: Journey, scale: Scale
) -> None:
    """The comparison has teeth."""
    baskets = journey.chosen(scale.households)
    operator = Api(http, machine.url, "operator", token=foundation.token(Audience.OPERATOR, "test"))
    given = {"idempotencyKey": "one-point-more", "member": {"email": email_of(baskets[0].household)}, "unit": "points", "quantity": "1"}
    await operator.ask(ADJUST, {"input": {**given, "reason": "OTHER", "note": "one point more"}})

    shift = await begin_replay(
        machine.database.pool, foundation.program_id, NAME, 0, Draws(5, 10, SEED), foundation.started_at
    )  # that of the replay
    checked = await compare(machine.database, foundation.program_id, journey, baskets, shift, Draws(5, 10, SEED))

    told = {(one.household, one.what, one.other - one.model) for one in checked.differences if "by_date" not in one.what}
    assert told == {(baskets[0].household, f"{what} points", 1) for what in ("posted", "available")}
    assert checked.equal == scale.households - 1


async def in_books(operator: Api, household: int) -> tuple[str, Decimal, Decimal]:
    """Tier, points and cashback that can be redeemed."""
    member = (await operator.ask(MEMBER, {"email": email_of(household)}))["member"]
    available = {account["unit"]["code"]: Decimal(account["available"]) for account in member["accounts"]}
    return member["tier"]["tier"]["name"], available.get("points", Decimal(0)), available.get("cashback", Decimal(0))


def on_screen(phone: dict[str, Any]) -> tuple[str, Decimal, Decimal]:
    names = ("tier", "points", "second") if phone["kind"] == "iphone" else ("Status", "Points", "Cashback")
    tier, points, cashback = (phone["shows"][name] for name in names)
    return tier, number(points), number(cashback)


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.\-]", "", text) or "0")
