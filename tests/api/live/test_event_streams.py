"""Event streams of their own for single operations, as graphql-sse speaks them (distinct connections mode)."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from uvicorn import Config

from builders.event_source import STREAM, Place
from builders.platform import Platform
from builders.subscriber import ACCOUNTS
from honeyguide.serving.patient_protocol import PatientProtocol
from honeyguide.web import Server, listen

ME = "{ me { accounts { unit { code } available } } }"
RENEW = "mutation { renewCard { __typename } }"


async def test_a_subscription_a_query_and_a_mutation_stream_their_results_and_then_complete(place: Place) -> None:
    anna = place.member(await place.platform.enrol())
    await place.platform.post("10.00")

    async with anna.asked(ACCOUNTS) as stream:
        first = await stream.data()
        await place.platform.post("20.00")
        second = await stream.data()
        headers = stream.response.headers
    async with anna.asked(ME) as query:
        answers = await query.rest()
    async with anna.asked(RENEW) as mutation:
        renewed = await mutation.rest()

    assert [event["data"]["accountChanged"]["available"] for event in (first, second)] == ["10", "30"]
    assert headers["content-type"].startswith(STREAM) and headers["cache-control"] == "no-store" and headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers and headers.get("content-encoding", "identity") == "identity" and headers["x-request-id"]
    assert [event.name for event in answers] == ["next", "complete"] and answers[1].data is None
    assert answers[0].data["data"]["me"]["accounts"][0]["available"] == "30"
    assert [event.name for event in renewed] == ["next", "complete"] and set(renewed[0].data["data"]) == {"renewCard"}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ nobody }", {}, "VALIDATION_FAILED"),
        ("{ me {", {}, "PARSE_FAILED"),
        ("query ($id: ID!) { node(id: $id) { id } }", {}, "BAD_VARIABLES"),
        ("query A { me { id } } query B { me { id } }", {}, "UNKNOWN_OPERATION"),
    ],
)
async def test_h1_what_is_wrong_with_an_operation_is_its_only_result(
    place: Place, query: str, variables: dict[str, str], code: str
) -> None:
    anna = place.member(await place.platform.enrol())

    async with anna.asked(query, **variables) as stream:
        events = await stream.rest()

    assert stream.response.status_code == 200 and [event.name for event in events] == ["next", "complete"]
    assert {error["extensions"]["code"] for error in events[0].data["errors"]} == {code} and "data" not in events[0].data
    assert all(error["extensions"]["requestId"] for error in events[0].data["errors"])


async def test_h2_accept_says_whether_an_answer_is_a_stream_and_subscriptions_have_no_other(place: Place) -> None:
    anna = place.member(await place.platform.enrol())
    # What urql sends with everything, what curl sends, what Apollo sends.
    alike = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
    kinds = {}

    for accept in (STREAM, alike, "*/*", "application/json", "text/event-stream;q=0.5, application/json;q=0.4", "text/html;q=0"):
        for name, query in (("query", ME), ("subscription", ACCOUNTS)):
            async with anna.asked(query, accept) as stream:
                kinds[accept, name] = stream.response.headers["content-type"].partition(";")[0], stream.response.status_code

    rich = "application/graphql-response+json"
    assert kinds == {
        (STREAM, "query"): (STREAM, 200),
        (STREAM, "subscription"): (STREAM, 200),
        (alike, "query"): (rich, 200),
        (alike, "subscription"): (STREAM, 200),
        ("*/*", "query"): ("application/json", 200),
        ("*/*", "subscription"): (STREAM, 200),
        ("application/json", "query"): ("application/json", 200),
        ("application/json", "subscription"): ("application/json", 406),
        ("text/event-stream;q=0.5, application/json;q=0.4", "query"): (STREAM, 200),
        ("text/event-stream;q=0.5, application/json;q=0.4", "subscription"): (STREAM, 200),
        ("text/html;q=0", "query"): (rich, 406),
        ("text/html;q=0", "subscription"): (rich, 406),
    }


async def test_h4_what_is_no_operation_at_all_keeps_its_status_and_code(place: Place) -> None:
    anna = place.member(await place.platform.enrol())
    wanted = anna.headers(Accept=STREAM)
    proven = {**wanted, "GraphQL-Require-Preflight": "1"}
    http, path = place.http, anna.path

    refused = {
        "no token": await http.post(path, json={"query": ME}, headers={"Accept": STREAM}),
        "no JSON": await http.post(path, content="{", headers={**wanted, "Content-Type": "application/json"}),
        "a form": await http.post(path, data={"query": ME}, headers=wanted),
        "a page's GET": await http.get(path, params={"query": ME}, headers=wanted),
        "a mutation by GET": await http.get(path, params={"query": RENEW}, headers=proven),
        "a method": await http.patch(path, headers=wanted),
    }
    fine = await http.get(path, params={"query": ME}, headers=proven)

    assert {why: (response.status_code, _code(response)) for why, response in refused.items()} == {
        "no token": (401, "UNAUTHENTICATED"),
        "no JSON": (400, "BAD_REQUEST"),
        "a form": (415, "UNSUPPORTED_MEDIA_TYPE"),
        "a page's GET": (400, "HEADER_NEEDED"),
        "a mutation by GET": (405, "METHOD_NOT_ALLOWED"),
        "a method": (405, "METHOD_NOT_ALLOWED"),
    }
    assert refused["a method"].headers["allow"] == "GET, POST, PUT, DELETE" and "www-authenticate" in refused["no token"].headers
    assert (
        fine.status_code == 200 and fine.text.startswith(":\n\nevent: next\ndata: {") and fine.text.endswith("event: complete\ndata: \n\n")
    )


def _code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


async def test_a_server_that_stops_ends_its_streams_so_that_clients_go_to_another(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("10.00")
    listener = listen("127.0.0.1", 0)
    server = Server(Config(platform.app, lifespan="off", log_config=None, http=PatientProtocol, ws="none"))
    serving = asyncio.create_task(server._serve([listener]))

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as http:
        place = Place(platform, http)
        async with place.member(anna).asked(ACCOUNTS) as stream:
            await stream.data()
            server.should_exit = True
            rest = await stream.rest()
    async with asyncio.timeout(5):
        await serving

    assert rest == [] and stream.comments[-1] == "The server stops; come again."
