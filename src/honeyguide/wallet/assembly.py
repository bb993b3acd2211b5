"""Everything that passes need, put together once a process: program files, templates, certificates, keys, the way to Google."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.egress import Egress
from honeyguide.members.person import PersonVault
from honeyguide.programs.current import Programs, UnknownProgram
from honeyguide.programs.program import Program
from honeyguide.sealed import SealKey
from honeyguide.settings import Settings
from honeyguide.wallet import store
from honeyguide.wallet.add.link import link_key
from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json_of, sign_up_form_of
from honeyguide.wallet.apple.push import ApnsClient, ApnsEndpoint
from honeyguide.wallet.apple.push_identity import Identity, PushIdentity, TokenIdentity
from honeyguide.wallet.apple.signer import Signer, SigningRefused
from honeyguide.wallet.apple.validator import PassInvalid
from honeyguide.wallet.at_google.issuers import GoogleIssuers
from honeyguide.wallet.at_google.rate import SharedLimiter
from honeyguide.wallet.certificates.of_settings import AppleFiles, CertificateMissing
from honeyguide.wallet.certificates.pass_types import PassTypes
from honeyguide.wallet.certificates.signing import files_of, shared_pass_type
from honeyguide.wallet.credentials.own import OwnAccount
from honeyguide.wallet.faces.read_card import CardReader
from honeyguide.wallet.faces.styles import StyleMissing, Styles
from honeyguide.wallet.faces.template import Template, load_templates
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.phones.phone_notes import PhoneNotes
from honeyguide.wallet.phones.signed_passes import SignedPasses, Unsigned
from honeyguide.wallet.publishing.publish import PassContested, Publisher
from honeyguide.wallet.store import PassRow
from honeyguide.wallet.style_files.dressing import Dressing

_log = logging.getLogger(__name__)

# Why a pass cannot be handed out now though nothing is wrong with the request: "come back later" is the answer, and the operator's log.
NOT_NOW = (*DOWN, TimeoutError, SigningRefused, CertificateMissing, PassInvalid, PassContested, StyleMissing, UnknownProgram)


def why_not(error: BaseException) -> str:
    """What the log tells of it: certificates are named with their rule, of all else only the kind; messages may quote values."""
    return f"{type(error).__name__}: {error}" if isinstance(error, SigningRefused | CertificateMissing) else type(error).__name__


@dataclass(frozen=True, slots=True)
class Wallet:
    """What routes and worker share; programs without a certificate have no Apple passes."""

    settings: Settings
    database: Database
    programs: Programs
    clock: Clock
    styles: Styles
    dressing: Dressing
    pass_types: PassTypes
    publisher: Publisher
    link_key: SealKey = field(repr=False)
    vault: PersonVault = field(repr=False)
    apple: AppleFiles | None
    signed: SignedPasses
    notes: PhoneNotes = field(default_factory=PhoneNotes)

    @property
    def identity(self) -> PassIdentity:
        """That of the settings; a program may have its own, so what is about one pass asks `identity_of`."""
        return self.pass_types.shared.identity

    def identity_of(self, program_id: UUID) -> PassIdentity:
        """Raises CertificateMissing while the programs' own certificates are unknown."""
        return self.pass_types.of(program_id).identity

    def offers_apple(self, program_id: UUID) -> bool:
        """Whether this program has passes for iPhones."""
        return self.pass_types.offers_apple(program_id)

    async def current(self, row: PassRow) -> PassRow:
        """The pass as of now: published first when it is stale."""
        if row.is_published and not row.is_stale:
            return row
        await self.publisher.publish(row.key, self.clock())
        return await store.find_pass(self.database.pool, row.key) or row

    async def template(self, row: PassRow, program: Program) -> Template:
        """The template that a pass was published with; `program`: in whose colours. Raises StyleMissing."""
        return await self.dressing.template(row.key.program_id, program, row.style, row.dressed, tier_shown(row.face))

    async def pass_json(self, row: PassRow) -> bytes:
        """The published pass.json, drawn again from the face that was kept: the same bytes each time (A26)."""
        return (await self._unsigned(row)).pass_json

    async def package(self, row: PassRow) -> bytes:
        """The signed .pkpass of a published pass; raises SigningRefused, or CertificateMissing without a certificate."""
        signer = self.pass_types.of(row.key.program_id).signer(self.clock())  # of this pass type, or what is drawn below is not signed
        unsigned = await self._unsigned(row)
        if signer.pass_type_id != self.identity_of(row.key.program_id).pass_type_id:
            raise CertificateMissing("the program's pass type changed while its pass was drawn")
        return await self.signed.build(row.key.pass_id, row.tag, row.generation, unsigned, signer)

    async def _unsigned(self, row: PassRow) -> Unsigned:
        if row.face is None:
            raise ValueError(f"pass {row.key.pass_id} was never published")
        applied = await self.programs.at(row.key.program_id, row.styled)
        template, identity = await self.template(row, applied.program), self.identity_of(row.key.program_id)
        language = str(row.face["language"])
        body = pass_json_of(row.face, language, row, template, identity)
        return Unsigned(template, body, sign_up_form_of(row.face, language, template, identity))

    def close(self) -> None:
        for one in self.pass_types:
            for signer in one.signers:
                signer.close()


