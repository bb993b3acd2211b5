"""Signed packages: built when a phone asks, once for each version of a pass, never ahead (A26)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from uuid import UUID

from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.signer import Signer

_KEPT = 256

# pass, its tag and generation, and the certificate: a new one signs anew (A8).
PackageKey = tuple[UUID, int, int, str]


class SignedPasses:
    """A small cache: two phones of a member, or a retry, ask for the same package within seconds; parallel ones share one signature."""

    def __init__(self, packages: Mapping[str, Package], *, kept: int = _KEPT) -> None:
        self._packages, self._kept = packages, kept
        self._built: OrderedDict[PackageKey, asyncio.Task[bytes]] = OrderedDict()

    async def build(self, pass_id: UUID, tag: int, generation: int, template: str, pass_json: bytes, signer: Signer) -> bytes:
        """The .pkpass around a pass.json. Raises SigningRefused once the certificate has expired."""
        key = (pass_id, tag, generation, signer.fingerprint)
        task = self._built.get(key)
        if task is None:
            task = self._built[key] = asyncio.create_task(signer.build(self._packages[template], pass_json))
            while len(self._built) > self._kept:
                self._built.popitem(last=False)
        else:
            self._built.move_to_end(key)
        try:
            # Shielded: a visitor who goes away does not take the package from those who share it.
            return await asyncio.shield(task)
        except Exception:
            self._built.pop(key, None)
            raise
