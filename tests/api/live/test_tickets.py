"""The one-time ticket of an EventSource, and streams whose token ends: never a token in a URL."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

import orjson
import pytest

from builders.event_source import Place
from builders.platform import Platform
from builders.subscriber import ACCOUNTS
from honeyguide.caller import Audience, Caller
from honeyguide.identity.keys import issuer_of, key_ring_of
from honeyguide.identity.tokens import issue_token

ME = "{ me { accounts { available } } }"
REVOKE = "mutation ($input: RevokeCredentialInput!) { revokeCredential(input: $input) { __typename } }"


def short_token(platform: Platform, member_id: object, seconds: int) -> str:
    ring, caller = key_ring_of(platform.settings), Caller(Audience.MEMBER, platform.program_id, str(member_id))
    lifetime = timedelta(seconds=seconds)
    return issue_token(ring, issuer=issuer_of(platform.settings), caller=caller, now=platform.clock(), lifetime=lifetime)


async def test_a_ticket_in_the_address_opens_one_stream_once_and_no_token_is_ever_in_a_url(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    anna, browser = place.member(await place.platform.enrol()), place.event_source()
    bert = place.member(await place.platform.enrol("bert@example.test"))
    await place.platform.post("10.00")
    many, one, twin, late, stolen = [await anna.ticket() for _ in range(5)]
    kept = await place.platform.services.database.pool.fetch("SELECT * FROM event_stream")

    async with browser.opened(token=many) as stream:
        sent = await anna.send(many, ME)
        told = await stream.rest_of("1")
        replayed_open = await browser.get(token=many)
    async with browser.opened(token=one, query=ACCOUNTS) as alone:
        snapshot = await alone.data()
        replayed_one = [await browser.get(token=one, query=ACCOUNTS), await browser.get(token=one), await anna.send(one, ME)]
    by_hash = await browser.get(token=twin, documentId="sha256:" + "0" * 64)
    others = [
        await bert.get(token=stolen, query=ME),  # with a token beside it, the ticket must be its own
        await place.event_source(Audience.PARTNER).get(token=stolen, query="{ __typename }"),
    ]
    place.platform.clock.move(seconds=61)
    lapsed = await browser.get(token=late, query=ME)

    assert sent.status_code == 202 and [event.name for event in told] == ["next", "complete"]
    assert replayed_open.status_code == 409 and [response.status_code for response in replayed_one] == [404] * 3
    assert snapshot["data"]["accountChanged"]["available"] == "10"
    assert by_hash.status_code == 200 and "PERSISTED_DOCUMENT_NOT_FOUND" in by_hash.text  # it names a document as POST does
    assert [response.status_code for response in (*others, lapsed)] == [404] * 3
    # What is kept of a ticket opens nothing, and tells nobody whose it is.
    assert {row["token_hash"] for row in kept} == {hashlib.sha256(ticket.encode()).digest() for ticket in (many, one, twin, late, stolen)}
    assert not any(str(ticket).encode() in row["caller"] for row in kept for ticket in (many, anna.token))
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert not any(ticket in line for line in ours for ticket in (many, one, twin, late))


async def test_no_page_can_use_what_it_cannot_know(place: Place) -> None:
    anna = place.member(await place.platform.enrol())
    ticket = await anna.ticket()
    page = place.event_source()

    answers = [
        await page.get(query=ME),
        await page.get(token="x" * 43, query=ME),
        await page.http.get(page.path, params={"token": ticket, "query": ME}),  # no stream is wished for
        await page.http.post(page.path, params={"token": ticket}, content="{}", headers={"Content-Type": "text/plain"}),
        await page.http.put(page.path),
        await page.http.delete(page.path, params={"token": ticket, "operationId": "1"}),
        await anna.http.get(anna.path, params={"token": ticket, "query": ME}, headers=anna.headers(Accept="text/event-stream, */*")),
    ]

    assert [answer.status_code for answer in answers] == [400, 404, 400, 415, 401, 401, 400]


async def test_l1_a_stream_ends_with_its_token_without_complete_so_that_its_client_comes_again(place: Place) -> None:
    platform = place.platform
    member_id = await platform.enrol()
    await platform.post("10.00")
    token = short_token(platform, member_id, 2)
    anna = place.caller(Audience.MEMBER, token)
    tickets = [await anna.ticket(), await anna.ticket()]
    platform.clock.move(seconds=1.8)

    async with anna.asked(ACCOUNTS) as distinct, anna.opened(tickets[0]) as single:
        await distinct.data()
        await anna.send(tickets[0], ACCOUNTS)
        await single.data()
        ends = await distinct.rest(), await single.rest()
    platform.clock.move(seconds=6)
    again = [await anna.reserve(), await place.event_source().get(token=tickets[1])]

    assert ends == ([], [])
    assert distinct.comments[-1] == single.comments[-1] == "The token has ended."
    assert [response.status_code for response in again] == [401, 401]
    assert all("www-authenticate" in response.headers for response in again)


async def test_l1_a_stream_ends_at_once_when_its_credential_is_taken_back(place: Place) -> None:
    platform = place.platform
    await platform.partner_token("grocer")
    grocer = platform.partners["grocer"]
    token = platform.token(Audience.PARTNER, str(grocer["partner_id"]), credential_id=grocer["clientId"])
    till = place.caller(Audience.PARTNER, token)
    tickets = [await till.ticket(), await till.ticket()]

    async with till.opened(tickets[0]) as stream:
        await platform.as_operator(REVOKE, {"input": {"clientId": grocer["clientId"]}})
        rest = await stream.rest()
    again = [await till.reserve(), await place.event_source(Audience.PARTNER).get(token=tickets[1])]

    assert rest == [] and stream.comments[-1] == "The token was taken back."
    assert [orjson.loads(response.content)["errors"][0]["extensions"]["code"] for response in again] == ["UNAUTHENTICATED"] * 2