def tier_shown(face: Mapping[str, Any] | None) -> str | None:
    """The tier of a published face."""
    return None if face is None else face.get("tier.code")


def open_wallet(settings: Settings, database: Database, programs: Programs, clock: Clock) -> Wallet:
    """Load templates and keys; raises TemplateInvalid, PassInvalid or SigningRefused for what phones would refuse later."""
    styles, vault = Styles(load_templates(passes_folder(settings)), settings.apple_pass_bytes), PersonVault.of(*settings.secrets)
    pass_types = PassTypes(shared_pass_type(settings, clock))
    for template in styles.templates.values():
        for strip in (None, *template.strips):
            Package(template.with_strip(strip))  # what phones would refuse is refused now
    dressing = Dressing(database, styles)
    return Wallet(
        settings=settings,
        database=database,
        programs=programs,
        clock=clock,
        styles=styles,
        dressing=dressing,
        pass_types=pass_types,
        publisher=Publisher(CardReader(database, programs, vault), dressing, lambda program_id: pass_types.of(program_id).identity),
        link_key=link_key(settings.secrets),
        vault=vault,
        apple=files_of(settings, clock),
        signed=SignedPasses(largest=settings.apple_pass_bytes),
    )


def open_pushes(wallet: Wallet, egress: Egress) -> ApnsClient | None:
    """The way to phones, with the certificates that sign (N3); None where a development CA would reach for the real APNs."""
    settings, files = wallet.settings, wallet.apple
    if files is not None and files.ca is not None and not is_loopback(settings.apple_apns_host):
        _log.warning("no pushes: a development certificate works with a simulator on this machine only")
        return None
    ca_file = settings.apple_apns_ca or (files.ca if files is not None else None)
    endpoint = ApnsEndpoint(
        settings.apple_apns_host, settings.apple_apns_port, ca_file, settings.apple_push_type, settings.apple_push_priority
    )
    client = ApnsClient(endpoint, egress, clock=wallet.clock)
    for one in wallet.pass_types:
        if one.is_usable(wallet.clock()):
            client.use(push_identity(settings, one.signer(wallet.clock())))
    return client


def push_identity(settings: Settings, signer: Signer) -> Identity:
    """Who pushes for the pass type that this certificate signs: the certificate (N3), or the settings' token key for theirs (N4)."""
    material = signer.material
    by_certificate = PushIdentity(material.certificate, material.key, (material.intermediate,))
    if settings.apple_apns_key is None or by_certificate.topic != settings.apple_pass_type_id:
        return by_certificate
    key_id = settings.apple_apns_key_id
    if key_id is None:
        raise SigningRefused("N4: HONEYGUIDE_APPLE_APNS_KEY needs HONEYGUIDE_APPLE_APNS_KEY_ID, the key's ten characters")
    return TokenIdentity.load(settings.apple_apns_key, topic=by_certificate.topic, team_id=settings.apple_team_id, key_id=key_id)


def open_google(settings: Settings, egress: Egress, clock: Clock, database: Database) -> GoogleWallet | None:
    """The way to Google, at a speed that all processes share; None where it is not set up, or where a made-up account would reach for the real Google."""
    if settings.google_service_account_file is None and not is_loopback(urlsplit(settings.google_api_url).hostname or ""):
        return None
    return GoogleWallet.open(settings, egress, clock, limiter=lambda project, rate: SharedLimiter(database, project, rate))


def open_issuers(settings: Settings, egress: Egress, clock: Clock, database: Database) -> GoogleIssuers:
    """The issuer of the settings, and the way to those that programs bring (X2)."""

    def open_own(own: OwnAccount) -> GoogleWallet | None:
        if own.account is None:
            return None
        return GoogleWallet.of(
            settings, own.issuer_id, own.account, egress, clock, limiter=lambda project, rate: SharedLimiter(database, project, rate)
        )

    return GoogleIssuers(open_google(settings, egress, clock, database), open_own)


def is_loopback(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def passes_folder(settings: Settings) -> Path:
    """The folder with the <style>.pass folders: the operator's own, else ours, beside the package or in the repository."""
    if settings.passes_dir is not None:
        return settings.passes_dir
    package = Path(__file__).resolve().parents[1] / "passes"
    return package if package.is_dir() else Path(__file__).resolve().parents[3] / "passes"
