"""C1: what an operation can cost at most, of its document and its variables alone; pure.

The rule is short: an object that may be answered costs 1, a leaf nothing, a mutation 10 more; a list costs as often as it has items,
at most. Of a union or an interface the dearest type counts. README.md says where a list's length comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues, get_argument_values

from honeyguide.api.cost.lists import declared, is_list
from honeyguide.api.skipped import is_skipped
from honeyguide.api.types.lists import AT_MOST, BATCH, SIZED_BY
from honeyguide.api.types.page import DEFAULT_PAGE, LARGEST_PAGE

OF_MUTATION = 10
# Declared, for all that tools ask, which is a dozen lists: all of a schema is some thousand objects, one type some dozens.
OF_INTROSPECTION = {"__schema": 5_000, "__type": 500}
_LISTS_ASKED = 12


@dataclass(frozen=True, slots=True)
class Cost:
    """`requested`: the most that it can cost. `flat`: what of it is due whatever is answered; `opaque`: the keys of the answer so paid."""

    requested: int
    flat: int = 0
    opaque: frozenset[str] = frozenset()

    def actual(self, data: Mapping[str, Any] | None) -> int:
        """C4: the objects really answered, and what is flat."""
        if data is None:
            return self.flat
        return self.flat + sum(_objects(value) for key, value in data.items() if key not in self.opaque)


def _objects(answer: Any) -> int:
    """How many objects; no scalar of ours is answered as one. A loop: every purchase is counted."""
    count, waiting = 0, [answer]
    while waiting:
        one = waiting.pop()
        if one.__class__ is dict:
            count += 1
            one = one.values()
        elif one.__class__ is not list:
            continue
        waiting += [inner for inner in one if inner.__class__ is dict or inner.__class__ is list]
    return count


def cost_of(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    variables: VariableValues,
) -> Cost:
    """Of an operation of a valid document; of a subscription, of one event."""
    root = cast(GraphQLObjectType, schema.get_root_type(operation.operation))
    measure = _Measure(schema, fragments, variables)
    requested = flat = 0
    opaque: set[str] = set()
    for key, nodes in measure.fields(root, [operation.selection_set]).items():
        name = nodes[0].name.value
        if name in OF_INTROSPECTION:
            own, below = OF_INTROSPECTION[name] * measure.introspected(name, nodes), 0
            opaque.add(key)
        else:
            field = root.fields.get(name)
            size = measure.batch(field, nodes[0]) if field is not None else None
            own = OF_MUTATION * (1 if size is None else size) if operation.operation is OperationType.MUTATION else 0
            below = measure.field(field, nodes, None, size) if field is not None else 0  # none: __typename
        flat += own
        requested += own + below
    return Cost(requested, flat, frozenset(opaque))


class _Measure:
    """One operation's; each group of fields that an object answers under one key is measured once for each size of what holds it."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: VariableValues) -> None:
        self._schema, self._fragments, self._variables = schema, fragments, variables
        self._known: dict[tuple[Any, ...], int] = {}

    def fields(self, type_: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """By the keys of the answer, merged as the executor merges them; what is skipped is absent."""
        merged: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in selection_sets:
            for node in self._spread(type_, selection_set, spread):
                merged.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return merged

    def field(self, field: GraphQLField, nodes: Sequence[FieldNode], size_above: int | None, batch: int | None = None) -> int:
        """`size_above`: how many items the connection or batch holds in which the field stands; `batch`: that which the field begins."""
        named = get_named_type(field.type)
        if is_leaf_type(named):
            return 0
        below = self._page(field, nodes[0]) if batch is None else batch
        times = self._items(field, nodes[0], size_above) if is_list(field) else 1
        possible = self._schema.get_possible_types(named) if is_abstract_type(named) else (named,)
        dearest = max((self._object(cast(GraphQLObjectType, one), nodes, below) for one in possible), default=0)
        return times * (1 + dearest)

    def introspected(self, name: str, nodes: Sequence[FieldNode]) -> int:
        """How often what tools ask fits into it: by aliases each list of a schema can be asked again and again."""
        begun = self._schema.type_map["__Schema" if name == "__schema" else "__Type"]
        return max(1, -(-self._lists(cast(GraphQLObjectType, begun), nodes) // _LISTS_ASKED))

    def _lists(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> int:
        key = (type_.name, *map(id, nodes))
        if key not in self._known:
            count = 0
            for group in self.fields(type_, [node.selection_set for node in nodes if node.selection_set is not None]).values():
                field = type_.fields.get(group[0].name.value)
                named = get_named_type(field.type) if field is not None else None
                if field is not None and isinstance(named, GraphQLObjectType):
                    count += is_list(field) + self._lists(named, group)
            self._known[key] = count
        return self._known[key]

    def batch(self, field: GraphQLField, node: FieldNode) -> int | None:
        """How many mutations the field is, where it declares that its input has a list of them."""
        listed = declared(field, BATCH)
        if listed is None:
            return None
        given = self._arguments(field, node)
        items = given.get("input", {}).get(listed) if given is not None else None
        return len(items) if isinstance(items, list) else 1

    def _object(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], size: int | None) -> int:
        key = (type_.name, size, *map(id, nodes))
        if key not in self._known:
            self._known[key] = sum(
                self.field(field, group, size)
                for group in self.fields(type_, [node.selection_set for node in nodes if node.selection_set is not None]).values()
                if (field := type_.fields.get(group[0].name.value)) is not None
            )
        return self._known[key]

    def _page(self, field: GraphQLField, node: FieldNode) -> int | None:
        """How many items a page has that the field's arguments ask for; None for a field that takes none."""
        if "first" not in field.args or is_list(field):
            return None
        given = self._arguments(field, node)
        if given is None:
            return LARGEST_PAGE
        asked = [given[name] for name in ("first", "last") if given.get(name) is not None]
        # A page that is too large or below zero is refused by its resolver: it costs no more than one that is not.
        return min(max(0, *asked), LARGEST_PAGE) if asked else DEFAULT_PAGE

    def _items(self, field: GraphQLField, node: FieldNode, size_above: int | None) -> int:
        most, sized_by = declared(field, AT_MOST), declared(field, SIZED_BY)
        if most is None:
            return LARGEST_PAGE if size_above is None else size_above  # the edges of a connection
        if sized_by is None:
            return int(most)
        if sized_by == BATCH:
            return int(most) if size_above is None else min(size_above, int(most))
        given = self._arguments(field, node)
        if given is None:
            return int(most)
        asked = given.get(sized_by)
        wanted = len(asked) if isinstance(asked, list) else asked if isinstance(asked, int) else DEFAULT_PAGE
        return min(max(0, wanted), int(most))

    def _arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
        """None where they do not come together: then the field answers an error."""
        try:
            return get_argument_values(field, node, self._variables)
        except GraphQLError:
            return None

    def _spread(self, type_: GraphQLObjectType, selection_set: SelectionSetNode, spread: set[str]) -> Iterator[FieldNode]:
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
                inner: FragmentDefinitionNode | InlineFragmentNode = self._fragments[node.name.value]
            else:
                inner = cast(InlineFragmentNode, node)
            if self._concerns(inner, type_):
                yield from self._spread(type_, inner.selection_set, spread)

    def _concerns(self, fragment: FragmentDefinitionNode | InlineFragmentNode, type_: GraphQLObjectType) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == type_.name:
            return True
        named = self._schema.type_map[condition.name.value]
        return is_abstract_type(named) and self._schema.is_sub_type(cast(GraphQLInterfaceType, named), type_)
