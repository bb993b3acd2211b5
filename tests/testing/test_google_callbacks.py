"""The Google simulator's callbacks are what our verifier takes and what it must not take."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.testing.google import GoogleSimulator
from honeyguide.testing.google_callbacks import Callbacks
from honeyguide.testing.serving import Serving
from honeyguide.wallet.google.account import development_service_account
from honeyguide.wallet.google.callback import CallbackInvalid, read_callback, root_keys, verified

ISSUER, NOW = "3388", datetime(2026, 7, 1, tzinfo=UTC)
CLASS, OBJECT = f"{ISSUER}.club", f"{ISSUER}.o1"


@pytest.fixture(scope="module")
def callbacks() -> Callbacks:
    return Callbacks(lambda: NOW)


def heard(callbacks: Callbacks, body: bytes, now: datetime = NOW) -> Any:
    roots = root_keys(json.dumps(callbacks.signer.published()).encode())
    return verified(read_callback(body), roots, ISSUER, now)


@pytest.mark.parametrize("event", ["save", "del"])
def test_g18_a_callback_is_believed(callbacks: Callbacks, event: str) -> None:
    told = heard(callbacks, callbacks.body(CLASS, OBJECT, event))

    assert (told.class_id, told.object_id, told.is_saved) == (CLASS, OBJECT, event == "save")


def test_g18_lengths_count_bytes_so_a_message_that_is_not_ascii_verifies(callbacks: Callbacks) -> None:
    assert heard(callbacks, callbacks.body(CLASS, OBJECT, "save", nonce="Grüße-☕")).nonce == "Grüße-☕"


def test_g18_keys_rotate_and_what_either_root_signed_is_believed() -> None:
    callbacks = Callbacks(lambda: NOW)
    before = callbacks.body(CLASS, OBJECT, "save")
    callbacks.signer.rotate()

    assert heard(callbacks, before).is_saved
    assert heard(callbacks, callbacks.body(CLASS, OBJECT, "save")).is_saved


@pytest.mark.parametrize(
    ("changes", "later"),
    [
        ({"issuer_id": "9999"}, timedelta()),  # sealed for another issuer
        ({"classId": "9999.club"}, timedelta()),
        ({"expTimeMillis": 1}, timedelta()),
        ({}, timedelta(hours=2)),  # a replay of long ago
        ({}, timedelta(days=8)),  # the intermediate key ended
        ({"eventType": "loan"}, timedelta()),
        ({"nonce": None}, timedelta()),
    ],
)
def test_g19_what_is_not_for_us_or_not_of_now_is_refused(callbacks: Callbacks, changes: dict[str, Any], later: timedelta) -> None:
    body = callbacks.body(CLASS, OBJECT, "save", **changes)

    with pytest.raises(CallbackInvalid):
        heard(callbacks, body, NOW + later)


def test_g18_the_keys_of_another_signer_verify_nothing(callbacks: Callbacks) -> None:
    with pytest.raises(CallbackInvalid, match="intermediate signature"):
        heard(callbacks, Callbacks(lambda: NOW).body(CLASS, OBJECT, "save"))


@asynccontextmanager
async def hearing(*statuses: int) -> AsyncIterator[tuple[str, list[bytes]]]:
    """An issuer that answers so, then 200 for ever."""
    bodies, answers = list[bytes](), list(statuses)

    async def receive(request: Request) -> Response:
        bodies.append(await request.body())
        return Response(status_code=answers.pop(0) if answers else 200)

    serving = await Serving.start(Starlette(routes=[Route("/callback", receive, methods=["POST"])]), "127.0.0.1", 0)
    yield f"{serving.url}/callback", bodies
    await serving.stop()


async def test_g19_saving_and_deleting_calls_the_issuer_until_it_answers_200_as_often_as_scripted(tmp_path: Path) -> None:
    google = GoogleSimulator(development_service_account(tmp_path), issuer_id=ISSUER)
    await google.start()
    google.callbacks.pauses = (0.01, 0.01, 0.01)
    async with hearing(503, 500) as (url, bodies):
        google.classes[CLASS] = {"id": CLASS, "callbackOptions": {"url": url}}
        google.objects[OBJECT] = {"id": OBJECT, "classId": CLASS, "hasUsers": True}
        google.callbacks.script(1, 2, 0)
        await google.call_back(OBJECT, "save")
        await google.delete(OBJECT)
        await google.call_back(OBJECT, "save")
        replayed = await google.callbacks.replay()
        async with httpx.AsyncClient() as http:
            keys = await http.get(google.keys_url)
    await google.stop()

    assert [json.loads(json.loads(body)["signedMessage"])["eventType"] for body in bodies] == ["save"] * 3 + ["del"] * 4 + ["save"]
    assert len(set(bodies)) == 2
    assert [one.attempts for one in google.callbacks.log][:3] == [3, 1, 1]
    assert len(replayed) == 3
    assert len(root_keys(keys.content)) == 1
