"""C1: every list declares how many items it has at most, says so, and keeps to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from honeyguide.api.core import core_schema
from honeyguide.api.cost.lists import _cut, declared, is_list
from honeyguide.api.schemas import schema_for
from honeyguide.api.types.lists import AT_MOST, BATCH, SIZED_BY
from honeyguide.caller import Audience


def lists(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    """All but the edges of connections, whose arguments say how many."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                if is_list(field) and not (type_.name.endswith("Connection") and name == "edges"):
                    yield f"{type_.name}.{name}", field


@pytest.mark.parametrize("audience", list(Audience))
def test_c1_every_list_declares_its_most_in_words_too(audience: Audience) -> None:
    for name, field in lists(core_schema(schema_for(audience))):
        most = declared(field, AT_MOST)
        assert isinstance(most, int) and most > 0, name
        assert (field.description or "").endswith(f"At most {most:,}."), name
        assert declared(field, SIZED_BY) in (None, BATCH, *field.args), name


@pytest.mark.parametrize("audience", list(Audience))
def test_every_connection_has_pages(audience: Audience) -> None:
    for type_ in core_schema(schema_for(audience)).type_map.values():
        for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
            if str(field.type).strip("!").endswith("Connection"):
                assert {"first", "last"} <= field.args.keys(), f"{type_.name}.{name}"


@pytest.mark.parametrize("audience", list(Audience))
def test_no_resolver_can_give_more_than_its_list_declares(audience: Audience) -> None:
    for name, field in lists(core_schema(schema_for(audience))):
        if declared(field, SIZED_BY) != BATCH and not name.startswith("UserError."):
            assert getattr(field.resolve, "__qualname__", "").startswith(_cut.__name__), name


def test_what_is_more_is_cut_off_also_of_what_comes_later() -> None:
    async def later(*_: Any) -> list[int]:
        return [1, 2, 3]

    assert _cut(lambda *_: [1, 2, 3], 2)(None, None) == [1, 2]
    assert _cut(lambda *_: None, 2)(None, None) is None
    assert asyncio.run(_cut(later, 2)(None, None)) == [1, 2]
