"""Saves and deletions that Google tells of: once each, in any order, never believed unverified, and what follows for updates (G10, G18, G19)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from builders.google_signing import FAR, GoogleSigner
from honeyguide.egress import Egress
from honeyguide.identity.store import take_nonce
from honeyguide.testing.serving import Serving
from honeyguide.wallet.at_google.callbacks import GoogleCallbacks
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.at_google.keys import RootKeys
from honeyguide.wallet.google.client import SIMULATED_ISSUER
from honeyguide.wallet.store import PassRow

CALLBACK = "/wallet/google/callback"


@dataclass
class Google:
    """Google's key server, and a client that posts its callbacks to our route."""

    signer: GoogleSigner
    http: httpx.AsyncClient
    fetched: int = 0
    down: bool = False
    ahead: timedelta = timedelta(0)

    async def keys(self, _: Request) -> Response:
        self.fetched += 1
        return (
            Response(status_code=503) if self.down else JSONResponse(self.signer.keys(), headers={"cache-control": "public, max-age=3600"})
        )

    async def tell(self, event: str, row: PassRow, nonce: str, *, at: int = FAR, signer: GoogleSigner | None = None, **more: str) -> int:
        object_id, class_id = (
            f"{SIMULATED_ISSUER}.{row.key.pass_id.hex}",
            more.get("class_id", f"{SIMULATED_ISSUER}.grocer-and-fuel-membership"),
        )
        body = (signer or self.signer).callback(event, object_id, class_id, nonce=nonce, at=at)
        return (await self.http.post(CALLBACK, json=body)).status_code


