"""`honeyguide provider ...`: whose tokens let persons in; here only, so that who operates the API cannot let himself in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click
from pydantic import ValidationError

from honeyguide.audit import Act, Action, Subject, SubjectKind, at_this_shell, record
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.egress import Egress
from honeyguide.identity.command import with_database
from honeyguide.identity.keys import issuer_of
from honeyguide.identity.providers import store
from honeyguide.identity.providers.directory import fetch_by
from honeyguide.identity.providers.keys import trouble_with_keys
from honeyguide.identity.providers.provider import ALGORITHMS, Provider, ProviderOptions, faults
from honeyguide.settings import Settings, load_settings

_PROGRAM = click.option("--program", "program_code", help="Code of the program, when there are several.")


@click.group("provider")
def provider_command() -> None:
    """The company's own identity providers, whose tokens let members and operators in."""


@provider_command.command("add")
@click.argument("name")
@click.option("--for", "audience", type=click.Choice(["member", "operator"]), required=True, help="Whose persons sign in there.")
@click.option("--issuer", required=True, help="`iss` of its tokens, letter by letter.")
@click.option("--audience", "client_audiences", multiple=True, required=True, help="`aud` that means us: a client id. May be repeated.")
@click.option("--jwks-url", help="Address of its keys; left out, its discovery document names it.")
@click.option("--algorithm", "algorithms", multiple=True, type=click.Choice(ALGORITHMS), help="Default RS256. May be repeated.")
@click.option("--token-type", "token_types", multiple=True, type=click.Choice(["at+jwt", "JWT"]), help="Default: both. May be repeated.")
@click.option("--party", "authorized_parties", multiple=True, help="Only clients with this `azp` or `client_id`. May be repeated.")
@click.option("--subject-claim", help="Default sub.")
@click.option("--enrols", is_flag=True, default=None, help="Members: who is unknown becomes a member at first sight.")
@click.option(
    "--links-by", type=click.Choice(["none", "verified_email"]), help="Members: whom we know by a verified e-mail is meant, once."
)
@click.option("--name-claim", help="Members: default name.")
@click.option("--locale-claim", help="Members: default locale.")
@click.option("--birth-date-claim", help="Members: default birthdate; an age gate asks for it.")
@click.option("--roles-claim", help="Operators: the claim with their groups; dots lead into objects.")
@click.option("--role", "roles", multiple=True, metavar="GROUP=ROLE", help="Operators: which group is admin, manager, auditor or agent.")
@click.option("--acr", multiple=True, help="One of these must be the token's `acr`. May be repeated.")
@click.option("--amr", multiple=True, help="One of these must be in the token's `amr`, such as mfa. May be repeated.")
@click.option("--leeway", "leeway_seconds", type=int, help="Between its clock and ours; default 60, at most 300 seconds.")
@click.option("--max-age", "max_age_seconds", type=int, help="Longest life of a token; default 43200, at most 86400 seconds.")
@click.option("--unchecked", is_flag=True, help="Do not read its keys now; for a provider that is not up yet.")
@_PROGRAM
def add(
    name: str,
    audience: str,
    issuer: str,
    client_audiences: tuple[str, ...],
    jwks_url: str | None,
    algorithms: tuple[str, ...],
    roles: tuple[str, ...],
    unchecked: bool,
    program_code: str | None,
    **given: Any,
) -> None:
    """Trust the provider NAME, or replace what is asked of it; reaches every process within a second.

    NAME becomes part of its operators' names and stays with the issuer for ever.
    """

    async def put(settings: Settings, database: Database, program_id: UUID) -> str:
        options = _options({**given, "roles": _roles(roles)})
        allowed = frozenset(algorithms or ("RS256",))
        provider = Provider(program_id, name, Audience(audience), issuer, client_audiences, jwks_url, allowed, options)
        found = faults(provider, issuer_of(settings), plain_http=settings.environment == "development")
        if found:
            raise click.ClickException("; ".join(found))
        if not unchecked:
            await _check_keys(settings, provider)
        return await _put(database, provider)

    click.echo(asyncio.run(with_database(load_settings(), program_code, put)))


