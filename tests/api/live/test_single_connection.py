"""One event stream for many operations, whichever processes the requests reach (graphql-sse's single connection mode)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest

from builders.event_source import Place
from builders.subscriber import ACCOUNTS, TIER
from honeyguide.api.live import sse_store
from honeyguide.api.live.tickets import LETTERS
from honeyguide.caller import Audience

ME = "{ me { accounts { available } } }"
RENEW = "mutation { renewCard { __typename } }"


async def left(place: Place) -> tuple[int, int]:
    """Rows of both tables."""
    pool = place.platform.services.database.pool
    return await pool.fetchval("SELECT count(*) FROM event_stream"), await pool.fetchval("SELECT count(*) FROM event_stream_call")


async def nothing_left(*places: Place) -> bool:
    """Once all that ends by itself has ended."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while await left(places[0]) != (0, 0) or "event streams" in names_of_tasks():  # noqa: ASYNC110 - rows set no event
                await asyncio.sleep(0.01)
    return await left(places[0]) == (0, 0) and "event streams" not in names_of_tasks()


def names_of_tasks() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks()}


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_many_operations_share_one_stream_and_nothing_is_left_of_it(place: Place) -> None:
    member_id = await place.platform.enrol()
    await place.platform.post("10.00")
    anna = place.member(member_id)

    reserved = await anna.reserve()
    ticket = reserved.text
    early = await anna.send(ticket, ME, "early")  # a client need not wait for its stream
    async with anna.opened(ticket) as stream:
        first = await stream.rest_of("early")
        sent = [await anna.send(ticket, ACCOUNTS, "accounts"), await anna.send(ticket, TIER, "tier")]
        snapshots = {event.data["id"] for event in [await stream.next(), await stream.next()] if event}
        await place.platform.post("10.00")
        changed = await stream.next()
        by_get = await anna.http.get(anna.path, params={"query": ME, "extensions": '{"operationId": "get"}'}, headers=anna.headers(ticket))
        asked = await stream.rest_of("get")
        stopped = [await anna.stop(ticket, "accounts"), await anna.stop(ticket, "unknown")]
        again = await anna.send(ticket, RENEW, "accounts")  # its id is free
        renewed = await stream.rest_of("accounts")
        await place.platform.post("10.00")  # nobody hears of it any more
        await anna.send(ticket, ME, "last")
        last = await stream.next()
        rows = await left(place)

    assert reserved.status_code == 201 and len(ticket) == LETTERS and reserved.headers["content-type"].startswith("text/plain")
    assert [response.status_code for response in (early, *sent, by_get, again)] == [202] * 5
    assert [response.status_code for response in stopped] == [200, 200]
    assert [event.name for event in first] == ["next", "complete"] == [event.name for event in asked]
    assert first[1].data == {"id": "early"} and first[0].data["payload"]["data"]["me"]["accounts"][0]["available"] == "10"
    assert snapshots == {"accounts", "tier"} and changed is not None
    assert changed.data["id"] == "accounts" and changed.data["payload"]["data"]["accountChanged"]["available"] == "20"
    assert "renewCard" in renewed[0].data["payload"]["data"] and last is not None and last.data["id"] == "last"
    assert rows == (1, 0) and await nothing_left(place)


