"""What a client typed into an input and that cannot be is a typed refusal with its place (S3); what a query is asked wrongly, BAD_ARGUMENT with it."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    is_required_input_field,
)

from builders.platform import Platform, key, purchase
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience
from honeyguide.identity.credential_wish import MOST_IN_FORCE

LEAVES = {"String": "x", "ID": "x", "Int": 1, "Boolean": True, "Decimal": "1", "DateTime": "2026-11-22T12:00:00Z", "Date": "2027-01-01"}
ASKED = "__typename ... on UserError { code message path }"


def made(type_: Any) -> Any:
    """A value of the type, with what is required and nothing else."""
    type_ = get_nullable_type(type_)
    if isinstance(type_, GraphQLList):
        return []
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLScalarType):
        return LEAVES.get(type_.name, "USD")
    assert isinstance(type_, GraphQLInputObjectType)
    if type_.is_one_of:
        name, field = next(iter(type_.fields.items()))
        return {name: made(field.type)}
    given = {name: made(field.type) for name, field in type_.fields.items() if is_required_input_field(field)}
    return given | ({"idempotencyKey": key()} if "idempotencyKey" in type_.fields else {})


def inputs(audience: Audience) -> list[tuple[str, GraphQLInputObjectType]]:
    """Every mutation that takes an input, with its type."""
    mutation = schema_for(audience)._schema.mutation_type
    assert mutation is not None
    found = ((name, field.args["input"].type) for name, field in mutation.fields.items() if "input" in field.args)
    return [(name, type_.of_type) for name, type_ in found if isinstance(type_, GraphQLNonNull)]


async def asked(platform: Platform, audience: Audience, token: str, name: str, kind: str, given: Any) -> Any:
    document = f"mutation ($input: {kind}!) {{ it: {name}(input: $input) {{ {SELECTED.get(name, ASKED)} }} }}"
    return (await platform.send(audience, token, {"query": document, "variables": {"input": given}})).json()


SELECTED = dict.fromkeys(("endSession", "endAllSessions"), "__typename")


@pytest.mark.parametrize("audience", list(Audience))
async def test_s3_whatever_is_typed_into_an_input_is_answered_with_data(platform: Platform, audience: Audience) -> None:
    anna = await platform.enrol()
    subject = {Audience.MEMBER: str(anna), Audience.OPERATOR: "olivia"}
    token = await platform.partner_token("grocer") if audience is Audience.PARTNER else platform.token(audience, subject[audience])
    for name, type_ in inputs(audience):
        for field_name, field in type_.fields.items():
            if getattr(get_nullable_type(field.type), "name", "") not in ("String", "ID"):
                continue
            for odd in ("\x00", "x" * 2_000):
                answer = await asked(platform, audience, token, name, type_.name, {**made(type_), field_name: odd})
                codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
                assert codes <= {"THROTTLED"}, (name, field_name, answer)
        if "idempotencyKey" in type_.fields and name != "exportMyData":
            refused = (await asked(platform, audience, token, name, type_.name, {**made(type_), "idempotencyKey": "seven77"}))["data"]["it"]
            assert (refused["code"], refused["path"]) == ("INVALID_VALUE", ["idempotencyKey"]), name
            assert refused["message"] == "This must have 8 to 255 characters, none of them NUL." or name == "reversePosts"


async def test_s3_a_refusal_names_the_field_in_a_list(platform: Platform) -> None:
    await platform.enrol()
    line = {"lineId": "1", "sku": "s", "quantity": "1", "amount": "5.00"}

    refused = await platform.post("10.00", lines=[line, {**line, "lineId": "x" * 256}])

    assert (refused["__typename"], refused["code"], refused["path"]) == ("TransactionRejected", "INVALID_VALUE", ["lines", "1", "lineId"])


async def test_s3_one_post_of_a_batch_that_is_typed_wrongly_harms_no_other(platform: Platform) -> None:
    await platform.enrol()
    document = f"""mutation ($input: PostTransactionsInput!) {{
      postTransactions(input: $input) {{ ... on BatchPosted {{ results {{ {ASKED} }} }} }} }}"""
    good, bad = (purchase(platform.clock.now, "1.00"), {**purchase(platform.clock.now, "1.00"), "reference": " "})

    results = (await platform.as_partner("grocer", document, {"input": {"transactions": [good, bad, good | {"idempotencyKey": key()}]}}))[
        "postTransactions"
    ]["results"]

    assert [one["__typename"] for one in results] == ["TransactionPosted", "TransactionRejected", "DuplicateReference"]
    assert (results[1]["code"], results[1]["path"]) == ("INVALID_VALUE", ["reference"])


async def test_s3_who_may_not_ask_is_told_so_whatever_was_typed(platform: Platform) -> None:
    token = platform.token(Audience.OPERATOR, "bob", frozenset({"read"}))
    given = {"member": {"email": "a@example.test"}, "unit": "points", "quantity": "1", "reason": "OTHER", "note": "", "idempotencyKey": "x"}

    answer = await asked(platform, Audience.OPERATOR, token, "adjustAccount", "AdjustAccountInput", given)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("{ members(first: 0) { edges { cursor } } }", ["first"]),
        ("{ members(last: 101) { edges { cursor } } }", ["last"]),
        ('{ members(before: "x") { edges { cursor } } }', ["before"]),
        ('{ oddTills(from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z") { purchases } }', ["to"]),
        ('{ oddTills(from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z", first: 0) { purchases } }', ["first"]),
        (
            '{ postsOf(of: {partner: "x", cashier: "c", from: "2024-11-01T00:00:00Z", to: "2026-11-01T00:00:00Z"}) { edges { cursor } } }',
            ["of", "to"],
        ),
        ('{ auditTrail(member: "x") { edges { cursor } } }', ["member"]),
        ('{ credentials(partner: "x") { edges { cursor } } }', ["partner"]),
    ],
)
async def test_a_query_asked_wrongly_names_its_argument(platform: Platform, document: str, path: list[str]) -> None:
    answer = (await platform.send(Audience.OPERATOR, platform.token(Audience.OPERATOR, "olivia"), {"query": document})).json()

    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_ARGUMENT", path)


async def test_a_partner_with_as_many_credentials_as_may_be_gets_no_more(platform: Platform) -> None:
    await platform.partner_token("grocer")
    given = {"name": "one more", "scopes": ["earn"], "idempotencyKey": key()}
    await platform.services.database.pool.execute(
        """
        INSERT INTO credential (client_id, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at)
        SELECT client_id || n, program_id, audience, subject, secret_hash, public_key, scopes, location, name, created_at
        FROM credential, generate_series(1, $1) AS n WHERE audience = 'partner'
        """,
        MOST_IN_FORCE,
    )

    token = await platform.partner_token("grocer")
    refused = (await asked(platform, Audience.PARTNER, token, "createCredential", "CreateCredentialInput", given))["data"]["it"]

    assert (refused["__typename"], refused["code"]) == ("CredentialRejected", "TOO_MANY_CREDENTIALS")
