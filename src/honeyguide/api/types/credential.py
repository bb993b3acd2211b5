"""What tills and machines sign in with, as their owners see it: never the secret, which is shown once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.errors import UserError
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.page import PageInfo
from honeyguide.identity.store import Credential as Stored


@described(
    "How a client proves itself.",
    SECRET="By a secret.",  # noqa: S106 - a word
    PUBLIC_KEY="By an assertion that its key signed (private_key_jwt).",
)
class CredentialKind(StrEnum):
    SECRET = "SECRET"  # noqa: S105 - a word
    PUBLIC_KEY = "PUBLIC_KEY"


@strawberry.type(description="A client id, and what it may do.")
class Credential:
    client_id: str = strawberry.field(description="For /oauth/token.")
    name: str = strawberry.field(description="What people call it.")
    kind: CredentialKind = strawberry.field(description="How it proves itself.")
    scopes: list[str] = list_field("What it may do.", 20)
    location: str | None = strawberry.field(description="The only shop that it serves; null: all of the partner's.")
    created_at: datetime | None = strawberry.field(description="When it was made.")
    used_at: datetime | None = strawberry.field(description="When it signed in last.")
    ends_at: datetime | None = strawberry.field(description="When it ends by itself, after a rotation.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")

    @classmethod
    def of(cls, stored: Stored) -> Credential:
        return cls(
            client_id=stored.client_id,
            name=stored.name,
            kind=CredentialKind.PUBLIC_KEY if stored.public_key is not None else CredentialKind.SECRET,
            scopes=sorted(stored.scopes),
            location=stored.location,
            created_at=stored.created_at,
            used_at=stored.used_at,
            ends_at=stored.ends_at,
            revoked_at=stored.revoked_at,
        )


@strawberry.type(description="A credential in its list.")
class CredentialEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: Credential = strawberry.field(description="The credential.")


@strawberry.type(description="A page of credentials.")
class CredentialConnection:
    edges: list[CredentialEdge] = strawberry.field(description="Newest first.")
    page_info: PageInfo = strawberry.field(description="What lies around this page.")


@strawberry.type(description="A new credential.")
class CredentialCreated:
    credential: Credential = strawberry.field(description="The credential.")
    client_secret: str | None = strawberry.field(description="Shown here and nowhere else; null where a public key proves the client.")
    replayed: bool = strawberry.field(description="Whether this key had made it before; then this is the first answer again.")


@strawberry.type(description="The credential was ended.")
class CredentialRevoked:
    credential: Credential = strawberry.field(description="The credential; its tokens stop within a second.")


@strawberry.type(description="It cannot be made so.")
class CredentialRejected(UserError):
    pass


@strawberry.type(description="You have no such credential in force.")
class CredentialNotFound(UserError):
    pass
