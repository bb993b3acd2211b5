"""The operator makes a credential for a partner, and sees those that it has."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from honeyguide.api import credentials
from honeyguide.api.context import Info
from honeyguide.api.credentials import CreateCredentialResult
from honeyguide.api.input_refused import InputRefused
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.problems import BadArgument
from honeyguide.api.types.credential import CredentialConnection
from honeyguide.api.types.errors import ErrorCode
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import After, Before, First, Last, given, page_of


@strawberry.input(description="A credential of a partner.")
class CreateCredentialInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    partner: strawberry.ID = strawberry.field(description="The partner's id.")
    name: str = strawberry.field(description="What people call it: at most 100 characters.")
    scopes: list[str] = strawberry.field(description="What it may do.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The only shop that it serves; default all.")
    public_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="A public JWK, for private_key_jwt; default a secret is made."
    )


Input = Annotated[CreateCredentialInput, strawberry.argument(description="The credential.")]
OfPartner = Annotated[strawberry.ID, strawberry.argument(description="The partner's id.")]


async def create_credential(info: Info, input: Input) -> CreateCredentialResult:
    context, once = info.context, checked_key(input.idempotency_key)
    partner_id = NodeId.of_kind(NodeKind.PARTNER, input.partner).key
    registered = await context.partner(partner_id)
    if registered is None:
        raise InputRefused(("partner",), ErrorCode.NOT_FOUND)
    value = {"name": input.name, "scopes": input.scopes, "location": input.location or None, "publicKey": input.public_key or None}
    return await credentials.create(context, once, credentials.asked_of(value, partner_id), registered.locations)


async def partner_credentials(
    info: Info,
    partner: OfPartner,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> CredentialConnection:
    page = page_of(credentials.CREDENTIAL_KEY, given(first), given(after), given(last), given(before))
    return await credentials.listed(info.context, _partner_id(partner), page)


def _partner_id(text: str) -> UUID:
    named = NodeId.read(text)
    if named is None or named.kind is not NodeKind.PARTNER:
        raise BadArgument("That is no partner's id.", ("partner",))
    return named.key