@provider_command.command("list")
@_PROGRAM
def list_providers(program_code: str | None) -> None:
    """The providers of a program, removed ones too."""

    async def show(settings: Settings, database: Database, program_id: UUID) -> str:
        rows = await store.providers(database.pool, program_id)
        return "\n".join(_line(provider, removed_at) for provider, removed_at in rows) or "no identity provider"

    click.echo(asyncio.run(with_database(load_settings(), program_code, show)))


@provider_command.command("remove")
@click.argument("name")
@_PROGRAM
def remove(name: str, program_code: str | None) -> None:
    """Trust the provider NAME no longer: its tokens end within a second, everywhere; members stay linked."""

    async def end(settings: Settings, database: Database, program_id: UUID) -> str:
        async with database.transaction() as connection:
            if not await store.remove_provider(connection, program_id, name, _now()):
                raise click.ClickException("no provider of this name is in force")
            await record(connection, _act(program_id, name, Action.REMOVE_PROVIDER, {}))
        return f"removed {name}"

    click.echo(asyncio.run(with_database(load_settings(), program_code, end)))


async def _put(database: Database, provider: Provider) -> str:
    async with database.transaction() as connection:
        await store.lock_providers(connection)
        other = await store.overlapping_provider(connection, provider)
        if other is not None:
            # A token could then be a member's and an operator's, or of two programs.
            raise click.ClickException(f"the provider {other} takes tokens of this issuer and audience already")
        if not await store.put_provider(connection, provider, _now()):
            raise click.ClickException("the name belongs to another issuer or kind of person: choose another")
        await record(connection, _act(provider.program_id, provider.provider_id, Action.SET_PROVIDER, _detail(provider)))
    return f"added {provider.provider_id}"


async def _check_keys(settings: Settings, provider: Provider) -> None:
    egress = Egress.of(settings)
    try:
        trouble = await trouble_with_keys(provider.issuer, provider.jwks_url, fetch_by(egress))
    finally:
        await egress.close()
    if trouble is not None:
        raise click.ClickException(f"its keys cannot be read: {trouble} (--unchecked adds it all the same)")


def _options(given: dict[str, Any]) -> ProviderOptions:
    """What was not said keeps its default."""
    said = {name: value for name, value in given.items() if value not in (None, (), {})}
    try:
        return ProviderOptions.model_validate(said, strict=False)
    except ValidationError as invalid:
        raise click.ClickException(
            "; ".join(f"{error['loc'][0] if error['loc'] else 'options'}: {error['msg']}" for error in invalid.errors())
        ) from None


def _roles(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in texts]
    if not all(group and role for group, _, role in pairs):
        raise click.ClickException("--role takes GROUP=ROLE")
    return {group: role for group, _, role in pairs}


def _line(provider: Provider, removed_at: datetime | None) -> str:
    state = f"removed {removed_at:%Y-%m-%d}" if removed_at else "in force"
    audiences = ",".join(provider.client_audiences)
    return f"{provider.provider_id}\t{provider.audience}\t{provider.issuer}\t{audiences}\t{','.join(sorted(provider.algorithms))}\t{state}"


def _detail(provider: Provider) -> dict[str, Any]:
    """Names and addresses of a company's own are no codes; which options count is."""
    options = provider.options
    return {
        "audience": str(provider.audience),
        "algorithms": sorted(provider.algorithms),
        "enrols": options.enrols,
        "links_by": str(options.links_by),
        "roles": sorted(set(options.roles.values())),
        "max_age_seconds": options.max_age_seconds,
    }


def _act(program_id: UUID, name: str, action: Action, detail: dict[str, Any]) -> Act:
    return Act(program_id, _now(), at_this_shell(), action, Subject(SubjectKind.PROVIDER, name), detail=detail)


def _now() -> datetime:
    return datetime.now(UTC)
