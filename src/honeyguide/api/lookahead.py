"""What a client selects below the field that is being resolved, so that one statement can read it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values

from honeyguide.api.context import Info
from honeyguide.api.core import core_info
from honeyguide.api.skipped import is_skipped


@dataclass(frozen=True, slots=True)
class Selected:
    """A field as selected: the key of its answer, its arguments, and how to look further down."""

    name: str
    key: str
    arguments: Mapping[str, Any]
    below: Selection


class Selection:
    """The fields selected on a type; fragments are spread out, skipped fields are left out."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, Any],
        variables: VariableValues,
        type_: GraphQLNamedType,
        nodes: list[FieldNode],
    ) -> None:
        self._schema, self._fragments, self._variables = schema, fragments, variables
        self._type, self._nodes = type_, nodes

    def fields(self) -> Iterator[Selected]:
        merged: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for node in self._nodes:
            if node.selection_set is not None:
                for field in self._spread(node.selection_set, spread):
                    merged.setdefault(field.alias.value if field.alias else field.name.value, []).append(field)
        for key, nodes in merged.items():
            name = nodes[0].name.value
            definition = self._type.fields.get(name) if isinstance(self._type, GraphQLObjectType) else None
            if definition is not None:
                arguments = get_argument_values(definition, nodes[0], self._variables) if definition.args else {}
                below = Selection(self._schema, self._fragments, self._variables, get_named_type(definition.type), nodes)
                yield Selected(name, key, arguments, below)

    def named(self, name: str) -> Selection | None:
        """What is selected below the first field of that name."""
        return next((field.below for field in self.fields() if field.name == name), None)

    def has(self, name: str) -> bool:
        return any(field.name == name for field in self.fields())

    def nothing(self) -> Selection:
        """A selection without fields."""
        return Selection(self._schema, self._fragments, self._variables, self._type, [])

    def _spread(self, selection_set: SelectionSetNode, spread: set[str]) -> Iterator[FieldNode]:
        """Each fragment once, as the executor does: twenty that spread the next one twice each would be a million fields."""
        for node in selection_set.selections:
            if is_skipped(node, self._variables):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in spread:
                    continue
                spread.add(node.name.value)
            inner: Any = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition = inner.type_condition
            # Fragments on another type of a union do not concern this one.
            if condition is None or condition.name.value == self._type.name or condition.name.value not in _objects(self._schema):
                yield from self._spread(inner.selection_set, spread)


def selection_of(info: Info, type_name: str | None = None) -> Selection:
    """What is selected below the field under resolution; of a union or interface, on one of its types."""
    raw = core_info(info)
    type_ = raw.schema.type_map[type_name] if type_name else get_named_type(raw.return_type)
    return Selection(raw.schema, raw.fragments, VariableValues({}, raw.variable_values), type_, list(raw.field_nodes))


@cache
def _objects(schema: GraphQLSchema) -> frozenset[str]:
    return frozenset(name for name, type_ in schema.type_map.items() if isinstance(type_, GraphQLObjectType))