async def test_requests_that_do_not_fit_are_refused_each_with_its_code(place: Place) -> None:
    anna = place.member(await place.platform.enrol())
    await place.platform.post("10.00")
    bert = place.member(await place.platform.enrol("bert@example.test"))
    till = place.caller(Audience.PARTNER, await place.platform.partner_token("grocer"))
    unknown, ticket = "x" * LETTERS, await anna.ticket()

    async with anna.opened(ticket) as stream:
        await anna.send(ticket, ACCOUNTS, "taken")
        await stream.next()
        refused = {
            "an operation of no stream": await anna.send(unknown, ME),
            "another member's stream": await bert.send(ticket, ME),
            "another member's operation": await bert.stop(ticket, "taken"),
            "a till and a member's stream": await till.send(ticket, "{ __typename }"),
            "an id that runs": await anna.send(ticket, ME, "taken"),
            "no id": await anna.send(ticket, ME, None),
            "an endless id": await anna.send(ticket, ME, "x" * 101),
            "no operation, said by HTTP": await anna.send(ticket, "{ nobody }", accept="application/json"),
            "no id to stop": await anna.stop(ticket, None),
            "no stream to stop in": await anna.stop(None),
            "another stream's": await anna.stop(unknown),
            "opened twice": await anna.get(token=ticket),
            "never reserved": await anna.get(token=unknown),
            "another member opens": await bert.get(token=ticket),
            "a mutation by GET": await anna.http.get(
                anna.path, params={"query": RENEW, "extensions": '{"operationId": "2"}'}, headers=anna.headers(ticket)
            ),
            "a token of another type": await anna.reserve(Accept="application/json"),
            "nobody reserves": await place.event_source().reserve(),
            "nobody sends": await place.event_source().send(ticket, ME),
            "nobody stops": await place.event_source().stop(ticket),
        }
        by_stream = await anna.send(ticket, "{ nobody }", "wrong"), await stream.rest_of("wrong")
        await anna.send(ticket, ME, "still")
        still = await stream.next()

    assert {why: code(response) for why, response in refused.items()} == {
        "an operation of no stream": (404, "STREAM_NOT_FOUND"),
        "another member's stream": (404, "STREAM_NOT_FOUND"),
        "another member's operation": (404, "STREAM_NOT_FOUND"),
        "a till and a member's stream": (404, "STREAM_NOT_FOUND"),
        "an id that runs": (409, "OPERATION_ID_IN_USE"),
        "no id": (400, "BAD_REQUEST"),
        "an endless id": (400, "BAD_REQUEST"),
        "no operation, said by HTTP": (400, "VALIDATION_FAILED"),
        "no id to stop": (400, "BAD_REQUEST"),
        "no stream to stop in": (400, "BAD_REQUEST"),
        "another stream's": (404, "STREAM_NOT_FOUND"),
        "opened twice": (409, "STREAM_ALREADY_OPEN"),
        "never reserved": (404, "STREAM_NOT_FOUND"),
        "another member opens": (404, "STREAM_NOT_FOUND"),
        "a mutation by GET": (405, "METHOD_NOT_ALLOWED"),
        "a token of another type": (406, "NOT_ACCEPTABLE"),
        "nobody reserves": (401, "UNAUTHENTICATED"),
        "nobody sends": (401, "UNAUTHENTICATED"),
        "nobody stops": (401, "UNAUTHENTICATED"),
    }
    # graphql-sse's client never shows a refused request's body: it is told on the stream.
    assert by_stream[0].status_code == 202 and [event.name for event in by_stream[1]] == ["next", "complete"]
    assert by_stream[1][0].data["payload"]["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"
    assert still is not None and still.data["id"] == "still"


async def test_requests_may_reach_any_process(place: Place, elsewhere: Place) -> None:
    member_id = await place.platform.enrol()
    await place.platform.post("10.00")
    here, there = place.member(member_id), elsewhere.member(member_id)
    bert = elsewhere.member(await place.platform.enrol("bert@example.test"))

    ticket = await there.ticket()
    early = await there.send(ticket, ME, "early")
    twice = await there.send(ticket, ME, "early")
    forgotten = await there.send(ticket, RENEW, "forgotten"), await there.stop(ticket, "forgotten")
    async with here.opened(ticket) as stream:
        first = await stream.rest_of("early")
        sent = await there.send(ticket, ACCOUNTS, "accounts")
        snapshot = await stream.next()
        refused = {
            "no operation": await there.send(ticket, "{ nobody }", "2", "application/json"),
            "opened twice": await there.get(token=ticket),
            "another member's": await bert.send(ticket, ME, "3"),
            "another member stops": await bert.stop(ticket, "accounts"),
        }
        wrong = await there.send(ticket, "{ nobody }", "wrong"), await stream.rest_of("wrong")
        in_use = await there.send(ticket, ME, "accounts"), await stream.next()
        stopped = await there.stop(ticket, "accounts")
        again = await there.send(ticket, RENEW, "accounts")
        renewed = await stream.rest_of("accounts")

    assert (early.status_code, code(twice)) == (202, (409, "OPERATION_ID_IN_USE"))
    assert [response.status_code for response in (*forgotten, sent, in_use[0], stopped, again)] == [202, 200, 202, 202, 200, 202]
    assert [event.data["id"] for event in first] == ["early", "early"]
    assert snapshot is not None and snapshot.data["payload"]["data"]["accountChanged"]["available"] == "10"
    assert {why: code(response) for why, response in refused.items()} == {
        "no operation": (400, "VALIDATION_FAILED"),
        "opened twice": (409, "STREAM_ALREADY_OPEN"),
        "another member's": (404, "STREAM_NOT_FOUND"),
        "another member stops": (404, "STREAM_NOT_FOUND"),
    }
    assert wrong[0].status_code == 202 and wrong[1][0].data["payload"]["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"
    assert in_use[1] is not None and in_use[1].data["payload"]["errors"][0]["extensions"]["code"] == "OPERATION_ID_IN_USE"
    assert "renewCard" in renewed[0].data["payload"]["data"]
    assert await nothing_left(place)


async def test_a_caller_who_reserves_without_pause_never_waits_with_more_than_one_connection_to_the_database(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = place.member(await place.platform.enrol())
    reserve, under_way, most = sse_store.reserve, [], []

    async def counted(*given: Any, **named: Any) -> bool:
        under_way.append(1)
        most.append(len(under_way))
        try:
            return await reserve(*given, **named)
        finally:
            under_way.pop()

    monkeypatch.setattr(sse_store, "reserve", counted)
    answers = await asyncio.gather(*(anna.reserve() for _ in range(30)))

    assert sorted(one.status_code for one in answers) == [201] * 10 + [429] * 20
    assert max(most) == 1


async def test_who_goes_leaves_nothing_running_and_who_reserves_without_end_is_stopped(place: Place) -> None:
    anna = place.member(await place.platform.enrol())
    await place.platform.post("10.00")
    tickets = [await anna.ticket() for _ in range(10)]

    too_many = await anna.reserve()
    async with anna.opened(tickets[0]) as stream:
        full = [(await anna.send(tickets[1], ME, f"waits-{number}")).status_code for number in range(18)]
        await anna.send(tickets[0], ACCOUNTS)
        await stream.next()
        place.platform.clock.move(seconds=61)  # the other nine lapse
        lapsed = await anna.get(token=tickets[2])
        again = await anna.reserve()
        rows = await left(place)

    assert code(too_many) == (429, "TOO_MANY_STREAMS") and too_many.headers["retry-after"]
    assert full == [202] * 16 + [429] * 2
    assert code(lapsed) == (404, "STREAM_NOT_FOUND") and again.status_code == 201
    assert rows == (2, 0)  # what lapsed went with the next reservation, and what waited for it
    place.platform.clock.move(seconds=61)
    assert await place.platform.services.database.pool.fetchval("SELECT count(*) FROM event_stream WHERE holder IS NOT NULL") in (0, 1)
