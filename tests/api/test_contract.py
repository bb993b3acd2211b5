"""Each audience's schema holds everything of the core contract that is due, with the same types; and every element says what it is."""

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    print_ast,
)

from honeyguide.api.contract.sdl import sdl
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience

CONTRACT = Path(__file__).parent / "contract"
AUDIENCES = list(Audience)
WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType)


def contract_of(audience: Audience) -> GraphQLSchema:
    return build_schema((CONTRACT / "common.graphql").read_text() + (CONTRACT / f"{audience}.graphql").read_text())


def own_types(schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    return {name: type_ for name, type_ in schema.type_map.items() if not name.startswith("__")}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_everything_due_of_the_contract_is_there_with_the_same_type(audience: Audience) -> None:
    contract, ours = own_types(contract_of(audience)), own_types(build_schema(sdl(audience)))

    differences = [difference for name, type_ in contract.items() for difference in differs(name, type_, ours.get(name))]

    assert differences == []


def differs(name: str, due: GraphQLNamedType, found: GraphQLNamedType | None) -> list[str]:
    if found is None:
        return [f"{name} is missing"]
    return [*said_differs(name, due, found), *members_differ(name, due, found)]


def said_differs(path: str, due: Any, found: Any) -> list[str]:
    """Where the contract says what something is, we say the same."""
    return [f"{path} is called: {found.description}"] if due.description and due.description != found.description else []


def members_differ(name: str, due: GraphQLNamedType, found: GraphQLNamedType) -> list[str]:
    if isinstance(due, GraphQLUnionType):
        assert isinstance(found, GraphQLUnionType)
        return [f"{name} = {m}" for m in {t.name for t in due.types} ^ {t.name for t in found.types}]
    if isinstance(due, GraphQLEnumType):
        assert isinstance(found, GraphQLEnumType)
        return [f"{name}.{value} is missing" for value in set(due.values) - set(found.values)]
    if isinstance(due, GraphQLInputObjectType):
        assert isinstance(found, GraphQLInputObjectType)
        result = [] if due.is_one_of == found.is_one_of else [f"{name} @oneOf"]
        return result + [
            line
            for field in {**due.fields, **found.fields}
            for line in inputs_differ(f"{name}.{field}", due.fields.get(field), found.fields.get(field))
        ]
    if isinstance(due, WITH_FIELDS):
        assert isinstance(found, WITH_FIELDS)
        result = [f"{name} implements {i.name}" for i in due.interfaces if i.name not in {one.name for one in found.interfaces}]
        return result + [line for field in due.fields for line in field_differs(name, field, due, found)]
    return []


def field_differs(name: str, field: str, due: Any, found: Any) -> list[str]:
    if field not in found.fields:
        return [f"{name}.{field} is missing"]
    wanted, given = due.fields[field], found.fields[field]
    result = [] if str(wanted.type) == str(given.type) else [f"{name}.{field}: {given.type}, not {wanted.type}"]
    result += said_differs(f"{name}.{field}", wanted, given)
    arguments = {**wanted.args, **given.args}
    return result + [
        line
        for argument in arguments
        for line in inputs_differ(f"{name}.{field}({argument})", wanted.args.get(argument), given.args.get(argument))
    ]


def inputs_differ(path: str, due: Any, found: Any) -> list[str]:
    if due is None or found is None:
        return [f"{path} is {'not in the contract' if due is None else 'missing'}"]
    same = str(due.type) == str(found.type) and (due.default and print_ast(due.default.literal)) == (
        found.default and print_ast(found.default.literal)
    )
    return said_differs(path, due, found) if same else [f"{path}: {found.type}, not {due.type}"]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_element_has_a_description(audience: Audience) -> None:
    silent = []
    for name, type_ in own_types(schema_for(audience)._schema).items():
        if name in ("String", "Int", "Boolean", "ID", "Float"):
            continue
        silent += [name] if not type_.description else []
        for field_name, field in getattr(type_, "fields", {}).items():
            silent += [f"{name}.{field_name}"] if not field.description else []
            silent += [f"{name}.{field_name}({one})" for one, argument in getattr(field, "args", {}).items() if not argument.description]
        silent += [f"{name}.{value}" for value, definition in getattr(type_, "values", {}).items() if not definition.description]

    assert silent == []


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_number_loses_cents_and_no_default_is_null(audience: Audience) -> None:
    schema = schema_for(audience)._schema

    assert "Float" not in schema.type_map
    assert "= null" not in sdl(audience)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_audience_cannot_even_name_what_another_may_do(audience: Audience) -> None:
    mutations = {name: set(schema_for(name)._schema.mutation_type.fields) for name in AUDIENCES}  # type: ignore[union-attr]
    # A partner tends its own credentials, an operator those of all partners: the same words, each with its own rights.
    mutations[Audience.OPERATOR] -= {"createCredential", "rotateCredential", "revokeCredential"}

    assert all(mutations[audience].isdisjoint(mutations[other]) for other in AUDIENCES if other is not audience)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_exported_schema_is_the_one_served(audience: Audience) -> None:
    exported = Path(__file__).parents[2] / "schema" / f"{audience}.graphql"

    assert exported.read_text() == sdl(audience).strip() + "\n", "run `make schema`"
