"""The access matrix of identity/README.md, walked: every root field and mutation by every kind of caller."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from builders.platform import Platform
from honeyguide.api.contract.sdl import sdl
from honeyguide.api.core import core_schema
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience
from honeyguide.identity.access import ROLES, SCOPES
from honeyguide.identity.matrix import COLUMNS, Access, Operation, Row, access_matrix

CALLERS = COLUMNS[1:-1]


def name(operation: Operation) -> str:
    return f"{operation.audience} {operation.root}.{operation.field}"


def test_every_root_field_has_a_row_and_every_row_a_root_field() -> None:
    served = {
        Operation(audience, root.name, field)
        for audience in Audience
        for schema in [core_schema(schema_for(audience))]
        for root in (schema.query_type, schema.mutation_type, schema.subscription_type)
        if root is not None
        for field in root.fields
    }

    assert served == set(access_matrix())


@dataclass
class World:
    """Two members and two partners, each with something of its own, and a token for each kind of caller."""

    platform: Platform
    tokens: dict[str, str | None]
    ids: dict[Audience, str]

    @classmethod
    async def made(cls, platform: Platform) -> "World":
        anna, bert = await platform.enrol(displayName="Anna Adler", phone="+12025550123"), await platform.enrol("bert@example.test")
        await platform.post("10.00", reference="receipt-1")
        posted = await platform.post("11.00", reference="receipt-2", email="bert@example.test")
        tokens: dict[str, str | None] = {
            "none": None,
            "member": platform.token(Audience.MEMBER, str(anna)),
            "other member": platform.token(Audience.MEMBER, str(bert)),
            "partner": await platform.partner_token("grocer"),
            "other partner": await platform.partner_token("fuel"),
            "agent": platform.token(Audience.OPERATOR, "agatha", ROLES["agent"]),
            "operator": platform.token(Audience.OPERATOR, "olivia"),
        }
        member_id = (await platform.as_member(anna, "{ me { id } }"))["me"]["id"]
        ids = {Audience.MEMBER: member_id, Audience.OPERATOR: member_id, Audience.PARTNER: posted["transaction"]["id"]}
        return cls(platform, tokens, ids)

    def token(self, caller: str, row: Row) -> str | None:
        """The token of one kind of caller for this row; the *without the scope* ones have every scope but the row's."""
        audience, lacks = row.operation.audience, SCOPES[row.operation.audience] - row.scopes
        match caller:
            case "location without the scope":
                grocer = str(self.platform.partners["grocer"]["partner_id"])
                return self.platform.token(Audience.PARTNER, grocer, lacks if audience is Audience.PARTNER else None, location="7")
            case "operator without the scope":
                return self.platform.token(Audience.OPERATOR, "olivia", lacks if audience is Audience.OPERATOR else None)
        return self.tokens[caller]

    async def ask(self, operation: Operation, token: str | None) -> Any:
        below = self.arguments(operation)
        document = f"{operation.root.lower()} {{ it: {operation.field}{below} }}"
        return await self.platform.send(operation.audience, token, {"query": document})

    def arguments(self, operation: Operation) -> str:
        """The least that the field takes, about the first member's and the first partner's things, and what it answers, spelt out."""
        root = as_exported(operation.audience).get_type(operation.root)
        assert isinstance(root, GraphQLObjectType)
        definition = root.fields[operation.field]
        special = {
            "id": f'"{self.ids[Audience.PARTNER if operation.field == "transaction" else operation.audience]}"',
            "ids": f'["{self.ids[operation.audience]}"]',
            "reference": '"receipt-1"',
            "by": '{ email: "anna@example.test" }',
            "search": '"anna@example.test"',
        }
        given = [
            f"{argument}: {special.get(argument) or literal(field.type)}"
            for argument, field in definition.args.items()
            if (isinstance(field.type, GraphQLNonNull) and field.default is None) or argument == "search"
        ]
        below = "" if is_leaf_type(get_named_type(definition.type)) else " { __typename }"
        if any(access is Access.MASKED for access in access_matrix()[operation].access.values()):
            below = personal(as_exported(operation.audience), get_named_type(definition.type))
        return (f"({', '.join(given)})" if given else "") + below


