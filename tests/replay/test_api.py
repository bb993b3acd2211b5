"""The client is patient where the server asks for patience, and says plainly when it gives up."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from honeyguide.replay.api import ANSWER_SECONDS, PATIENCE_SECONDS, Api, ApiAway, ApiRefused, Credentials
from honeyguide.replay.figures import PROOF_SECONDS

DATA = {"data": {"answer": 42}}


def api(*answers: httpx.Response | Exception, patience: float = 60) -> tuple[Api, list[httpx.Request]]:
    """A partner's API before a server that gives these answers one after the other, and tokens to whoever asks."""
    left, seen = list(answers), list[httpx.Request]()
    tokens = iter(("first", "second", "third"))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": next(tokens)})
        seen.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Api(http, "http://server", "partner", Credentials("someone", "secret"), patience=patience), seen


async def test_a_token_that_is_over_is_replaced() -> None:
    asked, seen = api(httpx.Response(401), httpx.Response(200, json=DATA))

    data = await asked.ask("query { answer }")

    assert data == {"answer": 42}
    assert [request.headers["authorization"] for request in seen] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize(
    "hindrance",
    [
        lambda: httpx.Response(429, headers={"Retry-After": "0"}),
        lambda: httpx.Response(503, headers={"Retry-After": "0"}),
        lambda: httpx.ConnectError("refused"),
        lambda: httpx.ReadError("killed"),
    ],
    ids=["throttled", "unavailable", "not there", "killed while answering"],
)
async def test_a_hindrance_is_waited_out(hindrance: Callable[[], httpx.Response | Exception]) -> None:
    asked, seen = api(hindrance(), httpx.Response(200, json=DATA))

    data = await asked.ask("query { answer }")

    assert data == {"answer": 42}
    assert seen[0].content == seen[1].content


async def test_an_answer_that_does_not_come_is_asked_for_again_and_the_proof_is_waited_for() -> None:
    asked, seen = api(httpx.ReadTimeout("slow"), *[httpx.Response(200, json=DATA)] * 2)

    await asked.ask("query { answer }")
    await asked.ask("query { proof }", seconds=PROOF_SECONDS)

    assert [request.extensions["timeout"]["read"] for request in seen] == [ANSWER_SECONDS, ANSWER_SECONDS, PROOF_SECONDS]
    assert ANSWER_SECONDS * 2 < PATIENCE_SECONDS


async def test_a_server_that_stays_away_is_given_up() -> None:
    asked, _ = api(*[httpx.ConnectError("refused")] * 3, patience=0)

    with pytest.raises(ApiAway, match="http://server does not answer"):
        await asked.ask("query { answer }")


async def test_a_refusal_is_told_and_not_tried_again() -> None:
    asked, seen = api(httpx.Response(400, json={"errors": [{"message": "no such field"}]}))

    with pytest.raises(ApiRefused, match="no such field"):
        await asked.ask("query { nonsense }")

    assert len(seen) == 1


async def test_no_secret_is_shown() -> None:
    asked, _ = api(httpx.Response(200, json=DATA))
    await asked.ask("query { answer }")

    assert "secret" not in repr(asked)
    assert "first" not in repr(asked)
