"""What programs brought of their own, opened and checked again whenever something of it changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.encryption import Undecipherable
from honeyguide.settings import Settings
from honeyguide.wallet.apple.signer import Signer, SigningRefused
from honeyguide.wallet.certificates.pass_types import PassType
from honeyguide.wallet.certificates.signing import new_signer, pass_identity
from honeyguide.wallet.credentials import store
from honeyguide.wallet.credentials.store import Credential, Issuer, WalletPlatform
from honeyguide.wallet.credentials.vault import CredentialVault
from honeyguide.wallet.google.account import AccountInvalid, ServiceAccount

_log = logging.getLogger(__name__)

Tell = Callable[[Issuer, Credential, Exception], object]


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """A program's own issuer at Google; `account` None while its account is gone: nothing is sent under another's then."""

    issuer_id: str
    account: ServiceAccount | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Own:
    """By program; who is not in it shares what the settings have."""

    apple: Mapping[UUID, PassType] = field(default_factory=dict)
    google: Mapping[UUID, OwnAccount] = field(default_factory=dict)


class OwnCredentials:
    """Keys are opened once for each change, not each time somebody looks."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings, self._database, self._clock = settings, database, clock
        self._seen: str | None = None
        self._own = Own()

    async def read(self) -> Own:
        """Raises what the database raises; what does not open or does not fit is told and left out."""
        ids = await store.credential_ids(self._database.pool)
        if ids != self._seen:
            rows = await store.credentials(self._database.pool)
            self._own = opened(rows, self._settings, self._clock, _tell)
            self._seen = ids
            return self._own
        now = self._clock()
        renewed = {program_id: PassType.of(one.identity, one.signers, now, program_id) for program_id, one in self._own.apple.items()}
        return Own(renewed, self._own.google)


def opened(rows: Sequence[tuple[Issuer, Sequence[Credential]]], settings: Settings, clock: Clock, tell: Tell) -> Own:
    """What of them opens and fits; `tell` hears of the others."""
    vault = CredentialVault.of(settings.secrets)
    return Own(
        {one.program_id: _pass_type(one, held, settings, clock, vault, tell) for one, held in rows if one.platform is WalletPlatform.APPLE},
        {one.program_id: _account(one, held, vault, tell) for one, held in rows if one.platform is WalletPlatform.GOOGLE},
    )


def _pass_type(
    issuer: Issuer, held: Sequence[Credential], settings: Settings, clock: Clock, vault: CredentialVault, tell: Tell
) -> PassType:
    identity = pass_identity(settings, issuer.name, issuer.team_id or "")
    signers: list[Signer] = []
    for one in held:
        try:
            material = vault.open_material(one.sealed, issuer.program_id, one.credential_id)
            signers.append(new_signer(settings, clock, identity, material))
        except (Undecipherable, SigningRefused) as error:
            tell(issuer, one, error)
    return PassType.of(identity, signers, clock(), issuer.program_id)


def _account(issuer: Issuer, held: Sequence[Credential], vault: CredentialVault, tell: Tell) -> OwnAccount:
    """The newest that opens."""
    for one in reversed(held):
        try:
            return OwnAccount(issuer.name, ServiceAccount.of(vault.open_account(one.sealed, issuer.program_id, one.credential_id)))
        except (Undecipherable, AccountInvalid) as error:
            tell(issuer, one, error)
    return OwnAccount(issuer.name, None)


def _tell(issuer: Issuer, one: Credential, error: Exception) -> None:
    _log.error("%s of %s cannot be used: %s", one.fingerprint, issuer.name, error)
