"""Packages are built once for all who ask, and a build that came to nothing is never remembered (A26)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from honeyguide.wallet.apple.signer import SigningRefused
from honeyguide.wallet.phones.signed_passes import SignedPasses, Unsigned

PASS = UUID(int=6)


class SlowSigner:
    """Refuses the first package, after who asked has gone, and builds the next."""

    fingerprint = "f"

    def __init__(self) -> None:
        self.builds, self.may_end = 0, asyncio.Event()

    async def build(self, *_: object) -> bytes:
        self.builds += 1
        first = self.builds == 1
        await self.may_end.wait()
        if first:
            raise SigningRefused("A5: the certificate has ended")
        return b"signed"


async def test_a26_a_build_that_failed_with_nobody_waiting_is_tried_anew(template) -> None:
    passes, signer = SignedPasses(), SlowSigner()
    unsigned = Unsigned(template, b"{}")
    visitor = asyncio.create_task(passes.build(PASS, 1, 1, unsigned, signer))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    visitor.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visitor
    signer.may_end.set()
    await asyncio.sleep(0.01)

    again = [await passes.build(PASS, 1, 1, unsigned, signer) for _ in range(2)]  # type: ignore[arg-type]

    assert (again, signer.builds) == ([b"signed"] * 2, 2)
