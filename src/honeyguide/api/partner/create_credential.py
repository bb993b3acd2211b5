"""A partner makes a credential of its own: for a shop, a till or a machine."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api import credentials
from honeyguide.api.context import Info
from honeyguide.api.credentials import CreateCredentialResult
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.partner.desk import own_partner
from honeyguide.api.types.credential import CredentialConnection
from honeyguide.api.types.page import After, Before, First, Last, given, page_of


@strawberry.input(description="A credential that may do no more, and nowhere else, than the one that asks for it.")
class CreateCredentialInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    name: str = strawberry.field(description="What people call it: at most 100 characters.")
    scopes: list[str] = strawberry.field(description="What it may do: some of your own scopes.")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="The only shop that it serves; default all.")
    public_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="A public JWK, for private_key_jwt; default a secret is made."
    )


Input = Annotated[CreateCredentialInput, strawberry.argument(description="The credential.")]


async def create_credential(info: Info, input: Input) -> CreateCredentialResult:
    context = info.context
    own = await own_partner(context)
    value = {"name": input.name, "scopes": input.scopes, "location": input.location or None, "publicKey": input.public_key or None}
    return await credentials.create(context, checked_key(input.idempotency_key), credentials.asked_of(value, own.partner_id), own.locations)


async def own_credentials(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> CredentialConnection:
    page = page_of(credentials.CREDENTIAL_KEY, given(first), given(after), given(last), given(before))
    return await credentials.listed(info.context, info.context.caller.partner_id, page)
