"""Credentials of partners over the API: a partner tends its own, an operator those of all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.problems import Forbidden, Throttled
from honeyguide.api.refusal import said
from honeyguide.api.types.converted import converted
from honeyguide.api.types.credential import (
    Credential,
    CredentialConnection,
    CredentialCreated,
    CredentialEdge,
    CredentialNotFound,
    CredentialRejected,
    CredentialRevoked,
)
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict
from honeyguide.api.types.page import Page, Shape, cursor_of, moment, page_info
from honeyguide.caller import Audience
from honeyguide.identity import create_credential as creating
from honeyguide.identity import rotate_credential as rotating
from honeyguide.identity import store
from honeyguide.identity.credential_wish import LONGEST_NAME, AskedCredential, CredentialRefused
from honeyguide.identity.credentials import HashingBusy
from honeyguide.identity.revoke_credential import revoke_credential as end_credential
from honeyguide.till.outcomes import KeyConflict

CREDENTIAL_KEY: Shape = (moment, str)
_MEANS = {
    "OTHER_LOCATION": ErrorCode.OTHER_LOCATION,
    "UNKNOWN_LOCATION": ErrorCode.UNKNOWN_LOCATION,
    "MORE_THAN_OWN_SCOPES": ErrorCode.MORE_THAN_OWN_SCOPES,
    "TOO_MANY": ErrorCode.TOO_MANY_CREDENTIALS,
}

CreateCredentialResult = Annotated[
    CredentialCreated | CredentialRejected | IdempotencyConflict,
    strawberry.union("CreateCredentialResult", description="What became of createCredential."),
]
RotateCredentialResult = Annotated[
    CredentialCreated | CredentialNotFound | CredentialRejected | IdempotencyConflict,
    strawberry.union("RotateCredentialResult", description="What became of rotateCredential."),
]
RevokeCredentialResult = Annotated[
    CredentialRevoked | CredentialNotFound, strawberry.union("RevokeCredentialResult", description="What became of revokeCredential.")
]


def _rotation(value: Mapping[str, Any]) -> rotating.RotateCredential:
    hours = value["overlapHours"]
    # Beyond any overlap that is allowed, so that it is refused with its place, not by an overflow.
    overlap = timedelta(hours=max(-1, min(hours, 100_000)))
    return rotating.RotateCredential(checked_key(value["idempotencyKey"]), _client_id(value["clientId"]), overlap, value.get("publicKey"))


@converted(_rotation)
@strawberry.input(description="A credential to be replaced by a new one of the same rights.")
class RotateCredentialInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    client_id: str = strawberry.field(description="The old one's id.")
    overlap_hours: int = strawberry.field(default=24, description="How long both work, 0 to 720 hours; 0 ends the old one at once.")
    public_key: str | None = strawberry.field(default=strawberry.UNSET, description="The new JWK, where the old one has one.")


@strawberry.input(description="A credential to be ended.")
class RevokeCredentialInput:
    client_id: str = strawberry.field(description="Its id.")


RotateInput = Annotated[RotateCredentialInput, strawberry.argument(description="The credential.")]
RevokeInput = Annotated[RevokeCredentialInput, strawberry.argument(description="The credential.")]


async def create(context: RequestContext, key: str, asked: AskedCredential, locations: Mapping[str, Any]) -> CreateCredentialResult:
    """For both audiences; each knows whose credential it is."""
    _check_not_frozen(context)
    services, request = context.services, creating.CreateCredential(key, asked)
    try:
        outcome = await creating.create_credential(
            services.database, context.caller, services.credentials, services.claims, request, locations, context.now
        )
    except HashingBusy:
        raise Throttled("Too many credentials at once; try again.", 1) from None
    match outcome:
        case creating.CredentialCreated():
            return _created(outcome)
        case CredentialRefused():
            return _rejected(context, outcome)
        case KeyConflict():
            return refusal.idempotency_conflict(context)


async def rotate_credential(info: Info, input: RotateInput) -> RotateCredentialResult:
    context, request = info.context, cast(rotating.RotateCredential, input)
    _check_not_frozen(context)
    services = context.services
    try:
        outcome = await rotating.rotate_credential(
            services.database, context.caller, services.credentials, services.claims, request, context.now
        )
    except HashingBusy:
        raise Throttled("Too many credentials at once; try again.", 1) from None
    match outcome:
        case creating.CredentialCreated():
            await services.revocations.refresh()  # an overlap of zero ends the old one now
            return _created(outcome)
        case rotating.CredentialNotFound():
            return _not_found(context)
        case CredentialRefused():
            return _rejected(context, outcome)
        case KeyConflict():
            return refusal.idempotency_conflict(context)


async def revoke_credential(info: Info, input: RevokeInput) -> RevokeCredentialResult:
    context = info.context
    _check_not_frozen(context)
    services, client_id = context.services, _client_id(input.client_id)
    ended = await end_credential(services.database, context.caller, client_id, context.now)
    if ended is None:
        return _not_found(context)
    await services.revocations.refresh()  # this process need not wait for its own poll
    return CredentialRevoked(credential=Credential.of(ended))


async def listed(context: RequestContext, partner_id: UUID, page: Page) -> CredentialConnection:
    """A partner's credentials; a credential of one shop sees those of its shop."""
    caller = context.caller
    rows = await store.list_credentials(context.services.database.pool, caller.program_id, str(partner_id), caller.location, page.section)
    shown, info_of_page = page_info(page, rows, _key)
    edges = [CredentialEdge(cursor=cursor_of(_key(row)), node=Credential.of(row)) for row in shown]
    return CredentialConnection(edges=edges, page_info=info_of_page)


def asked_of(value: Mapping[str, Any], partner_id: UUID) -> AskedCredential:
    """The fields that both audiences' inputs share."""
    name, location = checked_text(value["name"], "name"), checked_text(value.get("location"), "location")
    return AskedCredential(partner_id, name, frozenset(value["scopes"]), location, value.get("publicKey"))


def _client_id(text: str) -> str:
    """What no client id of ours looks like names none."""
    return text if text.isascii() and text.isprintable() and len(text) <= 100 else ""


def _check_not_frozen(context: RequestContext) -> None:
    """Raises Forbidden: who is frozen would else go on under a new name, or end the names of others."""
    caller, freezes = context.caller, context.services.watch.freezes
    if caller.audience is Audience.PARTNER and freezes.is_frozen(caller.program_id, caller.partner_id, caller.credential_id):
        raise Forbidden("This credential is frozen: it makes, rotates and ends none.")


def _created(outcome: creating.CredentialCreated) -> CredentialCreated:
    return CredentialCreated(credential=Credential.of(outcome.credential), client_secret=outcome.client_secret, replayed=outcome.replayed)


def _rejected(context: RequestContext, refused: CredentialRefused) -> CredentialRejected:
    return CredentialRejected(**said(context, _MEANS.get(refused.code, ErrorCode.INVALID_VALUE), refused.path, longest=LONGEST_NAME))


def _not_found(context: RequestContext) -> CredentialNotFound:
    return CredentialNotFound(**said(context, ErrorCode.NOT_FOUND, ("clientId",)))


def _key(row: store.Credential) -> tuple[str, str]:
    assert row.created_at is not None  # of a row that was read
    return (row.created_at.isoformat(), row.client_id)
