"""Client credentials: an id and a secret that is shown once and kept as an argon2 hash."""

from __future__ import annotations

import asyncio
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from honeyguide.caller import Audience
from honeyguide.database import Connection
from honeyguide.identity import store
from honeyguide.identity.access import SCOPES
from honeyguide.identity.store import Credential
from honeyguide.sealed import purpose_key

LONGEST_SECRET = 256
# What operators do is kept under their name: provider/subject is a person's, system:job our own, and `member` is how a member's own act is told.
_MACHINE_NAME = re.compile(r"(?!member\Z)[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MOST_WAITING = 64  # beyond it a sign-in is told to come back, instead of waiting behind seconds of hashing


_ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys_hash() -> str:
    """Who is unknown is checked against this, so that an answer takes as long as for a wrong secret; worked out once a process."""
    return _ARGON2.hash("nobody has this secret")


class HashingBusy(Exception):
    """Too many sign-ins at once; nothing was checked."""


def is_machine_name(name: str) -> bool:
    """Whether an operator's machine may be called so, and nobody take its acts for somebody else's."""
    return _MACHINE_NAME.fullmatch(name) is not None


class SecretHasher:
    """argon2id off the event loop, in a few threads: each hash takes 19 MiB and some 20 ms of a core (OWASP's least).

    The secrets are 256 random bits, so the cost guards against a weak secret that somebody put in by hand, not against guessing ours.
    """

    def __init__(self, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody = _nobodys_hash()  # now, not when somebody waits for it

    async def hash(self, secret: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _ARGON2.hash, secret)

    async def verify(self, secret_hash: str | None, secret: str) -> bool:
        """Whether the secret is right; None for an unknown client costs the same and is never right. Raises HashingBusy."""
        if self._waiting >= MOST_WAITING:
            raise HashingBusy
        self._waiting += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(self._pool, self._matches, secret_hash or self._nobody, secret)
        finally:
            self._waiting -= 1
        return right and secret_hash is not None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _matches(self, secret_hash: str, secret: str) -> bool:
        try:
            return _ARGON2.verify(secret_hash, secret)
        except (VerificationError, InvalidHashError):
            return False


@dataclass(frozen=True, slots=True)
class DraftCredential:
    """A credential ready to be stored; the secret is for showing it once, None where a public key takes its place."""

    credential: Credential
    client_secret: str | None

    @property
    def client_id(self) -> str:
        return self.credential.client_id

    async def store(self, connection: Connection, now: datetime) -> None:
        await store.insert_credential(connection, self.credential, now)


@dataclass(frozen=True, slots=True)
class CredentialWish:
    """What a credential is to be for; `public_key`: a JWK that read_public_key took."""

    program_id: UUID
    audience: Audience
    subject: str
    scopes: frozenset[str]
    name: str = ""
    location: str | None = None
    public_key: Mapping[str, Any] | None = None


class CredentialMaker:
    """Makes credentials whose secret follows from the client id and the installation's secret key.

    So a retry of registerPartner gives the first answer again (S4) while only the hash is stored.
    """

    def __init__(self, secret_key: bytes, hasher: SecretHasher) -> None:
        self._key = purpose_key(secret_key, "client secret v1")
        self._hasher = hasher

    @property
    def partner_scopes(self) -> Collection[str]:
        return SCOPES[Audience.PARTNER]

    def secret_of(self, client_id: str) -> str:
        """The same 256 bits each time; they change with the secret key, and then the stored hash no longer fits them."""
        return urlsafe_b64encode(hmac.digest(self._key, client_id.encode(), "sha256")).rstrip(b"=").decode("ascii")

    async def for_partner(self, program_id: UUID, partner_id: UUID, scopes: frozenset[str]) -> DraftCredential:
        return await self.draft(CredentialWish(program_id, Audience.PARTNER, str(partner_id), scopes, "first"))

    async def for_operator(self, program_id: UUID, name: str, scopes: frozenset[str]) -> DraftCredential:
        """A machine's credential; persons sign in at the company's identity provider. Raises ValueError for another's name."""
        if not is_machine_name(name):
            raise ValueError("a machine's name has letters, digits and ._- only: others stand for persons, members and our own jobs")
        return await self.draft(CredentialWish(program_id, Audience.OPERATOR, name, scopes, name))

    async def draft(self, wish: CredentialWish) -> DraftCredential:
        """Raises ValueError for scopes that the audience does not have, and HashingBusy."""
        if not wish.scopes or not wish.scopes <= SCOPES[wish.audience]:
            raise ValueError(f"scopes of a {wish.audience} are {sorted(SCOPES[wish.audience])}, not {sorted(wish.scopes)}")
        client_id = f"{wish.audience}-{uuid4().hex}"
        secret = self.secret_of(client_id) if wish.public_key is None else None
        hashed = await self._hasher.hash(secret) if secret is not None else None
        credential = Credential(
            client_id,
            wish.program_id,
            wish.audience,
            wish.subject,
            hashed,
            wish.scopes,
            public_key=wish.public_key,
            location=wish.location,
            name=wish.name,
        )
        return DraftCredential(credential, secret)
