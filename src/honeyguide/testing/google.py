"""A Google Wallet simulator: tokens, loyalty classes and objects, the save page; as strict as the discovery document and the G rules."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from honeyguide.endings import ended
from honeyguide.testing.google_callbacks import Callbacks
from honeyguide.testing.google_errors import ApiRefused, Fail, error_response, scripted
from honeyguide.testing.google_rules import class_findings, merge, object_findings
from honeyguide.testing.google_save import LinkRefused, check_link, page, shown
from honeyguide.testing.google_schema import findings
from honeyguide.testing.serving import Serving

Changed = Callable[[dict[str, Any], dict[str, Any], bool], Awaitable[None]]  # class, object, whether Google notifies
SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
_KINDS = {"loyaltyClass": "LoyaltyClass", "loyaltyObject": "LoyaltyObject"}


class GoogleSimulator:
    """`await start()`, then point a client to `api_url`, `token_url` and `save_url`; knows one service account by its JSON key file."""

    def __init__(
        self,
        service_account: Path,
        *,
        issuer_id: str | None = None,
        per_second: int = 20,
        state_file: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        routes: list[BaseRoute] | None = None,
    ) -> None:
        account = json.loads(service_account.read_bytes())
        self._email: str = account["client_email"]
        public = load_pem_private_key(account["private_key"].encode(), None).public_key()
        assert isinstance(public, RSAPublicKey)
        self._key = public
        self._issuer_id, self._per_second, self._clock = issuer_id, per_second, clock
        self._state_file = state_file
        self.classes: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.calls: deque[tuple[str, str, int]] = deque(maxlen=10_000)
        self.tokens_issued = 0
        self.callbacks = Callbacks(clock)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._tokens: dict[str, datetime] = {}
        self._notified: dict[str, list[datetime]] = {}
        self._times: deque[float] = deque()
        self._script: deque[Fail] = deque()
        self._watchers: dict[str, list[Changed]] = {}
        self._dirty = False
        self.app = Starlette(routes=[*self._routes(), *(routes or [])], exception_handlers={ApiRefused: error_response})
        self.url = ""
        self._serving: Serving | None = None
        self._load()

    @property
    def api_url(self) -> str:
        return f"{self.url}/walletobjects/v1"

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
        self._save()

    def script(self, *failures: Fail) -> None:
        """The next calls to the API fail so, in this order, one each."""
        self._script.extend(failures)

    def forget_tokens(self) -> None:
        """Every access token stops working, as after a revocation."""
        self._tokens.clear()

    def watch(self, object_id: str, changed: Changed) -> None:
        """Be told of every change of an object, as a phone that holds it."""
        self._watchers.setdefault(object_id, []).append(changed)

    async def delete(self, object_id: str) -> None:
        """The last phone that held a card removed it; Google tells the issuer."""
        self.objects[object_id]["hasUsers"] = False
        self._save_soon()
        await self.call_back(object_id, "del")

    async def call_back(self, object_id: str, event: str) -> None:
        """Tell the issuer of a `save` or `del` of this object, where its class says to."""
        class_id = self.objects[object_id]["classId"]
        if url := self.classes[class_id].get("callbackOptions", {}).get("url"):
            await self.callbacks.tell(url, class_id, object_id, event)

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/gp/m/issuer/keys", self._keys, methods=["GET"]),
            Route("/token", self._token, methods=["POST"]),
            Route("/gp/v/save/{token}", self._save_page, methods=["GET"]),
            Route("/walletobjects/v1/{kind}", self._collection, methods=["POST"]),
            Route("/walletobjects/v1/{kind}/{id}", self._item, methods=["GET", "PATCH", "PUT"]),
        ]

    async def _token(self, request: Request) -> Response:
        """The service account's assertion for an access token (G1, RFC 7523)."""
        form = await request.form()
        try:
            if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
                raise jwt.InvalidTokenError("grant_type")
            options: Any = {"require": ["iat", "exp", "iss", "aud", "scope"], "verify_exp": False, "verify_iat": False}
            assertion = str(form.get("assertion", ""))
            claims = jwt.decode(assertion, self._key, ["RS256"], audience=str(request.url), issuer=self._email, options=options)
            now = self._clock().timestamp()
            if claims["scope"] != SCOPE or claims["exp"] - claims["iat"] > 3600 or not claims["iat"] - 60 <= now < claims["exp"]:
                raise jwt.InvalidTokenError("scope or time")
        except jwt.InvalidTokenError as error:
            return JSONResponse({"error": "invalid_grant", "error_description": f"Invalid JWT: {type(error).__name__}"}, 400)
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._tokens[token] = self._clock() + timedelta(seconds=3599)
        self.tokens_issued += 1
        return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    async def _collection(self, request: Request) -> Response:
        fail = self._admit(request)
        kind, store = self._store(request)
        body = await self._body(request, kind)
        identifier = str(body.get("id", ""))
        if identifier in store:
            raise self._log(request, ApiRefused(409, f"{_KINDS[kind]} {identifier} already exists"))
        self._check(request, kind, body, None)
        self._put(kind, body, None)
        return self._answer(request, store[identifier], fail)

    async def _item(self, request: Request) -> Response:
        fail = self._admit(request)
        kind, store = self._store(request)
        identifier = request.path_params["id"]
        known = store.get(identifier)
        if known is None:
            raise self._log(request, ApiRefused(404, f"{_KINDS[kind]} {identifier} not found"))
        if request.method != "GET":
            body = await self._body(request, kind, patch=request.method == "PATCH")
            if body.get("id", identifier) != identifier:
                raise self._log(request, ApiRefused(400, "id does not match the address"))
            outputs: dict[str, Any] = {name: known[name] for name in ("hasUsers", "version") if name in known}
            new = merge(known, body) if request.method == "PATCH" else {**body, **outputs}
            # What the client must say itself in each update, though the stored class has a status (G3).
            if kind == "loyaltyClass":
                new["reviewStatus"] = body.get("reviewStatus", "")
            self._check(request, kind, new, known)
            notified = self._notification(request, new)
            self._put(kind, new, known)
            await self._tell(kind, identifier, notified)
        return self._answer(request, store[identifier], fail)

    def _admit(self, request: Request) -> Fail | None:
        now = time.monotonic()
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        if len(self._times) >= self._per_second:
            raise self._log(request, ApiRefused(429, "Quota exceeded for quota metric 'Requests'"))
        self._times.append(now)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(bearer, datetime.min.replace(tzinfo=UTC)) <= self._clock():
            raise self._log(request, ApiRefused(401, "Request had invalid authentication credentials."))
        fail = self._script.popleft() if self._script else None
        if fail is not None and not fail.lost:
            raise self._log(request, scripted(fail))
        return fail

    def _store(self, request: Request) -> tuple[str, dict[str, dict[str, Any]]]:
        kind = request.path_params["kind"]
        if kind not in _KINDS:
            raise self._log(request, ApiRefused(404, "no such resource"))
        return kind, self.classes if kind == "loyaltyClass" else self.objects

    async def _body(self, request: Request, kind: str, *, patch: bool = False) -> dict[str, Any]:
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise self._log(request, ApiRefused(400, "Invalid JSON payload received.")) from None
        if wrong := findings(_KINDS[kind], merge({}, body) if patch else body):
            raise self._log(request, ApiRefused(400, f"Invalid value at {wrong[0]}"))
        result: dict[str, Any] = body
        return result

    def _check(self, request: Request, kind: str, new: dict[str, Any], known: dict[str, Any] | None) -> None:
        wrong = class_findings(new, known) if kind == "loyaltyClass" else object_findings(new)
        if wrong:
            raise self._log(request, ApiRefused(400, "; ".join(wrong)))
        if self._issuer_id is not None and not str(new["id"]).startswith(f"{self._issuer_id}."):
            raise self._log(request, ApiRefused(403, "the issuer is not yours"))
        if kind == "loyaltyObject":
            parent = self.classes.get(new["classId"])
            if parent is None:
                raise self._log(request, ApiRefused(404, f"class {new['classId']} not found", "classNotFound"))
            if parent["reviewStatus"] == "DRAFT":
                raise self._log(request, ApiRefused(400, "G3: the class is a draft"))
            if known is not None and known["classId"] != new["classId"]:
                raise self._log(request, ApiRefused(400, "classId cannot change"))

    def _notification(self, request: Request, new: dict[str, Any]) -> bool:
        """NOTIFY_ON_UPDATE counts for this update alone (G7), three times in 24 hours (G8)."""
        if new.pop("notifyPreference", None) != "NOTIFY_ON_UPDATE":
            return False
        now = self._clock()
        recent = [at for at in self._notified.get(new["id"], ()) if at > now - timedelta(hours=24)]
        if len(recent) >= 3:
            raise self._log(request, ApiRefused(403, "Notification quota exceeded for this pass.", "quotaExceeded"))
        self._notified[new["id"]] = [*recent, now]
        return True

    def _put(self, kind: str, new: dict[str, Any], known: dict[str, Any] | None) -> None:
        new.pop("notifyPreference", None)
        new["version"] = str(int((known or {}).get("version", "0")) + 1)
        if kind == "loyaltyClass":
            new["reviewStatus"] = "APPROVED" if new["reviewStatus"] == "UNDER_REVIEW" else new["reviewStatus"]
            self.classes[new["id"]] = new
        else:
            new.setdefault("hasUsers", False)
            self.objects[new["id"]] = new
        self._save_soon()

    async def _tell(self, kind: str, identifier: str, notified: bool) -> None:
        if kind == "loyaltyObject":
            card = self.objects[identifier]
            for changed in self._watchers.get(identifier, ()):
                await changed(self.classes[card["classId"]], card, notified)

    def _answer(self, request: Request, content: dict[str, Any], fail: Fail | None) -> Response:
        if fail is not None:
            raise self._log(request, scripted(fail))
        self.calls.append((request.method, request.url.path, 200))
        return JSONResponse(content)

    def _log(self, request: Request, refused: ApiRefused) -> ApiRefused:
        self.calls.append((request.method, request.url.path, refused.status))
        return refused

    async def _keys(self, _: Request) -> Response:
        return JSONResponse(self.callbacks.signer.published(), headers={"cache-control": "public, max-age=3600"})

    async def _save_page(self, request: Request) -> Response:
        try:
            identifier, class_id = check_link(str(request.url), request.path_params["token"], self._email, self._key)
            if identifier not in self.objects:
                raise LinkRefused("G11: the object was not inserted before")
            if self.objects[identifier]["classId"] != class_id:
                raise LinkRefused("G11: the link names another class than the object has")
        except LinkRefused as error:
            return HTMLResponse(page("Something went wrong", {"Why": str(error)}), 400)
        card = self.objects[identifier]
        card["hasUsers"] = True
        self._save_soon()
        task = asyncio.create_task(self.call_back(identifier, "save"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        fields = shown(self.classes[card["classId"]], card, _language(request))
        return HTMLResponse(page(fields["Program"], fields), headers={"x-object-id": identifier})

    def _load(self) -> None:
        if self._state_file is not None and self._state_file.exists():
            state = json.loads(self._state_file.read_text())
            self.classes, self.objects = state["classes"], state["objects"]

    def _save_soon(self) -> None:
        if self._state_file is not None and not self._dirty:
            self._dirty = True
            asyncio.get_running_loop().call_later(0.5, self._save)

    def _save(self) -> None:
        if self._state_file is not None and self._dirty:
            self._dirty = False
            draft = self._state_file.with_suffix(".draft")
            draft.write_text(json.dumps({"classes": self.classes, "objects": self.objects}))
            draft.replace(self._state_file)


def _language(request: Request) -> str:
    return request.headers.get("accept-language", "en").split(",")[0].split("-")[0].strip() or "en"
