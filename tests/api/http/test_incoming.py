"""Bodies that do not come, or come drop by drop, end with 408."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.requests import Request

from honeyguide.api.http.incoming import FORGOTTEN, check_parameters, read_parameters
from honeyguide.api.http.media import GRAPHQL, accepted_type
from honeyguide.api.problems import HttpProblem

BODY = b'{"query": "{ me { id } }"}'


def request(chunks: Sequence[bytes], pause: float) -> Request:
    """Each chunk after a pause, then silence."""
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause if waiting else 60)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": True}

    return Request({"type": "http", "method": "POST", "headers": [], "query_string": b""}, receive)


@pytest.mark.parametrize(("chunks", "pause"), [([], 0), ([BODY], 0), ([bytes([byte]) for byte in BODY], 0.02)])
async def test_a_body_that_does_not_come_in_time_is_408_and_the_connection_ends(chunks: list[bytes], pause: float) -> None:
    with pytest.raises(HttpProblem) as refused:
        await read_parameters(request(chunks, pause), 100_000, patience=0.1)

    problem = refused.value
    assert (problem.status, problem.code, problem.headers) == (408, "BODY_TOO_SLOW", {"Connection": "close"})


async def test_a_large_body_that_keeps_coming_has_more_time() -> None:
    chunks = [b" " * 20_000] * 3 + [BODY]
    waiting = [*chunks]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.06)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    asked = Request({"type": "http", "method": "POST", "headers": [], "query_string": b""}, receive)

    parameters, size = await read_parameters(asked, 100_000, patience=0.1)

    assert (parameters["query"], size) == ("{ me { id } }", 60_000 + len(BODY))


@pytest.mark.parametrize(("size", "is_read"), [(300_000, True), (2 * FORGOTTEN, False)])
async def test_a_body_that_is_too_large_is_read_on_so_that_its_sender_sees_the_answer_but_not_without_end(size: int, is_read: bool) -> None:
    waiting = [b" " * 50_000] * (size // 50_000)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(), "more_body": bool(waiting)}

    asked = Request({"type": "http", "method": "POST", "headers": [], "query_string": b""}, receive)

    with pytest.raises(HttpProblem) as refused:
        await read_parameters(asked, 100_000)

    assert (refused.value.status, refused.value.code, not waiting) == (413, "BODY_TOO_LARGE", is_read)


def test_thousands_of_ranges_in_accept_are_not_read_for_half_a_second() -> None:
    def accepts(header: str) -> Request:
        return Request({"type": "http", "method": "GET", "headers": [(b"accept", header.encode())], "query_string": b""})

    assert accepted_type(accepts("a/b," * 20 + GRAPHQL)) == GRAPHQL
    with pytest.raises(HttpProblem) as refused:
        accepted_type(accepts("a/b," * 15_000 + GRAPHQL))
    assert refused.value.status == 406


def test_h7_a_document_as_large_as_a_batch_is_not_even_parsed() -> None:
    check_parameters({"query": "#" * 100_000})

    with pytest.raises(HttpProblem) as refused:
        check_parameters({"query": "#" * 100_001})
    assert refused.value.status == 413
