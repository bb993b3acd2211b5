"""The service account that acts at Google, and its access tokens: cached, fetched by one caller for all (G1)."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from honeyguide.caller import Clock
from honeyguide.egress import Egress, EgressFailed, EgressRefused
from honeyguide.private_files import make_private

SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
DEVELOPMENT_EMAIL = "wallet@honeyguide-development.iam.gserviceaccount.com"
_EARLIER = timedelta(seconds=60)
_WORD = re.compile(r"[a-z_]{1,64}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")  # what a header takes


class AccountInvalid(ValueError):
    """The service account file is none; the message never quotes it."""


class TokenRefused(Exception):
    """Google does not accept the assertion: wrong key, wrong clock or an account without access."""


class TokenUnavailable(Exception):
    """The token endpoint did not answer properly; try again later."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The account with its key loaded: a PEM string would cost pyjwt a full key check each time."""

    email: str
    key_id: str
    project: str
    key: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def load(cls, file: Path) -> ServiceAccount:
        """Read Google's JSON key file; raises AccountInvalid."""
        try:
            return cls.of(json.loads(file.read_bytes()))
        except OSError as error:
            raise AccountInvalid(f"{file.name} cannot be read: {error.strerror}") from None
        except ValueError as error:
            reason = str(error) if isinstance(error, AccountInvalid) else "no service account key in JSON"
            raise AccountInvalid(f"{file.name} is {reason}") from None

    @classmethod
    def of(cls, content: Any) -> ServiceAccount:
        """The content of Google's JSON key file; raises AccountInvalid."""
        try:
            key = serialization.load_pem_private_key(content["private_key"].encode(), None)
            email, key_id = content["client_email"], content["private_key_id"]
            project = content.get("project_id") or email.partition("@")[2]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise AccountInvalid("no service account key in JSON") from None
        if not isinstance(key, rsa.RSAPrivateKey) or not isinstance(email, str) or not isinstance(key_id, str):
            raise AccountInvalid("no service account with an RSA key")
        return cls(email, key_id, str(project)[:100], key)

    def sign(self, claims: dict[str, object]) -> str:
        return jwt.encode({"iss": self.email, **claims}, self.key, "RS256", {"kid": self.key_id})


def development_service_account(data_dir: Path) -> Path:
    """The JSON key of a made-up account in `data_dir`/google, made once; the simulator knows it from the same file, Google does not."""
    file = data_dir / "google" / "service-account.json"
    if not file.exists():
        make_private(file.parent)
        draft = file.with_name(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as content:
            json.dump(_development_account(), content, indent=2)
        with suppress(FileExistsError):
            os.link(draft, file)  # of two processes that start together the first one's account counts
        draft.unlink()
    return file


def _development_account() -> dict[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": "honeyguide-development",
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode("ascii"),
        "client_email": DEVELOPMENT_EMAIL,
    }


class AccessTokens:
    """`current` gives a token that lives at least another minute; `forget` drops one that Google no longer takes."""

    def __init__(self, account: ServiceAccount, token_url: str, egress: Egress, clock: Clock) -> None:
        self._account, self._token_url, self._egress, self._clock = account, token_url, egress, clock
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self._fetching: asyncio.Task[str] | None = None

    async def current(self) -> str:
        """Raises TokenRefused or TokenUnavailable."""
        if self._token and self._clock() < self._until:
            return self._token
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._fetched)
        return await asyncio.shield(self._fetching)  # a caller that is cancelled does not take the token from the others

    def forget(self, token: str) -> None:
        if token == self._token:
            self._token = ""

    async def _fetch(self) -> str:
        now = self._clock()
        issued = int(now.timestamp())
        assertion = self._account.sign({"scope": SCOPE, "aud": self._token_url, "iat": issued, "exp": issued + 3600})
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        try:
            response = await self._egress.fetch(
                self._token_url,
                method="POST",
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                content=urlencode(form).encode(),
            )
            content = response.json()
        except (EgressFailed, EgressRefused, ValueError) as error:
            raise TokenUnavailable(type(error).__name__) from None
        if response.status in (400, 401, 403):
            raise TokenRefused(_error(content))
        if response.status != 200:
            raise TokenUnavailable(f"status {response.status}")
        self._token, lasting = _granted(content)
        self._until = now + lasting - _EARLIER
        return self._token

    def _fetched(self, task: asyncio.Task[str]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # also when every caller has gone, nobody is told of an exception never looked at


def _granted(content: object) -> tuple[str, timedelta]:
    """The token and how long it lives, a day at most; raises TokenUnavailable for an answer that has none."""
    token, seconds = (content.get("access_token"), content.get("expires_in", 0)) if isinstance(content, dict) else (None, 0)
    if not isinstance(token, str) or _TOKEN.fullmatch(token) is None or not isinstance(seconds, int) or seconds < 0:
        raise TokenUnavailable("an answer without a token")
    return token, timedelta(seconds=min(seconds, 86_400))


def _error(content: object) -> str:
    word = content.get("error") if isinstance(content, dict) else None
    return word if isinstance(word, str) and _WORD.fullmatch(word) else "refused"
