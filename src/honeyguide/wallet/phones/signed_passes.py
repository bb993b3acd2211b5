"""Signed packages: built when a phone asks, once for each version of a pass, never ahead (A26)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from honeyguide.wallet.apple.package import LARGEST_PASS, Package
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.faces.template import Template

_KEPT = 256
_LAID_OUT = 64

# pass, its tag and generation, and the certificate: a new one signs anew (A8).
PackageKey = tuple[UUID, int, int, str]


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What a package is made of: pass.json, personalization.json while the card is nobody's, and the template's files."""

    template: Template
    pass_json: bytes
    form: bytes | None = None


class SignedPasses:
    """A small cache: two phones of a member, or a retry, ask for the same package within seconds; parallel ones share one signature."""

    def __init__(self, *, kept: int = _KEPT, largest: int = LARGEST_PASS) -> None:
        self._kept, self._largest = kept, largest
        self._built: OrderedDict[PackageKey, asyncio.Task[bytes]] = OrderedDict()
        self._laid_out: OrderedDict[tuple[str, bytes, bool], Package] = OrderedDict()

    async def build(self, pass_id: UUID, tag: int, generation: int, unsigned: Unsigned, signer: Signer) -> bytes:
        """The .pkpass of it. Raises SigningRefused once the certificate has expired, PassInvalid for files that are none of a pass."""
        key = (pass_id, tag, generation, signer.fingerprint)
        task = self._built.get(key)
        if task is None:
            package = self._package(unsigned)
            task = self._built[key] = asyncio.create_task(signer.build(package, unsigned.pass_json, unsigned.form))
            task.add_done_callback(lambda done: self._forget_failed(key, done))
            while len(self._built) > self._kept:
                self._built.popitem(last=False)
        else:
            self._built.move_to_end(key)
        # Shielded: a visitor who goes away does not take the package from those who share it.
        return await asyncio.shield(task)

    def _forget_failed(self, key: PackageKey, done: asyncio.Task[bytes]) -> None:
        """Also when nobody waits for it any more: the next phone is to have it tried anew."""
        if (done.cancelled() or done.exception() is not None) and self._built.get(key) is done:
            del self._built[key]

    def _package(self, unsigned: Unsigned) -> Package:
        """Laid out once for all passes with these files."""
        template, signs_up = unsigned.template, unsigned.form is not None
        key = (template.style, template.digest, signs_up)
        package = self._laid_out.get(key)
        if package is None:
            package = self._laid_out[key] = Package(template, signs_up=signs_up, largest=self._largest)
            while len(self._laid_out) > _LAID_OUT:
                self._laid_out.popitem(last=False)
        else:
            self._laid_out.move_to_end(key)
        return package
