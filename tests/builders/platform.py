"""A whole server in the test's own process, spoken to over its three APIs, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from builders.clock import Clock
from honeyguide.api.services import Services
from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.identity.access import SCOPES
from honeyguide.identity.keys import issuer_of, key_ring_of
from honeyguide.identity.tokens import issue_token
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied
from honeyguide.settings import Settings
from honeyguide.web import create_app

GALLERY = Path(__file__).parents[2] / "src/honeyguide/programs/gallery/grocer-and-fuel.yaml"
TILL = (Path(__file__).parents[2] / "schema/operations/partner/till.graphql").read_text()
GRAPHQL = "application/graphql-response+json"
_keys = count(1)


@dataclass
class Platform:
    app: Starlette
    http: httpx.AsyncClient
    settings: Settings
    clock: Clock
    program_id: UUID
    partners: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        return self.app.state.services  # type: ignore[no-any-return]

    def token(
        self,
        audience: Audience,
        subject: str,
        scopes: frozenset[str] | None = None,
        program_id: UUID | None = None,
        location: str | None = None,
        credential_id: str | None = None,
    ) -> str:
        given = SCOPES[audience] if scopes is None else scopes
        caller = Caller(audience, program_id or self.program_id, subject, given, credential_id, location)
        ring, issuer = key_ring_of(self.settings), issuer_of(self.settings)
        return issue_token(ring, issuer=issuer, caller=caller, now=self.clock(), lifetime=timedelta(days=1))

    async def send(self, audience: Audience, token: str | None, body: Any, **headers: str) -> httpx.Response:
        """One POST with the richer media type."""
        sent = {
            "Accept": GRAPHQL,
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        return await self.http.post(f"/{audience}/graphql", json=body, headers=sent)

    async def ask(self, audience: Audience, token: str, document: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        """The data of an operation that must not fail."""
        response = await self.send(audience, token, {"query": document, "variables": variables or {}}, **headers)
        answer = response.json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def as_operator(self, document: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        return await self.ask(Audience.OPERATOR, self.token(Audience.OPERATOR, "olivia"), document, variables, **headers)

    async def as_partner(self, code: str, document: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        return await self.ask(Audience.PARTNER, await self.partner_token(code), document, variables, **headers)

    async def as_member(self, member_id: UUID | str, document: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        return await self.ask(Audience.MEMBER, self.token(Audience.MEMBER, str(member_id)), document, variables, **headers)

    async def partner_token(self, code: str) -> str:
        """A token of the partner, which is registered at its first use."""
        if code not in self.partners:
            place = {"code": "7", "name": f"{code} in Main Street"}
            given = {
                "idempotencyKey": f"register-{code}",
                "code": code,
                "name": code.title(),
                "locations": [place],
                "scopes": sorted(SCOPES[Audience.PARTNER]),
            }
            answer = await self.as_operator(REGISTER, {"input": given})
            registered = await self.services.partners.all(self.program_id)
            partner_id = next(partner.partner_id for partner in registered if partner.code == code)
            self.partners[code] = {**answer["registerPartner"], "partner_id": partner_id}
        return self.token(Audience.PARTNER, str(self.partners[code]["partner_id"]))

    async def enrol(self, email: str = "anna@example.test", partner: str = "grocer", **more: Any) -> UUID:
        """A member by the partner's API; their id, which no API tells but a test may know."""
        given = {"idempotencyKey": key(), "email": email, **more}
        answer = await self.as_partner(partner, ENROL, {"input": given})
        assert answer["enrollMember"]["__typename"] == "MemberEnrolled", answer
        pool = self.services.database.pool
        member_id: UUID = await pool.fetchval("SELECT member_id FROM identifier WHERE kind = 'email' AND value = $1", email.lower())
        return member_id

    async def post(
        self, amount: str, /, partner: str = "grocer", email: str | None = "anna@example.test", document: str = "", **more: Any
    ) -> Any:
        """A purchase by the partner's API, now and at one line unless said otherwise."""
        result = await self.as_partner(partner, document or POST, {"input": purchase(self.clock(), amount, email, **more)})
        return result["postTransaction"]

    async def till(self, operation: str, partner: str = "grocer", **variables: Any) -> Any:
        """One of the till's documents, which are shipped as examples."""
        body = {"query": TILL, "operationName": operation, "variables": variables}
        answer = (await self.send(Audience.PARTNER, await self.partner_token(partner), body)).json()
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))


def key() -> str:
    return f"key-{next(_keys):08}"


def purchase(at: datetime, amount: str, email: str | None = "anna@example.test", /, **more: Any) -> dict[str, Any]:
    """A PostTransactionInput of one line."""
    given: dict[str, Any] = {
        "idempotencyKey": key(),
        "member": {"email": email} if email else None,
        "reference": key(),
        "occurredAt": at.isoformat(),
        "amount": {"amount": amount, "currency": "USD"},
        "lines": [{"lineId": "1", "sku": "sku-1", "category": "GROCERY", "quantity": "1", "amount": amount}],
    }
    return {**given, **more}


REGISTER = """
mutation Register($input: RegisterPartnerInput!) {
  registerPartner(input: $input) {
    __typename
    ... on PartnerRegistered { partner { id name } clientId clientSecret replayed }
    ... on UserError { code message path }
  }
}
"""

ENROL = """
mutation Enrol($input: EnrollMemberInput!) {
  enrollMember(input: $input) {
    __typename
    ... on MemberEnrolled { handle addUrl replayed }
    ... on UserError { code message path }
  }
}
"""

POST = """
mutation Post($input: PostTransactionInput!) {
  postTransaction(input: $input) {
    __typename
    ... on TransactionPosted {
      replayed
      claimUrl
      transaction {
        id reference kind state occurredAt amount { amount currency } partner { name }
        accruals { quantity state availableOn expiresOn unit { code } because { rule text quantity } }
      }
      member { maskedName tier { code } accounts { unit { code } available redeemable worth { amount currency } } }
    }
    ... on TransactionParked { reference reason replayed }
    ... on DuplicateReference { transaction { id reference } }
    ... on TransactionRejected { retryAfter }
    ... on UserError { code message path }
  }
}
"""


@asynccontextmanager
async def running_platform(
    database: Database, database_url: str, folder: Path, program: str | None = None, clock: Clock | None = None, **settings_: Any
) -> AsyncIterator[Platform]:
    """A server on this database with one program in force; further settings by their names."""
    clock = clock or Clock()
    async with database.transaction() as connection:
        applied = await apply_program(connection, source=program or GALLERY.read_text(), applied_by="test", now=clock())
    assert isinstance(applied, Applied), applied
    given = {"database_url": SecretStr(database_url), "data_dir": folder, "secret_key": SecretStr("s" * 40), "port": 8123, **settings_}
    settings = Settings(**given)  # type: ignore[arg-type]
    app = create_app(settings, clock)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=settings.url) as http:
        yield Platform(app, http, settings, clock, applied.program_id)
