"""The rules of the three schemas that can be read off them (S1, S3 to S9)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_specified_scalar_type,
)

from honeyguide.api.contract.released import deprecations
from honeyguide.api.contract.sdl import sdl
from honeyguide.api.types.node import NodeKind
from honeyguide.caller import Audience

SCHEMAS = {audience: build_schema(sdl(audience)) for audience in Audience}
every_schema = pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))

# Mutations that have nothing to say take no input: GraphQL knows no empty one, and a field without a use would be a lie.
WITHOUT_INPUT = {"renewCard", "removePin", "inviteToHousehold"}
# Whoever is signed in may always do these; there is nothing to refuse.
NEVER_REFUSED = {"removePin": "PinRemoved", "endSession": "SessionsEnded", "endAllSessions": "SessionsEnded"}
# What moves value, and has a key and `replayed` therefore (S4).
MOVES_VALUE = {
    Audience.MEMBER: {"claimTransaction", "approveRedemption", "closeAccount", "foundHousehold", "joinHousehold", "leaveHousehold"}
    | {"removeHouseholdMember"},
    Audience.PARTNER: {"enrollMember", "postTransaction", "redeem", "authorizeRedemption", "captureRedemption", "voidRedemption"}
    | {"reverseTransaction"},
    Audience.OPERATOR: {"adjustAccount", "transferPoints", "mergeMembers", "unmergeMembers", "assignTier", "eraseMember", "approve"}
    | {"decideParked", "decideParkedOf", "reviewPartner", "applyProgram"},
}
# A key without `replayed`: reversePosts goes on where it was, each post under a key of its own; the link of an export is new each time.
TOLD_OTHERWISE = {"reversePosts", "exportMyData"}
# Lists that may be null, or hold null: `path` where no field alone is at fault, `nodes` for ids that name nothing here.
NULLABLE_LISTS = {"path: [String!]", "nodes: [Node]!"}
# Hard keywords, which neither language takes as a name without quoting. Sources: kotlinlang.org/docs/keyword-reference.html (hard keywords)
# and the lexical structure of The Swift Programming Language (keywords in declarations, statements, expressions and types).
KOTLIN = (
    "as break class continue do else false for fun if in interface is null object package return super this throw true try typealias "
    "typeof val var when while"
)
SWIFT = (
    "associatedtype borrowing class consuming deinit enum extension fileprivate func import init inout internal let nonisolated open operator "
    "precedencegroup private protocol public rethrows static struct subscript typealias var break case catch continue default defer do else "
    "fallthrough for guard if in repeat return switch where while Any as await false is nil self Self super throw throws true try"
)
RESERVED = frozenset(f"{KOTLIN} {SWIFT}".split())
RESERVED_TYPES = frozenset({"Any", "Self", "Type", "Protocol", "Nothing", "Unit"})
# The contract has this name; Kotlin's own is imported by default, and whoever uses both names ours with its package.
REVIEWED_TYPES = {"Unit"}


def own_types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    return (type_ for type_ in schema.type_map.values() if not type_.name.startswith("__"))


def mutations(schema: GraphQLSchema) -> dict[str, Any]:
    assert schema.mutation_type is not None
    return dict(schema.mutation_type.fields)


def result(field: Any) -> list[GraphQLObjectType]:
    named = field.type.of_type
    return list(named.types) if isinstance(named, GraphQLUnionType) else [named]


def is_refusal(type_: GraphQLObjectType) -> bool:
    return "UserError" in {one.name for one in type_.interfaces}


@every_schema
def test_s1_every_node_type_has_ids_of_its_own_kind(schema: GraphQLSchema) -> None:
    known = {kind.name.title().replace("_", "") for kind in NodeKind} | {"MemberRecord", "WalletPass"}

    nodes = {type_.name for type_ in schema.type_map.values() if "Node" in {one.name for one in getattr(type_, "interfaces", ())}}

    assert nodes and nodes <= known


@every_schema
def test_s3_a_mutation_takes_one_input_and_answers_its_success_or_a_typed_refusal(schema: GraphQLSchema) -> None:
    for name, field in mutations(schema).items():
        assert list(field.args) == ([] if name in WITHOUT_INPUT else ["input"]), name
        assert all(str(argument.type) == f"{name[0].upper()}{name[1:]}Input!" for argument in field.args.values()), name
        if name in NEVER_REFUSED:
            assert [one.name for one in result(field)] == [NEVER_REFUSED[name]]
            continue
        assert str(field.type) == f"{name[0].upper()}{name[1:]}Result!", name
        refusals = [is_refusal(one) for one in result(field)]
        assert any(refusals) and not all(refusals), name


@pytest.mark.parametrize("audience", list(Audience))
def test_s4_what_moves_value_has_a_key_and_says_whether_it_is_the_first_answer(audience: Audience) -> None:
    fields = mutations(SCHEMAS[audience])
    keyed = {name for name, field in fields.items() if any("idempotencyKey" in one.type.of_type.fields for one in field.args.values())}

    assert MOVES_VALUE[audience] <= keyed
    for name in keyed - TOLD_OTHERWISE:
        successes = [one for one in result(fields[name]) if not is_refusal(one)]
        missing = [one.name for one in successes if str(getattr(one.fields.get("replayed"), "type", "")) != "Boolean!"]
        assert missing == [], name
    for name in keyed:
        key = fields[name].args["input"].type.of_type.fields["idempotencyKey"]
        assert "8 to 2" in (key.description or "") or name in TOLD_OTHERWISE, name


@every_schema
def test_s5_scalars_say_where_they_are_specified_and_none_is_a_float(schema: GraphQLSchema) -> None:
    scalars = [one for one in own_types(schema) if isinstance(one, GraphQLScalarType)]

    assert [one.name for one in scalars if not is_specified_scalar_type(one) and not one.specified_by_url] == []
    assert "Float" not in {one.name for one in scalars}


@every_schema
def test_s6_neither_a_list_nor_its_items_are_null(schema: GraphQLSchema) -> None:
    nullable = set()
    for type_ in own_types(schema):
        for name, field in getattr(type_, "fields", {}).items():
            if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) or "[" not in str(field.type):
                continue
            inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else None
            if not isinstance(inner, GraphQLList) or not isinstance(inner.of_type, GraphQLNonNull):
                nullable.add(f"{name}: {field.type}")

    assert nullable <= NULLABLE_LISTS


@every_schema
def test_s7_a_deprecation_says_why_what_instead_and_from_which_day_it_may_go(schema: GraphQLSchema) -> None:
    assert [one.place for one in deprecations(schema) if one.removal is None] == []


@every_schema
def test_s8_everything_says_what_it_is(schema: GraphQLSchema) -> None:
    silent = []
    for type_ in own_types(schema):
        if is_specified_scalar_type(type_):
            continue
        silent += [type_.name] if not type_.description else []
        for name, field in getattr(type_, "fields", {}).items():
            silent += [f"{type_.name}.{name}"] if not field.description else []
            silent += [f"{type_.name}.{name}({one}:)" for one, argument in getattr(field, "args", {}).items() if not argument.description]
        silent += [f"{type_.name}.{name}" for name, value in getattr(type_, "values", {}).items() if not value.description]

    assert silent == []


@every_schema
def test_s8_no_name_is_a_keyword_of_kotlin_or_swift(schema: GraphQLSchema) -> None:
    taken = {type_.name for type_ in own_types(schema)} & RESERVED_TYPES - REVIEWED_TYPES
    for type_ in own_types(schema):
        for name, field in getattr(type_, "fields", {}).items():
            taken |= {f"{type_.name}.{one}" for one in (name, *getattr(field, "args", {})) if one in RESERVED}
        if isinstance(type_, GraphQLEnumType):
            taken |= {f"{type_.name}.{name}" for name in type_.values if name in RESERVED}

    assert taken == set()


@every_schema
def test_s9_a_field_that_members_of_a_union_share_has_one_type(schema: GraphQLSchema) -> None:
    """Else no client could select both; the contract says so, nullability included."""
    differ = set()
    unions = [one for one in own_types(schema) if isinstance(one, GraphQLUnionType)]
    groups = [list(one.types) for one in unions] + [list(schema.get_possible_types(one)) for one in _interfaces(schema)]
    for one, other in {pair for group in groups for pair in combinations(group, 2)}:
        for name in one.fields.keys() & other.fields.keys():
            if str(one.fields[name].type) != str(other.fields[name].type):
                differ.add(f"{one.name}.{name}, {other.name}.{name}")

    assert differ == set()


def _interfaces(schema: GraphQLSchema) -> list[GraphQLInterfaceType]:
    return [one for one in own_types(schema) if isinstance(one, GraphQLInterfaceType) and one.name == "UserError"]
