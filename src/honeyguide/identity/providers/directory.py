"""The providers in force and their keys, in memory: a change reaches every process within a second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from honeyguide.egress import Egress
from honeyguide.endings import ended
from honeyguide.identity.providers.jwks import LARGEST_DOCUMENT, ProviderUnusable
from honeyguide.identity.providers.keys import READ_SECONDS, Fetch, IssuerKeys
from honeyguide.identity.providers.provider import Provider
from honeyguide.identity.providers.store import PROVIDERS_IN_FORCE, read_provider
from honeyguide.identity.revocations import Watched

_ROUND_SECONDS = 1.0
_log = logging.getLogger(__name__)


class ProviderDirectory:
    """`epoch` rises when a key comes or goes; that of the watched set rises when a provider does."""

    def __init__(self, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._monotonic = fetch, monotonic
        self._providers: dict[str, list[Provider]] = {}
        self._keys: dict[tuple[str, str | None], IssuerKeys] = {}
        self._ended: list[IssuerKeys] = []
        self._task: asyncio.Task[None] | None = None
        self.epoch = 0

    @property
    def watched(self) -> Watched:
        return Watched("provider", PROVIDERS_IN_FORCE, self.put)

    def put(self, rows: frozenset[str]) -> None:
        """These are the providers from now on; keys of issuers that stay are kept."""
        by_issuer: dict[str, list[Provider]] = {}
        for row in sorted(rows):
            try:
                provider = read_provider(row)
            except (ValueError, KeyError, TypeError):
                # Of another release: it is as if it were not there, and the others serve.
                _log.warning("an identity provider of the database cannot be read")
                continue
            by_issuer.setdefault(provider.issuer, []).append(provider)
        needed = {(provider.issuer, provider.jwks_url) for providers in by_issuer.values() for provider in providers}
        self._ended += [self._keys.pop(place) for place in self._keys.keys() - needed]
        for place in needed - self._keys.keys():
            self._keys[place] = IssuerKeys(*place, self._fetch, self._monotonic, self._changed)
        self._providers = by_issuer

    def of_issuer(self, issuer: str | None) -> Sequence[Provider]:
        """Compared letter by letter: https://idp.example/evil and https://idp.example/ are others than https://idp.example."""
        return self._providers.get(issuer, ()) if issuer is not None else ()

    def keys_of(self, provider: Provider) -> IssuerKeys:
        return self._keys[provider.issuer, provider.jwks_url]

    async def start(self) -> None:
        """Keys are read from now on, in the background: a provider that is down delays nothing."""
        self._task = asyncio.create_task(self._rounds(), name="identity providers")

    async def close(self) -> None:
        await ended(self._task)
        await asyncio.gather(*(keys.close() for keys in (*self._keys.values(), *self._ended)))

    async def _rounds(self) -> None:
        while True:
            for keys in list(self._keys.values()):
                keys.refresh()
            while self._ended:
                await self._ended.pop().close()
            await asyncio.sleep(_ROUND_SECONDS)

    def _changed(self) -> None:
        self.epoch += 1


def fetch_by(egress: Egress) -> Fetch:
    """Documents by the one way out: checked and pinned addresses, no redirects, bounded."""

    async def fetch(url: str) -> bytes:
        answer = await egress.fetch(url, headers={"Accept": "application/json"}, largest=LARGEST_DOCUMENT, within=READ_SECONDS)
        if answer.status != 200:
            raise ProviderUnusable(f"status {answer.status}")
        return answer.body

    return fetch