PERSONAL = "__typename ... on MemberRecord { displayName email phone memberNumber birthDate passes { addUrl } }"


def personal(schema: GraphQLSchema, type_: Any) -> str:
    """All that says who a member is, wherever it hangs."""
    if "edges" in getattr(type_, "fields", {}):
        return f" {{ edges {{ node {{ {PERSONAL} }} }} }}"
    return f" {{ {PERSONAL} }}"


@cache
def as_exported(audience: Audience) -> GraphQLSchema:
    return build_schema(sdl(audience))


def literal(type_: Any) -> str:
    """A well-formed value that names nobody and changes nothing."""
    if isinstance(type_, GraphQLNonNull):
        return literal(type_.of_type)
    if isinstance(type_, GraphQLList):
        return "[]"
    if isinstance(type_, GraphQLInputObjectType):
        if type_.is_one_of:
            one = next(iter(type_.fields))
            return f"{{ {one}: {literal(type_.fields[one].type)} }}"
        needed = {field: one for field, one in type_.fields.items() if isinstance(one.type, GraphQLNonNull) and one.default is None}
        return "{ " + ", ".join(f"{field}: {literal(one.type)}" for field, one in needed.items()) + " }"
    return {
        "Int": "99",
        "Boolean": "false",
        "Decimal": '"1"',
        "Date": '"2026-11-22"',
        "DateTime": '"2026-11-22T12:00:00Z"',
        "CurrencyCode": '"XTS"',
    }.get(type_.name, next(iter(type_.values)) if hasattr(type_, "values") else '"12345678"')


async def test_each_caller_meets_what_the_matrix_says(platform: Platform) -> None:
    world = await World.made(platform)

    wrong = [
        f"{name(row.operation)} by {caller}: {what}"
        for row in access_matrix().values()
        for caller in CALLERS
        if (what := differs(row.access[caller], await world.ask(row.operation, world.token(caller, row))))
    ]

    assert wrong == []


def differs(access: Access, response: httpx.Response) -> str | None:
    """What a caller met, where it is not what the matrix says."""
    answer = response.json()
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    if codes == {"NOT_ACCEPTABLE"}:  # a subscription, let in at the door; tests/api/live ask it over its own transports
        return None if access is Access.OWN else f"{response.status_code} {answer}"
    if access is Access.UNAUTHENTICATED:
        is_right = (
            response.status_code == 401 and codes == {"UNAUTHENTICATED"} and response.headers["www-authenticate"].startswith("Bearer")
        )
    elif access is Access.FORBIDDEN:
        is_right = codes == {"FORBIDDEN"} and (answer.get("data") or {}).get("it") is None
    elif access is Access.MASKED:
        told = response.text.lower()
        is_right = (
            response.status_code == 200
            and not codes
            and "memberrecord" in told
            and not any(secret in told for secret in ("anna", "adler", "example.test", "2025550123"))
        )
    elif access is Access.NULL:
        is_right = response.status_code == 200 and not codes and answer["data"]["it"] in (None, [None])
    else:
        # A made-up value may be none that the operation takes; who may not ask is not told so much.
        is_right = response.status_code == 200 and (codes == {"BAD_ARGUMENT"} or (not codes and answer["data"]["it"] not in (None, [None])))
    return None if is_right else f"{response.status_code} {answer}"


async def test_a_token_of_another_program_sees_nothing_of_this_one(platform: Platform) -> None:
    token = platform.token(Audience.OPERATOR, "olivia", program_id=uuid4())

    response = await platform.send(Audience.OPERATOR, token, {"query": "{ members { edges { cursor } } }"})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")


async def test_a_token_that_ended_is_refused(platform: Platform) -> None:
    token = platform.token(Audience.OPERATOR, "olivia")
    platform.clock.move(days=2)

    response = await platform.send(Audience.OPERATOR, token, {"query": "{ program { version } }"})

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]
