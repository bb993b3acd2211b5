"""graphql-transport-ws (L1): who gets in, what runs, and a code for each thing that can be wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from starlette.routing import WebSocketRoute
from starlette.types import Message, Receive, Scope, Send

from builders.clock import Clock
from builders.live_client import BINARY, TEXT, LiveClient, Refused
from builders.platform import Platform, running_platform
from builders.subscriber import ACCOUNTS, ACTIVITY, TIER
from honeyguide.api.limits import MAX_BODY
from honeyguide.api.live import lives, socket
from honeyguide.api.live.connection import Bounds
from honeyguide.api.live.socket import Socket, SocketGone
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.identity.keys import issuer_of, key_ring_of
from honeyguide.identity.sessions.refresh_token import RefreshToken
from honeyguide.identity.sessions.store import insert_session
from honeyguide.identity.tokens import issue_token
from honeyguide.serving.socket_protocol import SocketProtocol
from honeyguide.testing.serving import Serving

END_SESSION = "mutation ($input: EndSessionInput!) { endSession(input: $input) { ended } }"
REVOKE = "mutation ($input: RevokeCredentialInput!) { revokeCredential(input: $input) { __typename } }"


@dataclass
class Live:
    """A server on a socket, and a member."""

    platform: Platform
    url: str
    anna: UUID
    token: str

    def path(self, audience: Audience) -> str:
        return f"{self.url}/{audience}/graphql"

    @property
    def member(self) -> str:
        return self.path(Audience.MEMBER)

    async def entered(self) -> LiveClient:
        return await LiveClient.entered(self.member, self.token)

    def token_for(self, seconds: float, **more: object) -> str:
        caller = Caller(Audience.MEMBER, self.platform.program_id, str(self.anna), **more)  # type: ignore[arg-type]
        settings = self.platform.settings
        return issue_token(
            key_ring_of(settings), issuer=issuer_of(settings), caller=caller, now=self.platform.clock(), lifetime=timedelta(seconds=seconds)
        )


@pytest_asyncio.fixture
async def live(database: Database, database_url: str, home: Path) -> AsyncIterator[Live]:
    async with running_platform(
        database, database_url, home, clock=Clock(datetime.now(UTC)), cors_origins="https://app.example"
    ) as platform:
        anna = await platform.enrol()
        await platform.post("10.00")
        more = {"ws": SocketProtocol, "ws_max_size": MAX_BODY, "ws_per_message_deflate": False}
        serving = await Serving.start(platform.app, "127.0.0.1", 0, **more)
        try:
            yield Live(platform, serving.url, anna, platform.token(Audience.MEMBER, str(anna)))
        finally:
            await serving.stop()


async def test_l1_a_token_in_connection_init_or_in_the_header_lets_in(live: Live) -> None:
    ways = (
        {"Authorization": f"Bearer {live.token}"},
        {"authorization": live.token},
        {"headers": {"authorization": f"bearer {live.token}"}},
        {"authToken": live.token},
        {"token": live.token},
    )
    for payload in ways:
        client = await LiveClient.connect(live.member)
        client.say({"type": "connection_init", "payload": payload})
        assert await client.hear() == {"type": "connection_ack"}
        client.gone()
    by_header = await LiveClient.connect(live.member, Authorization=f"Bearer {live.token}")
    by_header.say({"type": "connection_init"})

    assert by_header.subprotocol == "graphql-transport-ws"
    assert await by_header.hear() == {"type": "connection_ack"}


async def test_l1_three_subscriptions_a_query_and_a_mutation_share_a_connection(live: Live) -> None:
    client = await live.entered()
    for id, document in (("a", ACCOUNTS), ("b", ACTIVITY), ("t", TIER)):
        client.subscribe(document, id)
    first = {message["id"]: message["payload"]["data"] for message in [await client.hear() for _ in range(3)]}

    await live.platform.post("20.00")
    second = {message["id"]: message["payload"]["data"] for message in [await client.hear() for _ in range(2)]}
    client.subscribe("{ me { displayName version } }", "q")
    query = [await client.hear(), await client.hear()]
    client.subscribe("mutation { removePin { __typename } }", "m")
    mutation = [await client.hear(), await client.hear()]
    client.say({"type": "complete", "id": "a"})
    client.say({"type": "ping"})
    pong = await client.hear()
    client.subscribe("{ program { version } }", "a")  # the id is free again

    assert (first["a"]["accountChanged"]["available"], first["b"]["activityAdded"]["quantity"]) == ("10", "10")
    assert first["t"]["tierChanged"]["tier"]["code"] == "fledgling"
    assert (second["a"]["accountChanged"]["available"], second["b"]["activityAdded"]["quantity"]) == ("30", "20")
    assert [message["type"] for message in (*query, *mutation)] == ["next", "complete"] * 2
    assert pong == {"type": "pong"}
    assert (await client.hear())["type"] == "next"


async def test_l1_bad_tokens_none_and_those_of_other_audiences_are_closed(live: Live) -> None:
    async def closed(payload: object, audience: Audience = Audience.MEMBER) -> int:
        client = await LiveClient.connect(live.path(audience))
        client.say({"type": "connection_init", "payload": payload})
        return (await client.closed()).code

    other = live.platform.token(Audience.OPERATOR, "olivia")
    assert await closed({}) == 4401
    assert await closed({"Authorization": "Bearer x"}) == 4403
    assert await closed({"Authorization": f"Bearer {other}"}) == 4403
    assert await closed({"Authorization": f"Bearer {live.token}"}, Audience.PARTNER) == 4403
    assert await closed({"Authorization": f"Bearer {live.token_for(-60)}"}) == 4403


async def test_l1_a_token_that_ends_closes_its_connection_at_that_moment(live: Live) -> None:
    live.platform.clock.now = live.platform.clock.now.replace(microsecond=0)
    client = await LiveClient.entered(live.member, live.token_for(1))
    client.subscribe(ACCOUNTS)
    await client.next()

    closed = await client.closed()

    assert (closed.code, closed.reason) == (4403, "The token has ended.")
    assert len(live.platform.services.lives) == 0


async def test_l1_a_session_that_its_member_ends_and_a_credential_that_the_operator_takes_back_are_closed_at_once(live: Live) -> None:
    platform, session = live.platform, uuid4()
    async with platform.services.database.transaction() as connection:
        token = RefreshToken(platform.program_id, live.anna, session, 0, b"x" * 32)
        await insert_session(connection, token, "Lost phone", platform.clock())
    await platform.partner_token("grocer")
    grocer = platform.partners["grocer"]
    till_token = platform.token(Audience.PARTNER, str(grocer["partner_id"]), credential_id=grocer["clientId"])
    phone = await LiveClient.entered(live.member, live.token_for(600, session_id=session))
    till = await LiveClient.entered(live.path(Audience.PARTNER), till_token)
    other = await live.entered()

    other.subscribe(END_SESSION, variables={"input": {"id": str(session)}})
    assert (await other.next())["ended"] == 1
    await platform.as_operator(REVOKE, {"input": {"clientId": grocer["clientId"]}})

    assert [(one.code, one.reason) for one in (await phone.closed(), await till.closed())] == [(4403, "The token was taken back.")] * 2
    assert (await other.hear())["type"] == "complete"
    other.say({"type": "ping"})
    assert await other.hear() == {"type": "pong"}


async def test_l1_the_old_protocol_is_refused_and_so_are_foreign_pages(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    for subprotocol in ("graphql-ws", None):
        old = await LiveClient.connect(live.member, subprotocol)
        assert (old.subprotocol, (await old.closed()).code) == (None, 4406)
    with pytest.raises(Refused) as refused:
        await LiveClient.connect(live.member, Origin="https://evil.example")
    for host in ("x", ""):
        with pytest.raises(Refused):
            await LiveClient.connect(live.member, Origin="null", Host=host)
    ours = [await LiveClient.connect(live.member, Origin=origin) for origin in (live.url, "https://app.example")]

    assert refused.value.status == 403 and json.loads(refused.value.body)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert {client.subprotocol for client in ours} == {"graphql-transport-ws"}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]  # or anybody could fill the log with errors


ODD: dict[str, tuple[object, int]] = {
    "no JSON": ("{", 4400),
    "a list": ("[]", 4400),
    "a number": ("1", 4400),
    "no type": ("{}", 4400),
    "an unknown type": ('{"type": "start", "id": "1", "payload": {}}', 4400),
    "a type that is no text": ('{"type": []}', 4400),
    "an id that is no text": ('{"type": "subscribe", "id": ["1"], "payload": {}}', 4400),
    "no id": ('{"type": "subscribe", "payload": {"query": "{ me { id } }"}}', 4400),
    "a long id": (json.dumps({"type": "complete", "id": "x" * 129}), 4400),
    "a payload that is no object": ('{"type": "subscribe", "id": "1", "payload": "{ me { id } }"}', 4400),
    "a payload of init that is no object": ('{"type": "connection_init", "payload": [1]}', 4400),
    "a second init": ('{"type": "connection_init"}', 4429),
    "deep JSON": ("[" * 50_000, 4400),
    "binary": (b"\x00\x01", 4400),
    "text that is no UTF-8": (b"\xff\xfe{", 1007),
    "more than 100 kB": ('{"type": "ping", "payload": {"x": "' + "x" * MAX_BODY + '"}}', 1009),
}


async def test_odd_messages_are_closed_each_with_its_code_and_never_a_stack(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    met = {}
    for name, (message, _) in ODD.items():
        client = await live.entered()
        if isinstance(message, bytes):
            client.frame(BINARY if name == "binary" else TEXT, message)
        else:
            client.frame(TEXT, str(message).encode())
        met[name] = (await client.closed()).code
    early, twice = await LiveClient.connect(live.member), await live.entered()
    early.subscribe(ACCOUNTS)
    twice.subscribe(ACCOUNTS, "same")
    twice.subscribe(ACCOUNTS, "same")

    assert met == {name: code for name, (_, code) in ODD.items()}
    assert ((await early.closed()).code, (await twice.closed()).code) == (4401, 4409)
    assert not [record for record in caplog.records if record.exc_info]


async def test_what_is_wrong_with_an_operation_is_told_and_the_connection_goes_on(live: Live) -> None:
    client = await live.entered()
    wrong = {
        "syntax": ({"query": "{"}, "PARSE_FAILED"),
        "schema": ({"query": "subscription { balanceChanged }"}, "VALIDATION_FAILED"),
        "two fields": ({"query": "subscription { accountChanged { id } tierChanged { since } }"}, "VALIDATION_FAILED"),
        "nothing": ({}, "BAD_REQUEST"),
        "no text": ({"query": 1}, "BAD_REQUEST"),
        "variables": ({"query": ACTIVITY, "variables": []}, "BAD_REQUEST"),
        "an unknown id": ({"documentId": "sha256:" + "0" * 64}, "PERSISTED_DOCUMENT_NOT_FOUND"),
        "a cursor": ({"query": ACTIVITY, "variables": {"after": "nonsense"}}, "BAD_ARGUMENT"),
    }

    met = {}
    for name, (payload, _) in wrong.items():
        client.say({"id": name, "type": "subscribe", "payload": payload})
        message = await client.hear()
        met[name] = (message["type"], message["payload"][0]["extensions"]["code"])
        assert message["payload"][0]["extensions"]["requestId"]
    client.subscribe(ACCOUNTS)

    assert met == {name: ("error", code) for name, (_, code) in wrong.items()}
    assert (await client.next())["available"] == "10"


async def test_a_trusted_document_serves_a_subscription(live: Live) -> None:
    manifest = json.loads((Path(__file__).parents[3] / "schema/operations/member.manifest.json").read_text())
    tier = next(one for one in manifest["operations"] if one["name"] == "Tier")
    client = await live.entered()

    client.say({"id": "1", "type": "subscribe", "payload": {"documentId": f"sha256:{tier['id']}"}})
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": tier["id"]}}
    client.say({"id": "2", "type": "subscribe", "payload": {"extensions": extensions}})

    assert (await client.next())["tier"]["code"] == (await client.next())["tier"]["code"] == "fledgling"


async def test_l1_a_caller_has_ten_connections_a_connection_twenty_operations_and_a_process_its_bound(
    live: Live,
) -> None:
    clients = [await live.entered() for _ in range(10)]
    eleventh = await LiveClient.connect(live.member)
    eleventh.say({"type": "connection_init", "payload": {"token": live.token}})
    assert (await eleventh.closed()).code == 4421
    for number in range(21):
        clients[0].subscribe(TIER, str(number))
    heard = [await clients[0].hear() for _ in range(21)]
    [error] = [message for message in heard if message["type"] == "error"]
    for _ in range(101):
        clients[1].say({"type": "pong"})
    assert (await clients[1].closed()).code == 4420
    live.platform.services.lives._most = 9
    with pytest.raises(Refused) as refused:
        await LiveClient.connect(live.member)

    assert error["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
    assert refused.value.status == 503


async def test_l1_who_does_not_say_who_it_is_in_time_is_closed(live: Live) -> None:
    views = [route.app for route in live.platform.app.router.routes if isinstance(route, WebSocketRoute)]
    for view in views:
        view._bounds = Bounds(init_seconds=0.1)  # type: ignore[attr-defined]
    client = await LiveClient.connect(live.member)

    assert (await client.closed()).code == 4408


async def test_l1_where_too_many_say_nothing_the_one_that_had_the_longest_time_goes_and_nobody_else(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no bound by address: all of a carrier's phones may share one."""
    monkeypatch.setattr(lives, "MOST_UNKNOWN", 3)
    live.platform.services.lives._most = 3
    known = await live.entered()
    silent = [await LiveClient.connect(live.member) for _ in range(4)]

    late = await live.entered()

    assert [(await one.closed()).code for one in silent[:2]] == [4408, 4408]
    for client in (known, late):
        client.say({"type": "ping"})
        assert await client.hear() == {"type": "pong"}
    for client in silent[2:]:
        client.say({"type": "connection_init", "payload": {"token": live.token}})
    assert await silent[2].hear() == {"type": "connection_ack"}
    assert (await silent[3].closed()).code == 1013  # the process has as many as it may by now


async def test_l1_who_does_not_read_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "SEND_SECONDS", 0.05)
    met: list[Exception] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def full(message: Message) -> None:
            """A connection whose reader takes nothing."""
            await asyncio.Event().wait()

        await receive()
        await send({"type": "websocket.accept"})
        try:
            await Socket(scope, receive, full).send("what nobody takes")
        except SocketGone as gone:
            met.append(gone)

    serving = await Serving.start(app, "127.0.0.1", 0, ws=SocketProtocol)
    client = await LiveClient.connect(serving.url, None)
    closed = await client.closed()
    await serving.stop()

    assert closed.code == 1006 and len(met) == 1
