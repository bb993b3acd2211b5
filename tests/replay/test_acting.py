"""What follows from a basket is done after it, in order, once, and counted by what the server answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import httpx
import orjson
import pytest
from rich.console import Console

from honeyguide.replay.acts import Act, Authorization, Capture, GiveBack, Redemption, Refund
from honeyguide.replay.api import Api
from honeyguide.replay.check import Checked, Totals
from honeyguide.replay.journey import Basket, Journey
from honeyguide.replay.play import play
from honeyguide.replay.state import BOOKS, OPERATOR, Difference, MemberState, UnitState
from honeyguide.replay.summary import Played, summary
from honeyguide.replay.tally import Tally
from honeyguide.replay.told import states_told

START = datetime(2026, 1, 1, tzinfo=UTC)
Answer = Callable[[dict[str, Any]], dict[str, Any]]


def journey(count: int, households: int = 2) -> Journey:
    """Baskets of ten dollars, an hour apart."""
    baskets = [Basket(n, n % households, 1, START + timedelta(hours=n), range(n, n + 1)) for n in range(count)]
    return Journey(baskets, [7] * count, [0] * count, ["DELI", "FUEL"], [1] * count, [1_000] * count)


def acts_after(basket: int, household: int) -> list[Act]:
    place = ("grocer", household, basket, 1, 7)

    def at(minutes: int) -> datetime:
        return START + timedelta(hours=basket, minutes=minutes)

    return [
        Authorization(*place, at(1), 30),
        Capture(*place, at(2), 20),
        GiveBack(*place, at(3), 5),
        Refund(*place, at(4), 1, 250),
        Redemption(*place, at(5), 10),
    ]


def partners(answer: Answer) -> tuple[dict[str, Api], list[tuple[str, dict[str, Any]]]]:
    """Answers acts by `answer`, posts always; what was sent, as (name of the mutation, input)."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def serve(request: httpx.Request) -> httpx.Response:
        body = orjson.loads(request.content)
        given = body["variables"]["input"]
        if "transactions" in given:
            sent.extend(("post", post) for post in given["transactions"])
            results = [
                {"__typename": "TransactionPosted", "replayed": False, "transaction": {"amount": post["amount"], "accruals": []}}
                for post in given["transactions"]
            ]
            return httpx.Response(200, json={"data": {"postTransactions": {"__typename": "BatchPosted", "results": results}}})
        sent.append((body["query"].split("answer: ")[1].split("(")[0], given))
        return httpx.Response(200, json={"data": {"answer": answer(given)}})

    http = httpx.AsyncClient(transport=httpx.MockTransport(serve))
    return {code: Api(http, "http://server", "partner", token=code) for code in ("grocer", "fuel")}, sent


def done(given: dict[str, Any]) -> dict[str, Any]:
    return {"__typename": "Done", "replayed": False, "hold": {"id": f"hold of {given['idempotencyKey']}"}}


async def test_acts_follow_their_basket_in_order_and_the_capture_names_its_hold() -> None:
    apis, sent = partners(done)

    tally = await play(journey(4), journey(4).baskets, 0, apis, lambda _: None, acts=acts_after(1, 1))

    own = [(name, given) for name, given in sent if given.get("member", {}).get("email") != "household-0@example.test"]
    names = [name for name, _ in own]
    assert names == ["post", "authorizeRedemption", "captureRedemption", "reverseTransaction", "reverseTransaction", "redeem", "post"]
    assert own[2][1]["holdId"] == f"hold of {own[1][1]['idempotencyKey']}"
    assert (tally.redeemed, tally.returned, tally.answered) == (25, {"grocer": Decimal("2.50")}, 9)


