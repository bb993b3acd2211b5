"""The keys of one issuer as this process knows them: read before they are needed, kept while the provider is down, never waited for twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from honeyguide.egress import EgressFailed, EgressRefused
from honeyguide.endings import ended
from honeyguide.identity.checked_jwt import KeySet, UnverifiedJwt, check_signature
from honeyguide.identity.metrics import PROVIDER_READS
from honeyguide.identity.providers.jwks import ProviderUnusable, read_document, read_jwks
from honeyguide.identity.refusal import Refusal

# Keys are read anew so often, whether somebody signs in or not: a withdrawn key's tokens end within five minutes, while the provider answers.
REFRESH_SECONDS = 240.0
SOONEST_SECONDS = 30.0  # between two reads, whatever key names anybody makes up
PATIENCE_SECONDS = 5.0  # a request waits so long for keys it does not know
READ_SECONDS = 10.0  # one document
KEPT_SECONDS = 12 * 3600.0  # so long known keys serve while the provider does not answer
MOST_WAITING = 64  # requests; the next ones are answered at once

# Gives the body of a document; raises ProviderUnusable, EgressRefused or EgressFailed.
Fetch = Callable[[str], Awaitable[bytes]]

_log = logging.getLogger(__name__)
_RAW = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class IssuerKeys:
    """`on_change` is called when the keys are others than before, so that whoever kept a verified token looks again."""

    def __init__(
        self, issuer: str, jwks_url: str | None, fetch: Fetch, monotonic: Callable[[], float], on_change: Callable[[], None]
    ) -> None:
        self._issuer, self._jwks_url, self._fetch = issuer, jwks_url, fetch
        self._monotonic, self._on_change = monotonic, on_change
        self._keys: KeySet | None = None
        self._read_at = self._next_read = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._waiting = 0
        self._trouble: str | None = None

    async def check(self, token: UnverifiedJwt) -> Refusal | None:
        """Whether one of the keys signed it; only who comes with an unknown key waits, and not long."""
        refusal = self._known(token)
        # A token that names no key shows a new one by its signature only.
        is_unknown = refusal in (Refusal.UNKNOWN_KEY, Refusal.KEYS_UNAVAILABLE) or (refusal is Refusal.SIGNATURE and token.kid is None)
        if is_unknown and await self._has_read():
            return self._known(token)
        return refusal

    def refresh(self) -> None:
        """Called again and again: reads when it is time, in the background, and lets go of keys that nobody has confirmed for too long."""
        now = self._monotonic()
        if self._keys is not None and now - self._read_at > KEPT_SECONDS:
            self._put(None)
        if now >= self._read_at + REFRESH_SECONDS:
            self._begin()

    async def read_once(self) -> str | None:
        """Read now; None when there are keys, else the trouble in a word."""
        self._begin()
        if self._reading is not None:
            await self._reading
        return self._trouble

    async def close(self) -> None:
        await ended(self._reading)

    def _known(self, token: UnverifiedJwt) -> Refusal | None:
        return Refusal.KEYS_UNAVAILABLE if self._keys is None else check_signature(token, self._keys)

    async def _has_read(self) -> bool:
        """Whether a read began or was under way; waits for its end, for a while."""
        self._begin()
        if self._reading is None or self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        try:
            await asyncio.wait({self._reading}, timeout=PATIENCE_SECONDS)
        finally:
            self._waiting -= 1
        return True

    def _begin(self) -> None:
        """One read at a time, and none too soon after another."""
        if self._reading is None and self._monotonic() >= self._next_read:
            self._reading = asyncio.create_task(self._read(), name="provider keys")

    async def _read(self) -> None:
        try:
            keys = await self._published()
        except (ProviderUnusable, EgressRefused, EgressFailed) as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of an end
            _log.exception("the keys of an identity provider cannot be read")
            self._failed(type(error).__name__)
        else:
            self._read_at = self._monotonic()
            if self._trouble is not None:
                _log.info("identity provider %s: its keys are read again", self._issuer)
            self._trouble = None
            PROVIDER_READS.labels("ok").inc()
            self._put(keys)
        finally:
            self._next_read = self._monotonic() + SOONEST_SECONDS
            self._reading = None

    async def _published(self) -> KeySet:
        address = self._jwks_url
        if address is None:
            found = read_document(await self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration"))
            if found.get("issuer") != self._issuer:  # OpenID Connect Discovery, 4.3: who answers for another is not asked
                raise ProviderUnusable("another issuer")
            address = found.get("jwks_uri")
            if not isinstance(address, str):
                raise ProviderUnusable("no address of keys")
        return read_jwks(await self._fetch(address))

    def _failed(self, trouble: str) -> None:
        PROVIDER_READS.labels("failed").inc()
        if self._trouble != trouble:
            _log.warning("identity provider %s: its keys cannot be read: %s", self._issuer, trouble)
        self._trouble = trouble

    def _put(self, keys: KeySet | None) -> None:
        before, self._keys = self._keys, keys
        if _names(before) != _names(keys):
            self._on_change()


async def trouble_with_keys(issuer: str, jwks_url: str | None, fetch: Fetch) -> str | None:
    """Read once, from here and now: None when there are keys, else the trouble in a word."""
    keys = IssuerKeys(issuer, jwks_url, fetch, lambda: 0.0, lambda: None)
    try:
        return await keys.read_once()
    finally:
        await keys.close()


def _names(keys: KeySet | None) -> frozenset[object] | None:
    return None if keys is None else frozenset((key.kid, key.public.public_bytes(*_RAW), key.algorithms) for key in keys.keys)
