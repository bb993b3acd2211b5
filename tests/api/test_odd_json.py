"""JSON that parsers understand each in their own way is understood in one way here, or refused."""

from __future__ import annotations

import json

import httpx
import pytest

from builders.platform import GRAPHQL, Platform
from honeyguide.caller import Audience

NODE = "query ($id: ID!, $ids: [ID!]! = []) { node(id: $id) { id } nodes(ids: $ids) { id } }"
NODES = json.dumps(NODE).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"query": %s, "variables": {"id": NaN}}', "BAD_REQUEST"),
        (b'{"query": %s, "variables": {"id": -Infinity}}', "BAD_REQUEST"),
        (b'{"query": %s, "variables": {"id": 1e999}}', "BAD_REQUEST"),
        (b'{"query": %s, "variables": {"id": 1.5}}', "BAD_VARIABLES"),
        (b'{"query": %s, "variables": {"id": "\\ud800"}}', "BAD_REQUEST"),
        (b'{"query": %s, "variables": {"id": "\xed\xa0\x80"}}', "BAD_REQUEST"),
        (b'{"query": %s, "variables": {"id": "x", "id": null}}', "BAD_VARIABLES"),  # the last of a name counts
        (b'{"query": %s, "variables": {"id": "x"}, "variables": {}}', "BAD_VARIABLES"),
        (b'{"query": %s, "variables": {"id": "x"}, "query": "{"}', "PARSE_FAILED"),
        (b'{"query": %s, "variables": {"id": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}", "BAD_REQUEST"),
        (b'{"query": %s, "variables": {"id": ' + b'{"x": ' * 500 + b"1" + b"}" * 500 + b"}}", "BAD_VARIABLES"),
        (b'{"query": %s, "variables": {"id": "x", "ids": [' + b"null," * 9_000 + b"null]}}", "BAD_VARIABLES"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_odd_json_is_refused_with_a_code(platform: Platform, body: bytes, code: str) -> None:
    response = await post(platform, body.replace(b"%s", NODES))

    assert (response.status_code, {error["extensions"]["code"] for error in response.json()["errors"]}) == (400, {code})
    assert "data" not in response.json() and len(response.content) < 20_000


async def test_an_odd_id_is_an_unknown_one(platform: Platform) -> None:
    for odd in (
        b'"\\u0000"',
        b'"a\\u0000b"',
        b'"\xf0\x9f\xa6\x9c"',
        b'"\\u202e"',
        b"1e300",
        b"-123456789012345678901234567890",
        b'"' + b"x" * 60_000 + b'"',
    ):
        response = await post(platform, b'{"query": %s, "variables": {"id": %s}}' % (NODES, odd))

        codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
        assert codes == {"BAD_REQUEST"} if odd.isdigit() else response.json() == {"data": {"node": None, "nodes": []}}, (
            odd[:80],
            response.text,
        )


async def post(platform: Platform, body: bytes) -> httpx.Response:
    token = platform.token(Audience.OPERATOR, "olivia")
    headers = {"Authorization": f"Bearer {token}", "Accept": GRAPHQL, "Content-Type": "application/json"}
    return await platform.http.post("/operator/graphql", content=body, headers=headers)
