"""The most that a field's list can hold, as its declaration says (types/lists.py); what would be more is cut off here."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, is_list_type

from honeyguide.api.types.lists import AT_MOST, BATCH, SIZED_BY


def declared(field: GraphQLField, name: str) -> Any:
    """What a field's declaration says under one of the names of types/lists.py; None where it says nothing."""
    definition = field.extensions.get("strawberry-definition")
    return definition.metadata.get(name) if definition is not None else None


def is_list(field: GraphQLField) -> bool:
    type_ = field.type
    return is_list_type(type_.of_type if isinstance(type_, GraphQLNonNull) else type_)


def keep_lists_to_their_most(schema: GraphQLSchema) -> None:
    """Wrap the resolvers of all lists that declare a most; those of a batch are as long as its input, which is bounded at the door."""
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType):
            continue
        for field in type_.fields.values():
            most = declared(field, AT_MOST)
            if most is not None and declared(field, SIZED_BY) != BATCH and field.resolve is not None:
                field.resolve = _cut(field.resolve, most)


def _cut(resolve: Callable[..., Any], most: int) -> Callable[..., Any]:
    def at_most(source: Any, info: Any, **arguments: Any) -> Any:
        value = resolve(source, info, **arguments)
        if isinstance(value, list):
            return value if len(value) <= most else value[:most]
        return _later(value, most) if isawaitable(value) else value

    return at_most


async def _later(value: Any, most: int) -> Any:
    found = await value
    return found[:most] if isinstance(found, list) else found
