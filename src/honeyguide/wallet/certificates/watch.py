"""Certificates come, go and end while a process runs: it takes up what changed, without a restart, and warns in time (A8, N11)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import asyncpg

from honeyguide.database.database import DOWN
from honeyguide.endings import ended
from honeyguide.wallet.apple.push import ApnsClient
from honeyguide.wallet.apple.signer import SigningRefused
from honeyguide.wallet.assembly import Wallet, push_identity
from honeyguide.wallet.at_google.issuers import GoogleIssuers
from honeyguide.wallet.certificates import metrics as certificate_metrics
from honeyguide.wallet.certificates.expiry import Warned
from honeyguide.wallet.certificates.facts import ends_of
from honeyguide.wallet.certificates.files import configured_files, state_of
from honeyguide.wallet.certificates.of_settings import CertificateMissing
from honeyguide.wallet.certificates.pass_types import PassType
from honeyguide.wallet.certificates.signing import shared_pass_type
from honeyguide.wallet.credentials.own import Own

WATCH_SECONDS = 2.0
_log = logging.getLogger(__name__)

ReadOwn = Callable[[], Awaitable[Own]]


class CertificateWatch:
    """`start` reads everything once, so that no program is ever served under another's pass type; then it goes on looking."""

    def __init__(
        self, wallet: Wallet, pushes: ApnsClient | None = None, read_own: ReadOwn | None = None, issuers: GoogleIssuers | None = None
    ) -> None:
        self._issuers = issuers
        self._wallet, self._pushes, self._read_own = wallet, pushes, read_own
        self._files = state_of(configured_files(wallet.settings))
        self._pushed: dict[str, str] = {}
        self._warned = Warned()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._read_own is not None:
            self._wallet.pass_types.wait_for_own()
            if self._issuers is not None:
                self._issuers.wait_for_own()
        await self.look()
        self._task = asyncio.create_task(self._rounds(), name="certificates")

    async def close(self) -> None:
        await ended(self._task)

    async def look(self) -> None:
        """Take up what changed; what cannot be used is told, and what was in use stays."""
        shared, own = self._shared(), Own()
        if self._read_own is not None:
            try:
                own = await self._read_own()
            except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
                _log.warning("the programs' own certificates cannot be read now: %s", type(error).__name__)
                return
        self._wallet.pass_types.replace(shared, own.apple)
        if self._issuers is not None:
            self._issuers.replace(own.google)
        self._tell_pushes()
        self._warn()

    def _shared(self) -> PassType:
        """That of the settings, read again when a file of it changed; also `with_nfc` and what signs follow the time."""
        known = self._wallet.pass_types.shared
        now = self._wallet.clock()
        try:
            state = state_of(configured_files(self._wallet.settings))
            if state == self._files:
                return PassType.of(known.identity, known.signers, now)
            self._files = state  # looked at once, not every round, if it is no good
            # Half copied, or the key comes in a moment: its coming changes the state again.
            fresh = shared_pass_type(
                self._wallet.settings,
                self._wallet.clock,
                left_out=lambda refused: _log.warning("a changed pass certificate is not used: %s", refused),
            )
            if known.signers and not fresh.signers:
                raise CertificateMissing("none that fits is left in the folder")  # it is being exchanged, or was emptied by mistake
        except (CertificateMissing, OSError) as error:
            told = error if not isinstance(error, OSError) else type(error).__name__
            _log.warning("the changed pass certificates are not used: %s", told)
            return PassType.of(known.identity, known.signers, now)
        _log.info("the pass certificates of the settings changed: %d of %s", len(fresh.signers), fresh.name)
        return fresh

    def _tell_pushes(self) -> None:
        """The push service hears the certificate that signs; its connection of the former one finishes what it has."""
        if self._pushes is None:
            return
        now = self._wallet.clock()
        for one in self._wallet.pass_types:
            if not one.is_usable(now):
                continue  # told below; pushes wait in their table
            signer = one.signer(now)
            if self._pushed.get(one.name) == signer.fingerprint:
                continue
            self._pushed[one.name] = signer.fingerprint  # tried once for each certificate, also where its token key is no good
            try:
                self._pushes.use(push_identity(self._wallet.settings, signer))
            except (SigningRefused, OSError) as error:
                _log.warning("pushes of %s keep the certificate they have: %s", one.name, str(error) or type(error).__name__)

    def _warn(self) -> None:
        now = self._wallet.clock()
        ends = ends_of(self._wallet.pass_types)
        certificate_metrics.observe(ends, now)
        for end in ends:
            days = self._warned.due(end, now)
            if days is None:
                continue
            certificate_metrics.WARNINGS.labels(end.pass_type, end.use, str(days)).inc()
            told = (end.use, end.pass_type, end.at.isoformat(timespec="minutes"))
            if days == 0:
                _log.error("the %s certificate of %s ended at %s: phones wait for a new one (A8)", *told)
            else:
                _log.warning("the %s certificate of %s ends at %s, in less than %d days: renew it (A8)", *told, days)

    async def _rounds(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - the next round looks again
                _log.error("certificates could not be looked at: %s", type(error).__name__)
