"""Costs of operations, each worked out once for all variables that make no difference."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import ArgumentNode, DirectiveNode, FieldNode, GraphQLSchema, Node, OperationDefinitionNode, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues

from honeyguide.api.cost.cost import Cost, cost_of
from honeyguide.api.cost.lists import declared
from honeyguide.api.documents import Document
from honeyguide.api.types.lists import BATCH

# Of one operation; what a client's variables make of it beyond that is worked out anew.
MOST_KNOWN = 100
_SIZES = frozenset({"first", "last", "ids"})


@dataclass(frozen=True, slots=True)
class Weighty:
    """A variable that the cost depends on; `listed`: of an input object, the list that counts."""

    name: str
    listed: str | None = None

    def weight(self, variables: Mapping[str, Any]) -> Hashable:
        value = variables.get(self.name)
        if isinstance(value, dict):
            value = value.get(self.listed)
        return len(value) if isinstance(value, list) else value if isinstance(value, bool | int) else None


@dataclass(frozen=True, slots=True)
class Known:
    """Of one operation: what its cost depends on, and what it was by that."""

    weighty: tuple[Weighty, ...]
    costs: dict[tuple[Hashable, ...], Cost] = field(default_factory=dict)


class KnownCosts:
    """Of one schema's documents; what is known is kept beside each document, and goes with it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        mutations = schema.mutation_type.fields.items() if schema.mutation_type is not None else ()
        self._batches = {name: listed for name, field in mutations if (listed := declared(field, BATCH)) is not None}

    def cost(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Cost:
        known: Known | None = document.costs.get(id(operation))
        if known is None:
            known = document.costs[id(operation)] = Known(tuple(self._weighty((operation, *document.fragments.values()))))
        weights = tuple(one.weight(variables.coerced) for one in known.weighty)
        cost = known.costs.get(weights)
        if cost is None:
            cost = cost_of(self._schema, document.fragments, operation, variables)
            if len(known.costs) < MOST_KNOWN:
                known.costs[weights] = cost
        return cost

    def _weighty(self, nodes: Iterable[Node]) -> Iterator[Weighty]:
        """In a fixed order, each once."""
        found: dict[Weighty, None] = {}
        for node in nodes:
            finder = _Finder(self._batches)
            visit(node, finder)
            found |= dict.fromkeys(finder.found)
        return iter(found)


class _Finder(Visitor):
    def __init__(self, batches: Mapping[str, str]) -> None:
        super().__init__()
        self._batches = batches
        self.found: list[Weighty] = []

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self._add(node, None)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        listed = self._batches.get(node.name.value)
        for argument in node.arguments or ():
            if listed is not None or argument.name.value in _SIZES:
                self._add(argument, listed)

    def _add(self, node: DirectiveNode | ArgumentNode, listed: str | None) -> None:
        inner = _Variables()
        visit(node, inner)
        self.found += [Weighty(name, listed) for name in inner.names]


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.append(node.name.value)
