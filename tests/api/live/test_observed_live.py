"""Operations on a WebSocket are told as any other, each with an id of its own below the connection's."""

from __future__ import annotations

from builders.json_lines import json_logged
from builders.live_client import LiveClient
from builders.platform import Platform
from builders.traced import kept_spans
from honeyguide.caller import Audience
from honeyguide.serving.socket_protocol import SocketProtocol
from honeyguide.testing.serving import Serving


async def test_each_operation_on_a_websocket_has_a_line_and_a_trace(platform: Platform) -> None:
    token = platform.token(Audience.MEMBER, str(await platform.enrol()))
    serving = await Serving.start(platform.app, "127.0.0.1", 0, ws=SocketProtocol)
    with json_logged() as logged, kept_spans() as traced:
        client = await LiveClient.entered(f"{serving.url}/member/graphql", token, X_Request_Id="phone-0001")
        client.subscribe("query Canary { me { memberNumber } }")
        assert (await client.next())["memberNumber"] and (await client.hear())["type"] == "complete"
        client.subscribe("{ nothing }", "2")
        assert (await client.hear())["type"] == "error"
        client.gone()
        await serving.stop()

    told = [(line["request_id"], line["transport"], line["operation"], line["outcome"]) for line in logged.answered]
    assert told == [("phone-0001-1", "websocket", "me", "ok"), ("phone-0001-2", "websocket", "other", "bad_request")]
    assert traced.one("query me").parent is None and "Canary" not in traced.one("query me").to_json()
