"""Each request has an id, taken or made, which the answer tells; streams and WebSockets pass as they are."""

from __future__ import annotations

from typing import Any

import pytest

from builders.traced import Kept
from honeyguide.telemetry.identified import Identified
from honeyguide.telemetry.told import told

Message = dict[str, Any]


async def asked(app: Any, kind: str = "http", path: str = "/add/secret-token", method: str = "GET", **headers: str) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await Identified(app)({"type": kind, "method": method, "path": path, "headers": raw}, receive, send)
    return sent


def id_in(message: Message) -> list[str]:
    return [value.decode() for name, value in message["headers"] if name == b"x-request-id"]


async def page(scope: Any, receive: Any, send: Any) -> None:
    one = told()
    assert one is not None
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-seen", one.request_id.encode())]})
    await send({"type": "http.response.body", "body": b"1", "more_body": True})
    await send({"type": "http.response.body", "body": b"2"})


async def test_a_plain_id_is_taken_and_any_other_made_anew() -> None:
    for given, taken in (
        ("till-7.2026_11", True),
        ("short", False),
        ("with space here", False),
        ("x" * 65, False),
        ("{evil}\x1b[31m", False),
    ):
        start, *_ = await asked(page, x_request_id=given)
        assert (id_in(start) == [given]) is taken and dict(start["headers"])[b"x-seen"].decode() == id_in(start)[0], given
    assert id_in((await asked(page))[0]) != id_in((await asked(page))[0])
    assert told() is None


async def test_an_answer_that_names_its_id_keeps_it_and_chunks_pass_one_by_one() -> None:
    async def own(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Request-Id", b"own-id-1")]})

    assert (await asked(own))[0]["headers"] == [(b"X-Request-Id", b"own-id-1")]
    assert [message.get("body") for message in (await asked(page))[1:]] == [b"1", b"2"]


async def test_a_websocket_passes_with_its_id_in_the_logs_alone() -> None:
    async def socket(scope: Any, receive: Any, send: Any) -> None:
        one = told()
        assert one is not None and one.request_id == "socket-id-1"
        await send({"type": "websocket.accept", "headers": []})

    assert await asked(socket, "websocket", x_request_id="socket-id-1") == [{"type": "websocket.accept", "headers": []}]


@pytest.mark.parametrize("method", ["GET", "EVIL-canary"])
async def test_the_span_of_a_page_has_no_path_and_no_word_of_the_client(traced: Kept, method: str) -> None:
    await asked(page, method=method, authorization="Bearer secret-token")

    (one,) = traced.all
    assert "secret-token" not in one.to_json() and "canary" not in one.to_json()
    assert one.attributes is not None and one.attributes["http.response.status_code"] == 200


async def test_health_and_metrics_make_no_spans(traced: Kept) -> None:
    await asked(page, path="/metrics")

    assert traced.all == []
