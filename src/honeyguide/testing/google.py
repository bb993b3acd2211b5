"""A Google Wallet simulator: tokens, loyalty classes and objects, the save page; as strict as the discovery document and the G rules."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from honeyguide.endings import ended
from honeyguide.testing.google_api import Api
from honeyguide.testing.google_batch import run_batch
from honeyguide.testing.google_books import Books, Changed, Resource
from honeyguide.testing.google_callbacks import Callbacks
from honeyguide.testing.google_errors import ApiRefused, Fail, error_response
from honeyguide.testing.google_jwt import Jwts
from honeyguide.testing.google_quota import Notifications, Rate
from honeyguide.testing.google_save import ACCOUNT, LinkRefused, check_holder, check_length, one_object, page, shown
from honeyguide.testing.google_tokens import SCOPE, Tokens
from honeyguide.testing.serving import Serving

__all__ = ["SCOPE", "Fail", "GoogleSimulator"]

_ROOT = "/walletobjects/v1"


class GoogleSimulator:
    """`await start()`, then point a client to `api_url`, `token_url`, `save_url` and `keys_url`; knows one service account by its key file.

    `script` what goes wrong next, `is_down = True` answers 503 to all, `latency` is the seconds until an answer (`google_latency()`),
    `review` what becomes of a class that is sent for review, `callbacks` what is told of saves and deletions.
    """

    def __init__(
        self,
        service_account: Path,
        *,
        issuer_id: str | None = None,
        per_second: int = 20,
        state_file: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        latency: Callable[[], float] | None = None,
        routes: list[BaseRoute] | None = None,
    ) -> None:
        account = json.loads(service_account.read_bytes())
        public = load_pem_private_key(account["private_key"].encode(), None).public_key()
        assert isinstance(public, RSAPublicKey)
        self.books, self.callbacks = Books(state_file), Callbacks(clock)
        self._tokens = Tokens(account["client_email"], public, clock)
        self.notifications = Notifications(clock)
        self.api = Api(self.books, self._tokens, Rate(per_second), self.notifications, issuer_id)
        self.api.latency = latency
        self._jwts = Jwts(self.api, self.books, account["client_email"], public, lambda: self.save_url)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.app = Starlette(routes=[*self._routes(), *(routes or [])], exception_handlers={ApiRefused: error_response})
        self.url = ""
        self._serving: Serving | None = None

    @property
    def classes(self) -> dict[str, Resource]:
        return self.books.classes

    @property
    def objects(self) -> dict[str, Resource]:
        return self.books.objects

    @property
    def calls(self) -> deque[tuple[str, str, int]]:
        return self.api.calls

    @property
    def tokens_issued(self) -> int:
        return self._tokens.issued

    @tokens_issued.setter
    def tokens_issued(self, count: int) -> None:
        self._tokens.issued = count

    @property
    def is_down(self) -> bool:
        return self.api.is_down

    @is_down.setter
    def is_down(self, down: bool) -> None:
        self.api.is_down = down

    @property
    def api_url(self) -> str:
        return f"{self.url}{_ROOT}"

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def save_url(self) -> str:
        return f"{self.url}/gp/v/save"

    @property
    def keys_url(self) -> str:
        """Where the keys are that verify callbacks."""
        return f"{self.url}/gp/m/issuer/keys"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._serving = await Serving.start(self.app, host, port)
        self.url = self._serving.url

    async def stop(self) -> None:
        await ended(*self._tasks)
        if self._serving is not None:
            await self._serving.stop()
        self.books.save()

    def script(self, *failures: Fail) -> None:
        """The next calls to the API fail so, in this order, one each; a burst is the same one many times."""
        self.api.failures.extend(failures)

    def forget_tokens(self) -> None:
        """Every access token stops working, as after a revocation."""
        self._tokens.forget()

    def watch(self, object_id: str, changed: Changed) -> None:
        """Be told of every change of an object, as a phone that holds it."""
        self.books.watch(object_id, changed)

    def decide(self, class_id: str, status: str) -> None:
        """The reviewers are done: APPROVED or REJECTED (G3)."""
        self.classes[class_id]["reviewStatus"] = status
        self.books.save_soon()

    async def delete(self, object_id: str) -> None:
        """The last phone that held a card removed it; Google tells the issuer."""
        self.objects[object_id]["hasUsers"] = False
        self.books.holders.pop(object_id, None)
        self.books.save_soon()
        await self.call_back(object_id, "del")

    async def call_back(self, object_id: str, event: str) -> None:
        """Tell the issuer of a `save` or `del` of this object, where its class says to."""
        class_id = self.objects[object_id]["classId"]
        if url := self.classes[class_id].get("callbackOptions", {}).get("url"):
            await self.callbacks.tell(url, class_id, object_id, event)

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/token", self._tokens.grant, methods=["POST"]),
            Route("/batch", self._batch, methods=["POST"]),
            Route("/gp/m/issuer/keys", self._keys, methods=["GET"]),
            Route("/gp/v/save/{token}", self._save_page, methods=["GET"]),
            *self._jwts.routes(_ROOT),
            *self.api.routes(_ROOT),
        ]

    async def _batch(self, request: Request) -> Response:
        return await run_batch(self.app, request)

    async def _keys(self, _: Request) -> Response:
        return JSONResponse(self.callbacks.signer.published(), headers={"cache-control": "public, max-age=3600"})

    async def _save_page(self, request: Request) -> Response:
        holder = request.headers.get(ACCOUNT, "")
        try:
            check_length(str(request.url))
            identifier, class_id = one_object(self._jwts.read(request.path_params["token"]))
            if identifier not in self.objects:
                raise LinkRefused("G11: the object was not inserted before")
            card = self.objects[identifier]
            if card["classId"] != class_id:
                raise LinkRefused("G11: the link names another class than the object has")
            check_holder(self.classes[class_id], card, self.books.holders.setdefault(identifier, set()), holder)
        except LinkRefused as error:
            return HTMLResponse(page("Something went wrong", {"Why": str(error)}), 400)
        card["hasUsers"] = True
        self.books.save_soon()
        task = asyncio.create_task(self.call_back(identifier, "save"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        fields = shown(self.classes[class_id], card, _language(request))
        return HTMLResponse(page(fields["Program"], fields), headers={"x-object-id": identifier})


def _language(request: Request) -> str:
    return request.headers.get("accept-language", "en").split(",")[0].split("-")[0].strip() or "en"
