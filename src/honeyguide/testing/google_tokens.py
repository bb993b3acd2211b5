"""Google's token endpoint: the service account's assertion for an access token (G1, RFC 7523)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = 3599


class Tokens:
    """Knows one service account."""

    def __init__(self, email: str, key: RSAPublicKey, clock: Callable[[], datetime]) -> None:
        self._email, self._key, self._clock = email, key, clock
        self.issued = 0
        self._until: dict[str, datetime] = {}

    def are_valid(self, authorization: str) -> bool:
        token = authorization.removeprefix("Bearer ")
        return self._until.get(token, datetime.min.replace(tzinfo=UTC)) > self._clock()

    def forget(self) -> None:
        self._until.clear()

    async def grant(self, request: Request) -> Response:
        form = await request.form()
        try:
            if form.get("grant_type") != _GRANT:
                raise jwt.InvalidTokenError("grant_type")
            options: Any = {"require": ["iat", "exp", "iss", "aud", "scope"], "verify_exp": False, "verify_iat": False}
            assertion = str(form.get("assertion", ""))
            claims = jwt.decode(assertion, self._key, ["RS256"], audience=str(request.url), issuer=self._email, options=options)
            now = self._clock().timestamp()
            if claims["scope"] != SCOPE or claims["exp"] - claims["iat"] > 3600 or not claims["iat"] - 60 <= now < claims["exp"]:
                raise jwt.InvalidTokenError("scope or time")
        except (jwt.InvalidTokenError, TypeError) as error:
            return JSONResponse({"error": "invalid_grant", "error_description": f"Invalid JWT: {type(error).__name__}"}, 400)
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._until[token] = self._clock() + timedelta(seconds=_LIFE)
        self.issued += 1
        return JSONResponse({"access_token": token, "expires_in": _LIFE, "token_type": "Bearer"})
