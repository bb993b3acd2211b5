"""Cards by JWT: `jwt.insert` makes what does not exist and answers a save link, `jwt.validate` says what is wrong (G11, G12, G21)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from honeyguide.testing.google_api import Api
from honeyguide.testing.google_books import CLASS, OBJECT, SCHEMAS, Books, Resource
from honeyguide.testing.google_errors import ApiRefused
from honeyguide.testing.google_save import LinkRefused, check_claims
from honeyguide.testing.google_schema import findings


class Jwts:
    """`keep` takes a JWT and answers the object that it names; a fat one carries resources, which never change what exists (G12)."""

    def __init__(self, api: Api, books: Books, email: str, key: RSAPublicKey, save_url: Callable[[], str]) -> None:
        self._api, self._books, self._email, self._key, self._save_url = api, books, email, key, save_url

    def routes(self, root: str) -> list[BaseRoute]:
        return [
            Route(f"{root}/jwt", self._insert, methods=["POST"]),
            Route(f"{root}/jwt/validate", self._validate, methods=["POST"]),
        ]

    def read(self, token: str) -> Resource:
        """The payload; raises LinkRefused."""
        return check_claims(token, self._email, self._key)

    async def _insert(self, request: Request) -> Response:
        fail = await self._api.admit(request)
        token = str((await self._api.body(request, "JwtResource")).get("jwt", ""))
        resources = self._resources(request, token)
        self._check(request, resources)
        kept: dict[str, list[Resource]] = {}
        for kind, name in ((CLASS, "loyaltyClasses"), (OBJECT, "loyaltyObjects")):
            for body in resources.get(name, ()):
                known = self._books.store(kind).get(body["id"])
                kept.setdefault(name, []).append(known or self._books.put(kind, dict(body), None))
        return self._api.answer(request, {"saveUri": f"{self._save_url()}/{token}", "resources": kept}, fail)

    async def _validate(self, request: Request) -> Response:
        fail = await self._api.admit(request)
        body = await self._api.body(request, "JwtValidateRequest")
        if "jwtResource" in body:
            resources = self._resources(request, str(body["jwtResource"].get("jwt", "")))
        else:
            resources = self._json_resources(request, body.get("jsonResource", {}))
        self._check(request, resources)
        return self._api.answer(request, {}, fail)

    def _resources(self, request: Request, token: str) -> Resource:
        try:
            return self.read(token)
        except LinkRefused as refused:
            raise self._api.log(request, ApiRefused(400, str(refused))) from None

    def _json_resources(self, request: Request, content: Any) -> Resource:
        try:
            resources = json.loads(content["json"]) if "json" in content else {}
        except (ValueError, TypeError):
            raise self._api.log(request, ApiRefused(400, "Invalid JSON payload received.")) from None
        return resources if isinstance(resources, dict) else {}

    def _check(self, request: Request, resources: Resource) -> None:
        """Whole resources by schema and rules; a skinny object is one that exists."""
        for kind, name in ((CLASS, "loyaltyClasses"), (OBJECT, "loyaltyObjects")):
            for body in resources.get(name, ()):
                if wrong := findings(SCHEMAS[kind], body):
                    raise self._api.log(request, ApiRefused(400, f"Invalid value at {wrong[0]}"))
                if body.get("id") in self._books.store(kind):
                    continue
                if kind == OBJECT and any(body.get("classId") == one.get("id") for one in resources.get("loyaltyClasses", ())):
                    continue
                self._api.check(request, kind, body, None)


def unverified(token: str) -> Resource:
    """What a JWT says, whoever signed it: for tests that look into a link."""
    claims: Resource = jwt.decode(token, options={"verify_signature": False})
    return claims
