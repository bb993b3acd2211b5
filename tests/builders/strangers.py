"""Everybody who may send a request: two members, two partners, roles of operators, and those whose tokens are none; and what each must not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import orjson
from graphql import GraphQLSchema

from builders.platform import GRAPHQL, Platform, key
from builders.random_documents import Writer, Written
from builders.random_values import Values
from honeyguide.api.core import core_schema
from honeyguide.api.problems import ProblemCode
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience
from honeyguide.identity.access import ROLES

NAME, EMAIL, PHONE = "Zeisig Quetzalcoatl", "zeisig@canary.example.test", "2025550177"
RECEIPTS = ("canary-receipt", "canary-parked", "canary-burn", "canary-cashier")
INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|asyncpg|strawberry|honeyguide\.|object at 0x|SELECT |INSERT |Exception|Error\("
)
_TOLD = re.compile(r'"(id|handle|endCursor|cursor)":"([^"]{4,300})"')
CODES = frozenset(ProblemCode)


@dataclass(frozen=True)
class Stranger:
    """Who asks; none of `hidden` may stand in an answer, unless the question named it; without a good token nothing is answered."""

    name: str
    audience: Audience
    token: str
    hidden: tuple[str, ...] = ()
    is_let_in: bool = True


@dataclass
class Crowd:
    """All of them, and what they have heard: ids that one was told are tried by all."""

    platform: Platform
    strangers: list[Stranger]
    known: dict[str, list[str]]
    ids: list[str]
    answered: dict[str, int] = field(default_factory=dict)

    @classmethod
    async def made(cls, platform: Platform) -> Crowd:
        """Anna asks; Bert, whose name is Zeisig, has what nobody else may see; of Carl everybody may do what he likes."""
        anna, _carl = await platform.enrol(displayName="Anna Adler"), await platform.enrol("carl@example.test")
        bert = await platform.enrol(EMAIL, displayName=NAME, phone=f"+1{PHONE}")
        await platform.partner_token("fuel")
        for email in ("anna@example.test", "carl@example.test"):
            await platform.post("60.00", email=email, reference=f"receipt-{email[:4]}")
        await platform.post("90.00", email=EMAIL, reference="canary-receipt", cashier="canary-cashier")
        await platform.post("10.00", email=EMAIL, reference="canary-parked", occurredAt="2020-01-01T12:00:00Z")
        await platform.till(
            "Redeem",
            input={"idempotencyKey": key(), "member": {"email": EMAIL}, "reference": "canary-burn", "unit": "points", "quantity": "1"},
        )
        numbers = [
            str(row["member_number"]) for row in await platform.services.database.pool.fetch("SELECT member_number FROM member ORDER BY 1")
        ]
        number = (await platform.as_member(bert, "{ me { memberNumber } }"))["me"]["memberNumber"]
        own = (await platform.as_member(anna, "{ me { memberNumber } }"))["me"]["memberNumber"]
        known = _known([one for one in numbers if one != own])  # whoever knows his number may close his account
        crowd = cls(platform, await _strangers(platform, str(anna), str(bert), (NAME, EMAIL, PHONE, number)), known, ids=known["id"])
        await crowd._listen()
        return crowd

    def named(self, name: str) -> Stranger:
        return next(one for one in self.strangers if one.name == name)

    def schema(self, stranger: Stranger) -> GraphQLSchema:
        return core_schema(schema_for(stranger.audience))

    def write(self, stranger: Stranger, random: Random, **more: Any) -> Written:
        return Writer(self.schema(stranger), Values(random, self.known, self.ids), random).write(**more)

    async def send(self, stranger: Stranger, body: bytes) -> httpx.Response:
        """A second after the one before, so that limits of a minute are not all that is tested."""
        self.platform.clock.move(seconds=1)
        headers = {
            "Authorization": f"Bearer {stranger.token}",
            "Accept": GRAPHQL,
            "Content-Type": "application/json",
            "X-Include-Cost": "1",
        }
        response = await self.platform.http.post(f"/{stranger.audience}/graphql", content=body, headers=headers)
        self._hear(response.text)
        return response

    def _hear(self, text: str) -> None:
        for what, value in _TOLD.findall(text):
            heard = self.known.setdefault({"id": "id", "handle": "handle"}.get(what, "after"), [])
            if value not in heard and len(heard) < 300:
                heard.append(value)

    async def _listen(self) -> None:
        """The ids of everything there is, as its owner is told them."""
        mine = b"{ me { id accounts { id } activity { edges { cursor node { id transaction { id } } } } } }"
        for stranger in self.strangers:
            if stranger.audience is Audience.MEMBER and stranger.is_let_in:
                await self.send(stranger, orjson.dumps({"query": mine.decode()}))
            if stranger.audience is Audience.OPERATOR and stranger.is_let_in:
                await self.send(stranger, b'{"query": "{ partners { id } members { edges { cursor node { id } } } }"}')


def complaints(stranger: Stranger, body: bytes, response: httpx.Response) -> Iterator[str]:
    """What is wrong with an answer, whatever was asked."""
    asked, told = body.decode(errors="replace"), response.text
    if response.status_code >= 500:
        yield f"status {response.status_code}"
    answer = response.json()
    errors = answer.get("errors", [])
    for error in errors:
        code, inside = error.get("extensions", {}).get("code"), INSIDE.search(error["message"])
        if code not in CODES or code in ("INTERNAL", "UNAVAILABLE") or "requestId" not in error["extensions"]:
            yield f"code {code} without name or reason"
        if inside and inside[0] not in asked:
            yield f"internal text {inside[0]}"
    for canary in stranger.hidden:
        if canary in told and canary not in asked:
            yield f"shows {canary}"
    if not stranger.is_let_in and (response.status_code != 401 or "data" in answer):
        yield "lets in who is not let in"
    if not errors and "data" not in answer:
        yield "neither data nor errors"
    cost = answer.get("extensions", {}).get("cost")
    if answer.get("data") is not None and cost is None:
        yield "does not tell its cost"
    if cost and not 0 <= (cost["actualQueryCost"] or 0) <= cost["requestedQueryCost"]:
        yield f"costs more than announced: {cost}"


async def _strangers(platform: Platform, anna: str, bert: str, personal: tuple[str, ...]) -> list[Stranger]:
    member, partner, operator = Audience.MEMBER, Audience.PARTNER, Audience.OPERATOR
    grocer, fuel = await platform.partner_token("grocer"), await platform.partner_token("fuel")
    good = platform.token(member, anna)
    platform.clock.move(days=-3)
    ended = platform.token(member, bert)
    platform.clock.now += timedelta(days=3)
    head, claims, signature = platform.token(member, bert).split(".")
    forged = f"{head}.{claims}.{signature[::-1]}"
    unsigned = f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."
    masked = personal[:3]
    return [
        Stranger("anna", member, good, (*personal, *RECEIPTS)),
        Stranger("bert", member, platform.token(member, bert)),
        Stranger("grocer", partner, grocer, masked),
        Stranger("fuel", partner, fuel, (*personal, *RECEIPTS)),
        Stranger("olivia", operator, platform.token(operator, "olivia")),
        Stranger("agent", operator, platform.token(operator, "agatha", ROLES["agent"]), masked),
        Stranger("auditor", operator, platform.token(operator, "audrey", ROLES["auditor"]), masked),
        Stranger("ended", member, ended, is_let_in=False),
        Stranger("forged", member, forged, is_let_in=False),
        Stranger("unsigned", member, unsigned, is_let_in=False),
        Stranger("member as operator", operator, good, is_let_in=False),
        Stranger("partner as member", member, grocer, is_let_in=False),
    ]


def _known(numbers: list[str]) -> dict[str, list[str]]:
    emails = ["anna@example.test", "carl@example.test", EMAIL, "nobody@example.test"]
    return {
        "id": [],
        "handle": ["x"],
        "after": ["WzQsMV0"],
        "email": emails,
        "search": [*emails, "anna", "zeisig", numbers[0], "%"],
        "phone": [f"+1{PHONE}", "+12025550100"],
        "memberNumber": numbers,
        "reference": ["receipt-anna", "receipt-carl", "new-1", "new-2"],
        "unit": ["points", "cashback", "points"],
        "location": ["7", "7", "8"],
        "lineId": ["1", "2"],
        "category": ["GROCERY", "TOBACCO"],
        "style": ["membership"],
        "tier": ["forager", "fledgling"],
        "purpose": ["newsletter"],
        "scopes": ["earn", "burn", "read"],
        "cashier": ["carl", "eve"],
        "code": ["grocer", "fuel", "new"],
        "name": ["A name"],
    }