async def test_an_act_that_the_till_was_too_busy_for_is_asked_again_before_the_next() -> None:
    asked = Counter[str]()

    def busy(given: dict[str, Any]) -> dict[str, Any]:
        asked[given["idempotencyKey"]] += 1
        if asked.total() == 2:
            return {"__typename": "TransactionRejected", "code": "RETRY_LATER", "message": "", "retryAfter": 0.001}
        return done(given)

    apis, sent = partners(busy)

    tally = await play(journey(2), journey(2).baskets, 0, apis, lambda _: None, acts=acts_after(1, 1))

    assert [name for name, _ in sent][-5:] == [
        "captureRedemption",
        "captureRedemption",
        "reverseTransaction",
        "reverseTransaction",
        "redeem",
    ]
    assert tally.acts.total() == 5


async def test_a_refused_act_is_counted_by_its_code_and_does_not_stop_the_rest() -> None:
    apis, _ = partners(lambda given: {"__typename": "X", "code": "NOT_FOUND", "message": ""} if "transaction" in given else done(given))

    tally = await play(journey(2), journey(2).baskets, 0, apis, lambda _: None, acts=acts_after(1, 1))

    assert tally.refused == {"NOT_FOUND": 2}
    assert tally.acts.total() == 3


async def test_what_the_operator_is_told_is_read_page_by_page_in_smallest_parts() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        after = orjson.loads(request.content)["variables"]["after"]
        account = {"unit": {"code": "cashback", "decimals": 2}, "available": "-1.20", "pending": "0.30", "held": "0", "debt": "1.20"}
        email = "household-4@example.test" if after is None else "somebody@example.test"
        edges = [{"node": {"email": email, "tier": {"tier": {"code": "forager"}}, "accounts": [account]}}]
        page = {"edges": edges, "pageInfo": {"hasNextPage": after is None, "endCursor": "next"}}
        return httpx.Response(200, json={"data": {"members": page}})

    api = Api(httpx.AsyncClient(transport=httpx.MockTransport(serve)), "http://server", "operator", token="o")

    assert await states_told(api) == {4: MemberState("forager", 0, {"cashback": UnitState(0, -120, 30, 0, 120)})}


@pytest.mark.parametrize("found", [(), (Difference(3, "posted points", 5, 6, OPERATOR),)])
async def test_the_summary_tells_returns_to_the_cent_and_every_difference(found: tuple[Difference, ...]) -> None:
    apis, _ = partners(done)
    tally = await play(journey(4), journey(4).baskets, 0, apis, lambda _: None, acts=acts_after(1, 1))
    console = Console(width=200, record=True)

    console.print(summary(Played(4, 2, 2, tally, 9, 1.0), None, Checked(2, Totals({"points": 40}, {"points": 3}), found)))

    said = " ".join(console.export_text().split())
    assert "2.50 USD returned by the grocer partner" in said
    assert "25 points redeemed" in said
    assert ("the operator is told 6" in said) == bool(found)


async def test_the_summary_tells_a_handful_of_readable_lines_of_each_member_who_differs() -> None:
    dates = {date(2028, 1, day): day for day in range(1, 9)}
    own = [Difference(3, f"figure {number}", 5, 6, OPERATOR) for number in range(9)]
    found = [Difference(3, "by_date points", dates, {**dates, date(2028, 1, 4): 7, None: 2}, BOOKS), *own]
    found += [Difference(household, "tier", "forager", "fledgling", BOOKS) for household in range(4, 20)]
    console = Console(record=True, width=200, file=StringIO())

    console.print(summary(Played(4, 2, 2, Tally(), 9, 1.0), None, Checked(2, Totals({}, {}), tuple(found))))

    said = console.export_text()
    assert (
        "household 3, by_date points: the model says 4 until 2028-01-04, 0 until ever, the books say 7 until 2028-01-04, 2 until ever"
        in said
    )
    assert "household 3: and 6 more figures" in said
    assert said.count("DIFFERS") == 4 + 4
    assert "17  members whose books differ from the model, 5 of them above" in said
    assert "datetime" not in said


async def test_of_many_dates_that_differ_three_are_told() -> None:
    ours = {date(2028, 1, day): 1 for day in range(1, 9)}

    assert str(Difference(1, "by_date points", ours, {}, BOOKS)).count(" until ") == 6
    assert str(Difference(1, "by_date points", ours, {}, BOOKS)).endswith("and 5 more dates")
