"""A program brings its own certificate or account, or takes one back; each is told in the audit trail, never with its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from honeyguide.audit import Act, Action, Subject, SubjectKind, at_this_shell, record
from honeyguide.database import Database
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.credentials import store
from honeyguide.wallet.credentials.store import Credential, Issuer, WalletPlatform
from honeyguide.wallet.credentials.vault import CredentialVault
from honeyguide.wallet.google.account import ServiceAccount


@dataclass(frozen=True, slots=True)
class Brought:
    """It is there; every process works with it within some seconds. `is_new` is False where it was there before."""

    issuer: Issuer
    fingerprint: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class BelongsToAnother:
    """The pass type or issuer id is another program's."""

    name: str


@dataclass(frozen=True, slots=True)
class KnownOtherwise:
    """The program has another pass type or issuer id, and passes on phones cannot change theirs."""

    name: str


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """So many passes are on phones under the pass type or issuer id of the settings, which they can never leave."""

    count: int


BringOutcome = Brought | BelongsToAnother | KnownOtherwise | HeldElsewhere


async def bring_certificate(database: Database, vault: CredentialVault, program_id: UUID, signer: Signer, now: datetime) -> BringOutcome:
    """`signer` was checked for the pass type and team that its own certificate names (A6)."""
    credential_id, material = uuid4(), signer.material
    sealed = vault.seal_material(material, program_id, credential_id)
    issuer = Issuer(program_id, WalletPlatform.APPLE, signer.pass_type_id, signer.team_id)
    return await _bring(database, issuer, Credential(credential_id, signer.fingerprint, signer.valid_from, signer.expires_at, now, sealed))


async def bring_account(
    database: Database, vault: CredentialVault, program_id: UUID, issuer_id: str, content: dict[str, object], now: datetime
) -> BringOutcome:
    """`content` is Google's JSON key file as read; raises AccountInvalid."""
    account, credential_id = ServiceAccount.of(content), uuid4()
    sealed = vault.seal_account(content, program_id, credential_id)
    issuer = Issuer(program_id, WalletPlatform.GOOGLE, issuer_id)
    return await _bring(database, issuer, Credential(credential_id, account.key_id, None, None, now, sealed))


async def take_back(database: Database, program_id: UUID, fingerprint: str, now: datetime) -> bool:
    """Its key is gone; False when the program has no such credential."""
    async with database.transaction() as connection:
        await store.lock_credentials(connection)
        platform = await store.remove_credential(connection, program_id, fingerprint)
        if platform is None:
            return False
        await store.release_issuer(connection, program_id, platform)
        detail = {"platform": str(platform), "fingerprint": fingerprint}
        await record(connection, Act(program_id, now, at_this_shell(), Action.REMOVE_WALLET_KEY, _subject(program_id), detail=detail))
    return True


async def _bring(database: Database, issuer: Issuer, one: Credential) -> BringOutcome:
    async with database.transaction() as connection:
        await store.lock_credentials(connection)
        owner = await store.issuer_of_name(connection, issuer.platform, issuer.name)
        if owner is not None and owner != issuer.program_id:
            return BelongsToAnother(issuer.name)
        known = await store.name_of_issuer(connection, issuer.program_id, issuer.platform)
        if known is not None and known != issuer.name:
            return KnownOtherwise(known)
        if known is None and (held := await store.bound_elsewhere(connection, issuer)):
            return HeldElsewhere(held)
        await store.put_issuer(connection, issuer)
        is_new = await store.put_credential(connection, issuer, one)
        if is_new:
            detail = {"platform": str(issuer.platform), "issuer": issuer.name, "fingerprint": one.fingerprint}
            act = Act(issuer.program_id, one.added_at, at_this_shell(), Action.SET_WALLET_KEY, _subject(issuer.program_id), detail=detail)
            await record(connection, act)
    return Brought(issuer, one.fingerprint, is_new)


def _subject(program_id: UUID) -> Subject:
    return Subject(SubjectKind.PROGRAM, str(program_id))
