"""The REST API of the Google simulator: walletobjects v1 for loyalty, with Google's semantics and its words for errors."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from honeyguide.testing.google_books import CLASS, OBJECT, SCHEMAS, Books, Resource
from honeyguide.testing.google_errors import ApiRefused, Fail, scripted
from honeyguide.testing.google_quota import Notifications, Rate
from honeyguide.testing.google_rules import class_findings, merge, message_findings, object_findings, unlinked
from honeyguide.testing.google_schema import findings
from honeyguide.testing.google_tokens import Tokens

_PAGE = 20


class Api:
    """Answers what is admitted; `calls` are method, path and status of each call, `complaints` what Google takes but no client should do."""

    def __init__(self, books: Books, tokens: Tokens, rate: Rate, notifications: Notifications, issuer_id: str | None) -> None:
        self._books, self._tokens, self._rate, self._notifications, self._issuer_id = books, tokens, rate, notifications, issuer_id
        self.calls: deque[tuple[str, str, int]] = deque(maxlen=10_000)
        self.complaints: deque[str] = deque(maxlen=1000)
        self.failures: deque[Fail] = deque()
        self.latency: Callable[[], float] | None = None
        self.is_down = False
        self.offers: set[str] = set()

    def routes(self, root: str) -> list[BaseRoute]:
        return [
            Route(f"{root}/{{kind}}", self._collection, methods=["GET", "POST"]),
            Route(f"{root}/{{kind}}/{{id}}", self._item, methods=["GET", "PATCH", "PUT"]),
            Route(f"{root}/{{kind}}/{{id}}/addMessage", self._add_message, methods=["POST"]),
            Route(f"{root}/loyaltyObject/{{id}}/modifyLinkedOfferObjects", self._link_offers, methods=["POST"]),
        ]

    async def admit(self, request: Request) -> Fail | None:
        """Refuse what comes too often or from nobody; what is left to do wrong after the work is answered."""
        if self.latency is not None:
            await asyncio.sleep(self.latency())
        if self.is_down:
            raise self.log(request, ApiRefused(503, "The service is currently unavailable."))
        if not self._rate.take():
            raise self.log(request, ApiRefused(429, "Quota exceeded for quota metric 'Requests'"))
        if not self._tokens.are_valid(request.headers.get("authorization", "")):
            raise self.log(request, ApiRefused(401, "Request had invalid authentication credentials."))
        fail = self.failures.popleft() if self.failures else None
        if fail is not None and not fail.lost:
            raise self.log(request, scripted(fail))
        return fail

    def log(self, request: Request, refused: ApiRefused) -> ApiRefused:
        self.calls.append((request.method, request.url.path, refused.status))
        return refused

    def answer(self, request: Request, content: Any, fail: Fail | None) -> Response:
        if fail is not None:
            raise self.log(request, scripted(fail))
        self.calls.append((request.method, request.url.path, 200))
        return JSONResponse(content)

    async def body(self, request: Request, schema: str, *, patch: bool = False) -> Resource:
        """Checked against Google's own description of its API."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise self.log(request, ApiRefused(400, "Invalid JSON payload received.")) from None
        if wrong := findings(schema, merge({}, body) if patch else body):
            raise self.log(request, ApiRefused(400, f"Invalid value at {wrong[0]}"))
        result: Resource = body
        return result

    def check(self, request: Request, kind: str, new: Resource, known: Resource | None) -> None:
        wrong = class_findings(new, known) if kind == CLASS else [*object_findings(new), *unlinked(new, known)]
        if wrong:
            raise self.log(request, ApiRefused(400, "; ".join(wrong)))
        if self._issuer_id is not None and not str(new["id"]).startswith(f"{self._issuer_id}."):
            raise self.log(request, ApiRefused(403, "the issuer is not yours"))
        if kind == OBJECT:
            self._check_class(request, new, known)
            if strange := set(new.get("linkedOfferIds", ())) - self.offers:
                raise self.log(request, ApiRefused(404, f"G16: offer {min(strange)} not found"))

    async def _collection(self, request: Request) -> Response:
        fail = await self.admit(request)
        kind, store = self._store(request)
        if request.method == "GET":
            return self.answer(request, self._page(request, kind), fail)
        body = await self.body(request, SCHEMAS[kind])
        identifier = str(body.get("id", ""))
        if identifier in store:
            raise self.log(request, ApiRefused(409, f"{SCHEMAS[kind]} {identifier} already exists"))
        self.check(request, kind, body, None)
        return self.answer(request, self._books.put(kind, body, None), fail)

    async def _item(self, request: Request) -> Response:
        fail = await self.admit(request)
        kind, known = self._known(request)
        if request.method == "GET":
            return self.answer(request, known, fail)
        body = await self.body(request, SCHEMAS[kind], patch=request.method == "PATCH")
        if body.get("id", known["id"]) != known["id"]:
            raise self.log(request, ApiRefused(400, "id does not match the address"))
        outputs: Resource = {name: known[name] for name in ("hasUsers", "version") if name in known}
        new = merge(known, body) if request.method == "PATCH" else {**body, **outputs}
        # What the client must say itself in each update, though the stored class has a status (G3).
        if kind == CLASS:
            new["reviewStatus"] = body.get("reviewStatus", "")
        self.check(request, kind, new, known)
        notified = self._notification(request, new, known)
        self._books.put(kind, new, known)
        await self._books.tell(kind, known["id"], notified)
        return self.answer(request, new, fail)

    async def _add_message(self, request: Request) -> Response:
        """G8: an eleventh message is refused, the fourth that wakes the owner within a day too."""
        fail = await self.admit(request)
        kind, known = self._known(request)
        message = (await self.body(request, "AddMessageRequest")).get("message", {})
        if wrong := message_findings(message, known):
            raise self.log(request, ApiRefused(400, "; ".join(wrong)))
        if any(message.get("id") == other.get("id") for other in known.get("messages", ())):
            self.complaints.append(f"G8: message {message.get('id')} twice on {known['id']}")
        woken = message.get("messageType") == "TEXT_AND_NOTIFY" and kind == OBJECT
        if woken and not self._notifications.take(known["id"]):
            raise self.log(request, ApiRefused(403, "Notification quota exceeded for this pass.", "quotaExceeded"))
        new = {**known, "messages": [*known.get("messages", ()), message]}
        if kind == CLASS:
            new["reviewStatus"] = "UNDER_REVIEW"
        self._books.put(kind, new, known)
        await self._books.tell(kind, known["id"], woken)
        return self.answer(request, {"resource": new}, fail)

    async def _link_offers(self, request: Request) -> Response:
        """G16: offers are linked and unlinked one by one; only those that exist."""
        fail = await self.admit(request)
        request.path_params["kind"] = OBJECT
        _, known = self._known(request)
        change = (await self.body(request, "ModifyLinkedOfferObjectsRequest")).get("linkedOfferObjectIds", {})
        added, removed = change.get("addLinkedOfferObjectIds", []), set(change.get("removeLinkedOfferObjectIds", []))
        if strange := set(added) - self.offers:
            raise self.log(request, ApiRefused(404, f"G16: offer {min(strange)} not found"))
        linked = list(dict.fromkeys([*(one for one in known.get("linkedOfferIds", ()) if one not in removed), *added]))
        new = self._books.put(OBJECT, {**known, "linkedOfferIds": linked}, known)
        await self._books.tell(OBJECT, known["id"], False)
        return self.answer(request, new, fail)

    def _store(self, request: Request) -> tuple[str, dict[str, Resource]]:
        kind = request.path_params["kind"]
        if kind not in SCHEMAS:
            raise self.log(request, ApiRefused(404, "no such resource"))
        return kind, self._books.store(kind)

    def _known(self, request: Request) -> tuple[str, Resource]:
        kind, store = self._store(request)
        identifier = request.path_params["id"]
        if identifier not in store:
            raise self.log(request, ApiRefused(404, f"{SCHEMAS[kind]} {identifier} not found"))
        return kind, store[identifier]

    def _page(self, request: Request, kind: str) -> Resource:
        name, of = ("issuerId", "id") if kind == CLASS else ("classId", "classId")
        if not (wanted := request.query_params.get(name)):
            raise self.log(request, ApiRefused(400, f"{name} is required"))
        prefix = f"{wanted}." if kind == CLASS else wanted
        found = [one for one in self._books.store(kind).values() if (one[of].startswith(prefix) if kind == CLASS else one[of] == prefix)]
        start, most = (int(request.query_params.get(key, default)) for key, default in (("token", 0), ("maxResults", _PAGE)))
        more = {"nextPageToken": str(start + most)} if start + most < len(found) else {}
        return {"resources": found[start : start + most], "pagination": {"resultsPerPage": most, **more}}

    def _check_class(self, request: Request, new: Resource, known: Resource | None) -> None:
        parent = self._books.classes.get(new["classId"])
        if parent is None:
            raise self.log(request, ApiRefused(404, f"class {new['classId']} not found", "classNotFound"))
        if parent["reviewStatus"] == "DRAFT":
            raise self.log(request, ApiRefused(400, "G3: the class is a draft"))
        if known is not None and known["classId"] != new["classId"]:
            raise self.log(request, ApiRefused(400, "classId cannot change"))

    def _notification(self, request: Request, new: Resource, known: Resource) -> bool:
        """NOTIFY_ON_UPDATE counts for this update alone, and for new points or a new tier alone (G7), three times in 24 hours (G8)."""
        if new.pop("notifyPreference", None) != "NOTIFY_ON_UPDATE":
            return False
        if all(new.get(name) == known.get(name) for name in ("loyaltyPoints", "secondaryLoyaltyPoints")):
            return False
        if not self._notifications.take(new["id"]):
            raise self.log(request, ApiRefused(403, "Notification quota exceeded for this pass.", "quotaExceeded"))
        return True
