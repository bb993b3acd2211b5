"""`honeyguide token ...`: tokens for trying in development; making and ending credentials anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import click

from honeyguide.audit import Act, Action, Subject, SubjectKind, at_this_shell, record
from honeyguide.caller import Audience, Caller
from honeyguide.coalition import store as coalition
from honeyguide.database import Database, running_database
from honeyguide.identity import store
from honeyguide.identity.access import SCOPES
from honeyguide.identity.credentials import CredentialMaker, SecretHasher
from honeyguide.identity.keys import KeysMissing, KeysUnusable, issuer_of, key_ring_of
from honeyguide.identity.revoke_credential import end as end_credential
from honeyguide.identity.tokens import issue_token
from honeyguide.members.lookup import LookupKind, LookupPolicy, MemberLookup, find_member
from honeyguide.programs import store as programs
from honeyguide.settings import Settings, load_settings

_HOURS = click.option("--hours", type=click.IntRange(1, 24 * 30), default=12, show_default=True, help="How long the token lives.")
_PROGRAM = click.option("--program", "program_code", help="Code of the program, when there are several.")


@click.group("token")
def token_command() -> None:
    """Make an access token for trying; printed alone on standard output."""


@token_command.command("member")
@click.argument("number")
@_PROGRAM
@_HOURS
def member_token(number: str, program_code: str | None, hours: int) -> None:
    """A token of the member with this NUMBER, for /member/graphql; development only."""

    async def caller(database: Database, program_id: UUID) -> Caller:
        policy = LookupPolicy(program_id, None, b"")
        member = await find_member(database.pool, policy, MemberLookup(LookupKind.NUMBER, number), _now())
        if member is None:
            raise click.ClickException("no member has this number")
        return Caller(Audience.MEMBER, program_id, str(member.member_id))

    _print_token(caller, program_code, hours)


@token_command.command("partner")
@click.argument("code")
@_PROGRAM
@_HOURS
def partner_token(code: str, program_code: str | None, hours: int) -> None:
    """A token of the partner with this CODE and all scopes, for /partner/graphql; development only."""

    async def caller(database: Database, program_id: UUID) -> Caller:
        for partner in await coalition.partners(database.pool, program_id):
            if partner.code == code:
                return Caller(Audience.PARTNER, program_id, str(partner.partner_id), SCOPES[Audience.PARTNER])
        raise click.ClickException("no partner has this code")

    _print_token(caller, program_code, hours)


@token_command.command("operator")
@click.option("--name", default="development", show_default=True, help="Who it is, for the records.")
@_PROGRAM
@_HOURS
def operator_token(name: str, program_code: str | None, hours: int) -> None:
    """A token with all scopes for /operator/graphql; development only."""

    async def caller(database: Database, program_id: UUID) -> Caller:
        return Caller(Audience.OPERATOR, program_id, name, SCOPES[Audience.OPERATOR])

    _print_token(caller, program_code, hours)


@token_command.command("credential")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(sorted(SCOPES[Audience.OPERATOR])), help="May be repeated."
)
@_PROGRAM
def operator_credential(name: str, scopes: tuple[str, ...], program_code: str | None) -> None:
    """A client id and secret for an operator's machine NAME, for /oauth/token; the secret is shown once."""

    async def make(settings: Settings, database: Database, program_id: UUID) -> str:
        assert settings.secret_key is not None  # load_settings gives one
        hasher = SecretHasher(threads=1)
        try:
            maker = CredentialMaker(settings.secret_key.get_secret_value().encode(), hasher)
            credential = await maker.for_operator(program_id, name, frozenset(scopes))
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        finally:
            hasher.close()
        async with database.transaction() as connection:
            await credential.store(connection, _now())
            subject = Subject(SubjectKind.CREDENTIAL, credential.client_id)
            facts = {"scopes": sorted(scopes)}
            await record(connection, Act(program_id, _now(), at_this_shell(), Action.ISSUE_CREDENTIAL, subject, detail=facts))
        return f"client_id {credential.client_id}\nclient_secret {credential.client_secret}"

    click.echo(asyncio.run(with_database(load_settings(), program_code, make)))


@token_command.command("revoke")
@click.argument("client_id")
@_PROGRAM
def revoke(client_id: str, program_code: str | None) -> None:
    """End a credential of a partner or an operator's machine: its tokens stop working within a second, everywhere."""

    async def end(settings: Settings, database: Database, program_id: UUID) -> str:
        credential = await store.credential(database.pool, client_id)
        if (
            credential is None
            or credential.program_id != program_id
            or not await end_credential(database, credential, at_this_shell(), _now())
        ):
            raise click.ClickException(f"no credential {client_id} is in force")
        return f"revoked {client_id}"

    click.echo(asyncio.run(with_database(load_settings(), program_code, end)))


def _print_token(caller: Callable[[Database, UUID], Awaitable[Caller]], program_code: str | None, hours: int) -> None:
    settings = load_settings()
    if settings.environment == "production":
        # Nobody may become somebody else from a shell, unseen by any audit trail.
        raise click.ClickException("tokens for trying are made in development only")

    async def make(settings: Settings, database: Database, program_id: UUID) -> str:
        try:
            ring = key_ring_of(settings)
        except (KeysMissing, KeysUnusable) as error:
            raise click.ClickException(str(error)) from None
        who = await caller(database, program_id)
        return issue_token(ring, issuer=issuer_of(settings), caller=who, now=_now(), lifetime=timedelta(hours=hours))

    click.echo(asyncio.run(with_database(settings, program_code, make)))


async def with_database(settings: Settings, program_code: str | None, make: Callable[[Settings, Database, UUID], Awaitable[str]]) -> str:
    """What a command of one program does with the database, and says."""
    async with running_database(settings) as addresses:
        database = await Database.open(addresses.application, pool_size=2)
        try:
            return await make(settings, database, await program_named(database, program_code or settings.program))
        finally:
            await database.close()


async def program_named(database: Database, code: str | None) -> UUID:
    """The program of this code, or the only one."""
    codes = {
        await programs.program_code(database.pool, program_id): program_id for program_id in await programs.newest_versions(database.pool)
    }
    if code is not None:
        if code not in codes:
            raise click.ClickException(f"no program has the code {code}")
        return codes[code]
    if len(codes) != 1:
        raise click.ClickException(
            "name a program with --program" if codes else "no program was applied: run `honeyguide program apply FILE`"
        )
    return next(iter(codes.values()))


def _now() -> datetime:
    return datetime.now(UTC)
