"""What is played, what is asked again, and what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest

from honeyguide.replay.api import Api, ApiAway
from honeyguide.replay.journey import Basket, Journey
from honeyguide.replay.play import enrol, play
from honeyguide.replay.tally import Tally

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def journey(count: int) -> Journey:
    """One-line baskets of five households; every fourth is fuel, each of one dollar."""
    start = datetime(2017, 1, 1, tzinfo=UTC)
    baskets = [Basket(number, number % 5, 1, start + timedelta(hours=number), range(number, number + 1)) for number in range(count)]
    departments = [int(number % 4 != 0) for number in range(count)]
    return Journey(baskets, [7] * count, departments, ["FUEL", "DELI"], [1] * count, [100] * count)


def posted(post: dict[str, Any], replayed: bool = False) -> dict[str, Any]:
    accruals = [{"quantity": "1", "unit": {"code": "points"}}]
    return {
        "__typename": "TransactionPosted",
        "replayed": replayed,
        "transaction": {"amount": {"amount": post["amount"]["amount"]}, "accruals": accruals},
    }


def partners(answer: Answer) -> tuple[dict[str, Api], list[list[dict[str, Any]]]]:
    calls: list[list[dict[str, Any]]] = []

    def serve(request: httpx.Request) -> httpx.Response:
        posts = orjson.loads(request.content)["variables"]["input"]["transactions"]
        calls.append(posts)
        return httpx.Response(
            200, json={"data": {"postTransactions": {"__typename": "BatchPosted", "results": [answer(p) for p in posts]}}}
        )

    http = httpx.AsyncClient(transport=httpx.MockTransport(serve))
    return {code: Api(http, "http://server", "partner", token=code) for code in ("grocer", "fuel")}, calls


async def test_everything_is_posted_once_and_counted_by_the_servers_answers() -> None:
    apis, calls = partners(posted)
    progress = Counter[str]()

    tally = await play(journey(200), journey(200).baskets, 0, apis, lambda count: progress.update(posts=count), posts_per_call=20)

    assert Counter(post["idempotencyKey"] for call in calls for post in call).most_common(1)[0][1] == 1
    assert (tally.new, tally.replayed, progress["posts"]) == (200, 0, 200)
    assert tally.spend == {"grocer": Decimal(150), "fuel": Decimal(50)}
    assert tally.accrued == {"points": Decimal(200)}


async def test_what_the_till_was_too_busy_for_is_asked_again_before_anything_later() -> None:
    asked = Counter[str]()

    def busy_at_first(post: dict[str, Any]) -> dict[str, Any]:
        asked[post["reference"]] += 1
        if post["reference"] == "5" and asked["5"] == 1:
            return {"__typename": "TransactionRejected", "code": "RETRY_LATER", "message": "", "retryAfter": 0.001}
        return posted(post)

    apis, calls = partners(busy_at_first)

    tally = await play(journey(40), journey(40).baskets, 0, apis, lambda _: None, streams=1, posts_per_call=10)

    refused = next(number for number, call in enumerate(calls) if any(post["reference"] == "5" for post in call))
    assert [post["reference"] for post in calls[refused + 1]] == ["5"]
    assert (tally.new, tally.answered) == (40, 40)


async def test_a_second_replay_is_counted_as_posted_before() -> None:
    apis, _ = partners(lambda post: posted(post, replayed=True))

    tally = await play(journey(12), journey(12).baskets, 0, apis, lambda _: None)

    assert (tally.new, tally.replayed) == (0, 12)
    assert sum(tally.spend.values()) == 12


async def test_refusals_are_counted_by_their_code() -> None:
    apis, _ = partners(lambda post: {"__typename": "MemberNotFound", "code": "MEMBER_NOT_FOUND", "message": ""})

    tally: Tally = await play(journey(3), journey(3).baskets, 0, apis, lambda _: None)

    assert tally.refused == {"MEMBER_NOT_FOUND": 3}


async def test_every_household_is_enrolled_under_a_key_of_its_own() -> None:
    seen: list[dict[str, Any]] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(orjson.loads(request.content)["variables"]["input"])
        return httpx.Response(200, json={"data": {"enrollMember": {"__typename": "MemberEnrolled", "replayed": len(seen) % 2 == 0}}})

    api = Api(httpx.AsyncClient(transport=httpx.MockTransport(serve)), "http://server", "partner", token="grocer")

    new = await enrol(api, [3, 1, 2, 3, 4])

    assert new == 2
    assert sorted((one["idempotencyKey"], one["email"]) for one in seen) == [
        (f"complete-journey/household-{number}", f"household-{number}@example.test") for number in (1, 2, 3, 4)
    ]


async def test_a_server_that_goes_away_ends_the_replay_with_its_own_error() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    http = httpx.AsyncClient(transport=httpx.MockTransport(serve))
    apis = {code: Api(http, "http://server", "partner", token=code, patience=0) for code in ("grocer", "fuel")}

    with pytest.raises(ApiAway):
        await play(journey(40), journey(40).baskets, 0, apis, lambda _: None)