@pytest_asyncio.fixture
async def google(shop, egress: Egress) -> AsyncIterator[Google]:
    told = Google(GoogleSigner(SIMULATED_ISSUER), httpx.AsyncClient())
    serving = await Serving.start(Starlette(routes=[Route("/keys", told.keys)]), "127.0.0.1", 0)
    clock = lambda: datetime.now(UTC) + told.ahead  # noqa: E731
    callbacks = GoogleCallbacks(
        shop.database, lambda: (SIMULATED_ISSUER,), RootKeys(f"{serving.url}/keys", egress, clock), take_nonce, clock
    )
    transport = httpx.ASGITransport(app=Starlette(routes=callbacks.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as told.http:
        yield told
    await serving.stop()


async def offered(shop, delivery: GoogleDelivery) -> tuple[Any, PassRow]:
    """A member whose card was offered by a link an hour and more ago, and who did not take it."""
    member = await shop.member()
    row = await shop.published_pass(member)
    assert await delivery.bring(row, patience=5)
    await shop.database.pool.execute("UPDATE google_object SET offered_at = '-infinity'")
    return member, row


async def state(shop, row: PassRow) -> tuple[bool, bool, str]:
    """Saved as far as we know, held, and the state of the pass."""
    found = await shop.database.pool.fetchrow(
        "SELECT saved, held, state FROM google_object JOIN pass USING (program_id, member_id, pass_id) WHERE pass_id = $1", row.key.pass_id
    )
    return tuple(found)  # type: ignore[return-value]


async def points_at_google(worker, row: PassRow) -> Any:
    return worker.google_simulator.objects[f"{SIMULATED_ISSUER}.{row.key.pass_id.hex}"]["loyaltyPoints"]["balance"]


async def test_g10_objects_that_nobody_saved_are_not_patched_and_nothing_is_lost_when_they_save_later(shop, worker, google) -> None:
    member, row = await offered(shop, worker.google)
    await shop.give(member, 10)
    await worker.deliver()  # Google says: no users
    await shop.give(member, 5)
    before = len(worker.google_simulator.calls)
    await worker.deliver()
    resting, patched = await state(shop, row), len(worker.google_simulator.calls) - before

    told = await google.tell("save", row, "n-1")
    worker.google_simulator.objects[f"{SIMULATED_ISSUER}.{row.key.pass_id.hex}"]["hasUsers"] = True
    await worker.google.round(Counter())
    await worker.delivery.settle()

    assert (resting, patched) == ((False, False, "ISSUED"), 0)
    assert told == 200
    assert await points_at_google(worker, row) == {"int": 15}
    assert await state(shop, row) == (True, True, "INSTALLED")


async def test_g10_a_lost_callback_is_made_up_for_after_a_week(shop, worker) -> None:
    member, row = await offered(shop, worker.google)
    await shop.give(member, 10)
    await worker.deliver()
    await shop.give(member, 5)
    await worker.deliver()
    worker.google_simulator.objects[f"{SIMULATED_ISSUER}.{row.key.pass_id.hex}"]["hasUsers"] = True  # and nobody told
    await shop.database.pool.execute("UPDATE google_object SET sent_at = sent_at - interval '8 days'")
    worker.google._swept_at -= timedelta(minutes=2)

    await worker.deliver()

    assert await points_at_google(worker, row) == {"int": 15}
    assert await state(shop, row) == (True, True, "ISSUED")


async def test_g19_repetitions_and_replays_change_nothing_and_a_del_before_its_save_leaves_the_last_word_to_google(
    shop, worker, google
) -> None:
    _, row = await offered(shop, worker.google)

    answers = [await google.tell("save", row, "n-1", at=FAR), await google.tell("del", row, "n-2", at=FAR + 2)]
    deleted = await state(shop, row)
    answers += [await google.tell("save", row, "n-1", at=FAR)]  # repeated
    repeated = await state(shop, row)
    answers += [await google.tell("save", row, "n-3", at=FAR + 1)]  # of before the del, and late
    late = await state(shop, row)
    answers += [await google.tell("save", row, "n-4", at=FAR + 3)]

    assert answers == [200] * 5
    assert deleted == repeated == (False, True, "ISSUED")
    assert late == (False, True, "ISSUED")  # held: the next patch asks Google
    assert await state(shop, row) == (True, True, "INSTALLED")
    assert await shop.database.pool.fetchval("SELECT count(*) FROM nonce") == 4


async def test_g18_g19_forged_and_foreign_callbacks_are_4xx_and_a_key_server_that_is_away_503(shop, worker, google) -> None:
    _, row = await offered(shop, worker.google)
    google.down = True
    away = await google.tell("save", row, "n-1")
    google.down = False

    stranger = GoogleSigner(SIMULATED_ISSUER)
    bodies: list[bytes] = [b"", b"null", b"\xff", b"x" * 30_000, json.dumps({"signature": "é"}).encode(), json.dumps([1]).encode()]
    refused = [(await google.http.post(CALLBACK, content=body)).status_code for body in bodies]
    refused += [
        await google.tell("save", row, "n-2", signer=stranger),
        await google.tell("save", row, "n-3", signer=GoogleSigner("42")),
        await google.tell("save", row, "n-4", class_id=f"{SIMULATED_ISSUER}.not-ours"),
    ]
    wrong_method = (await google.http.get(CALLBACK)).status_code

    assert away == 503
    assert refused == [400] * 9
    assert wrong_method == 405
    assert await state(shop, row) == (False, True, "ISSUED")
    assert await shop.database.pool.fetchval("SELECT count(*) FROM nonce") == 0


async def test_g18_keys_are_kept_and_new_ones_are_fetched_when_google_changes_them_but_not_for_every_stranger(shop, worker, google) -> None:
    _, row = await offered(shop, worker.google)
    await google.tell("save", row, "n-1")
    await google.tell("save", row, "n-2")
    kept = google.fetched
    google.signer, google.ahead = GoogleSigner(SIMULATED_ISSUER), timedelta(minutes=2)

    rotated = await google.tell("del", row, "n-3", at=FAR + 1)
    after_rotation = google.fetched
    strangers = [await google.tell("save", row, f"s-{n}", signer=GoogleSigner(SIMULATED_ISSUER)) for n in range(3)]

    assert (kept, rotated, after_rotation) == (1, 200, 2)
    assert strangers == [400] * 3
    assert google.fetched == 2


async def test_g18_robots_txt_admits_googlebot_on_the_path_of_callbacks_and_images_alone(google) -> None:
    lines = (await google.http.get("/robots.txt")).text.splitlines()

    assert lines == ["User-agent: *", f"Allow: {CALLBACK}", "Allow: /wallet/images/", "Disallow: /"]
