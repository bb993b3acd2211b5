"""A partner's people who tend its credentials, and the documents they send."""

from __future__ import annotations

from typing import Any

import httpx

from builders.platform import Platform, key
from honeyguide.caller import Audience

FIELDS = "credential { clientId name kind scopes location endsAt revokedAt usedAt } clientSecret replayed"
CREATE = (
    "mutation ($input: CreateCredentialInput!) { it: createCredential(input: $input) { __typename "
    f"... on CredentialCreated {{ {FIELDS} }} ... on UserError {{ code path message }} }} }}"
)
ROTATE = (
    "mutation ($input: RotateCredentialInput!) { it: rotateCredential(input: $input) { __typename "
    f"... on CredentialCreated {{ {FIELDS} }} ... on UserError {{ code path }} }} }}"
)
REVOKE = (
    "mutation ($input: RevokeCredentialInput!) { it: revokeCredential(input: $input) { __typename "
    "... on CredentialRevoked { credential { clientId revokedAt } } ... on UserError { code path } } }"
)
LIST = """query ($first: Int, $after: String) {
  it: credentials(first: $first, after: $after) { edges { cursor node { clientId name location } } pageInfo { hasNextPage endCursor } }
}"""
POST = "mutation ($input: PostTransactionInput!) { it: postTransaction(input: $input) { __typename ... on UserError { code path } } }"
POSTS = "{ it: transactions { edges { node { reference } } } }"


class Shop:
    """The grocer's own people, by whatever token."""

    def __init__(self, platform: Platform, token: str) -> None:
        self.platform, self.token = platform, token

    async def ask(self, document: str, token: str | None = None, **variables: Any) -> Any:
        return (await self.platform.ask(Audience.PARTNER, token or self.token, document, variables))["it"]

    async def create(self, token: str | None = None, **given: Any) -> Any:
        asked = {"idempotencyKey": key(), "name": "till 1", "scopes": ["earn"], **given}
        return await self.ask(CREATE, token, input=asked)

    async def sign_in(self, created: Any, **more: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": created["credential"]["clientId"],
            "client_secret": created["clientSecret"],
        }
        return await self.platform.http.post("/oauth/token", data={**form, **more})

    async def token_of(self, created: Any) -> str:
        answer = await self.sign_in(created)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])
