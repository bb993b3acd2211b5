"""`honeyguide credentials ...`: what a program brings to Apple and Google; keys come from files and go into the database sealed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click
from pydantic import SecretStr

from honeyguide.database import Database, running_database
from honeyguide.programs import store as programs
from honeyguide.settings import Settings, load_settings
from honeyguide.wallet.apple.signer import Signer, SigningFiles, SigningRefused, names_of, read_material
from honeyguide.wallet.certificates.of_settings import allows_development_ca
from honeyguide.wallet.credentials import store
from honeyguide.wallet.credentials.bring import (
    BelongsToAnother,
    BringOutcome,
    Brought,
    HeldElsewhere,
    KnownOtherwise,
    bring_account,
    bring_certificate,
    take_back,
)
from honeyguide.wallet.credentials.vault import CredentialVault
from honeyguide.wallet.google.account import AccountInvalid

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PROGRAM = click.option("--program", "code", required=True, help="Code of the program.")
_LARGEST = 64 * 1024


@click.group("credentials")
def credentials_command() -> None:
    """Certificates and accounts that single programs bring to Apple and Google; the others share those of the settings."""


@credentials_command.command("add-apple")
@click.argument("certificate", type=_FILE)
@click.option("--key", type=_FILE, help="Its private key; left out, it stands in the same file, as in a .p12.")
@click.option("--wwdr", type=_FILE, help="Apple's intermediate certificate. Default: HONEYGUIDE_APPLE_WWDR.")
@click.option("--password-file", type=_FILE, help="A file with the password of key or .p12; left out, it is asked for where needed.")
@_PROGRAM
def add_apple(certificate: Path, key: Path | None, wwdr: Path | None, password_file: Path | None, code: str) -> None:
    """Sign the program's passes with CERTIFICATE, of its own pass type; also to renew it: the newest valid one signs."""
    settings = load_settings()
    intermediate = wwdr or settings.apple_wwdr
    if intermediate is None:
        raise click.ClickException("name Apple's intermediate certificate: --wwdr FILE, or HONEYGUIDE_APPLE_WWDR")
    signer = _signer(settings, SigningFiles(certificate, key or certificate, intermediate, _password(password_file)))

    async def bring(database: Database, program_id: UUID) -> str:
        outcome = await bring_certificate(database, CredentialVault.of(settings.secrets), program_id, signer, _now())
        return f"{_told(outcome)}, valid until {signer.expires_at:%Y-%m-%d}"

    click.echo(asyncio.run(_with_program(settings, code, bring)))


@credentials_command.command("add-google")
@click.argument("service_account", type=_FILE)
@click.option("--issuer-id", required=True, help="The program's own issuer id in the Google Pay & Wallet console.")
@_PROGRAM
def add_google(service_account: Path, issuer_id: str, code: str) -> None:
    """Act at Google as the program's own issuer, by the JSON key file SERVICE_ACCOUNT; also to renew its key: the newest counts."""
    if not issuer_id.isascii() or not issuer_id.isdigit() or len(issuer_id) > 30:
        raise click.ClickException("an issuer id has digits only")
    settings = load_settings()

    async def bring(database: Database, program_id: UUID) -> str:
        try:
            content = json.loads(_content(service_account))
            return _told(await bring_account(database, CredentialVault.of(settings.secrets), program_id, issuer_id, content, _now()))
        except ValueError as error:
            reason = str(error) if isinstance(error, AccountInvalid) else "no service account key in JSON"
            raise click.ClickException(f"{service_account.name} is {reason}") from None

    click.echo(asyncio.run(_with_program(settings, code, bring)))


@credentials_command.command("list")
def list_credentials() -> None:
    """What programs brought: platform, pass type or issuer id, fingerprint, end; never a key."""

    async def show(database: Database) -> str:
        lines = []
        for issuer, held in await store.credentials(database.pool):
            code = await programs.program_code(database.pool, issuer.program_id)
            for one in held:
                until = f"until {one.valid_until:%Y-%m-%d}" if one.valid_until else "no end"
                lines.append(f"{code}\t{issuer.platform}\t{issuer.name}\t{one.fingerprint}\t{until}")
            if not held:
                lines.append(f"{code}\t{issuer.platform}\t{issuer.name}\tnone\t-")
        return "\n".join(lines) or "every program shares what the settings have"

    click.echo(asyncio.run(_with_database(load_settings(), show)))


@credentials_command.command("remove")
@click.argument("fingerprint")
@_PROGRAM
def remove(fingerprint: str, code: str) -> None:
    """Sign no more with the credential of this FINGERPRINT; its key is deleted."""

    async def end(database: Database, program_id: UUID) -> str:
        if not await take_back(database, program_id, fingerprint, _now()):
            raise click.ClickException("the program has no credential of this fingerprint: see `honeyguide credentials list`")
        return f"removed {fingerprint}"

    click.echo(asyncio.run(_with_program(load_settings(), code, end)))


def _signer(settings: Settings, files: SigningFiles) -> Signer:
    """Read and checked (A5-A7, A9), for the pass type that it is made out to itself."""
    try:
        try:
            material = read_material(files)
        except SigningRefused:
            if files.password is not None:
                raise
            typed = click.prompt(f"Password of {files.key.name}", hide_input=True, default="", show_default=False)
            material = read_material(SigningFiles(files.certificate, files.key, files.intermediate, SecretStr(typed)))
        pass_type_id, team_id = names_of(material.certificate)
        signer = Signer.of(material, pass_type_id=pass_type_id, team_id=team_id, clock=_now, development=allows_development_ca(settings))
        signer.check_dates()
        return signer
    except SigningRefused as refused:
        raise click.ClickException(str(refused)) from None


def _told(outcome: BringOutcome) -> str:
    match outcome:
        case Brought(issuer=issuer, fingerprint=fingerprint, is_new=is_new):
            return f"{'added' if is_new else 'known already:'} {fingerprint} of {issuer.name}"
        case BelongsToAnother(name=name):
            raise click.ClickException(f"{name} belongs to another program: passes of two programs would be mixed up")
        case KnownOtherwise(name=name):
            raise click.ClickException(f"the program has {name}: passes on phones cannot change to another")
        case HeldElsewhere(count=count):
            raise click.ClickException(f"{count} passes are on phones under what the settings have, and could never change to another")


def _password(file: Path | None) -> SecretStr | None:
    return SecretStr(_content(file).decode(errors="replace").rstrip("\r\n")) if file is not None else None


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise click.ClickException(f"{file.name} is too large for what it should be")
    return content


async def _with_program(settings: Settings, code: str, make: Callable[[Database, UUID], Awaitable[str]]) -> str:
    async def named(database: Database) -> str:
        for program_id in await programs.newest_versions(database.pool):
            if await programs.program_code(database.pool, program_id) == code:
                return await make(database, program_id)
        raise click.ClickException(f"no program has the code {code}")

    return await _with_database(settings, named)


async def _with_database(settings: Settings, make: Callable[[Database], Awaitable[str]]) -> str:
    async with running_database(settings) as addresses:
        database = await Database.open(addresses.application, pool_size=2)
        try:
            return await make(database)
        finally:
            await database.close()


def _now() -> datetime:
    return datetime.now(UTC)
