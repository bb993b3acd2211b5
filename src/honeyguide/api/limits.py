"""What a document may ask at most (H7), counted with fragments spread out, before validation spends time on it."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from honeyguide.api.problems import Problem, ProblemCode

MAX_BODY = 100_000
MAX_BODY_OF_BATCHES = 2_000_000  # postTransactions, and program files
MAX_QUERY_STRING = 16_000  # of a GET
MAX_TOKENS = 2_000
MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_ROOT_FIELDS = 20
MAX_DIRECTIVES = 50


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a selection asks; aliases, directives and root fields count each time that a fragment is spread."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0


def too_much(document: DocumentNode) -> list[Problem]:
    """One problem for each limit that an operation of the document breaks."""
    measure = _Measure(document)
    problems: dict[ProblemCode, Problem] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            for problem in _problems(measure.operation(definition)):
                problems.setdefault(problem.code, problem)
    return list(problems.values())


def _problems(extent: Extent) -> Iterable[Problem]:
    limits = (
        (extent.depth, MAX_DEPTH, ProblemCode.TOO_DEEP, "levels of fields"),
        (extent.aliases, MAX_ALIASES, ProblemCode.TOO_MANY_ALIASES, "aliases"),
        (extent.fields, MAX_ROOT_FIELDS, ProblemCode.TOO_MANY_ROOT_FIELDS, "fields of the root"),
        (extent.directives, MAX_DIRECTIVES, ProblemCode.TOO_MANY_DIRECTIVES, "directives"),
    )
    for found, most, code, what in limits:
        if found > most:
            yield Problem(f"An operation has at most {most} {what}.", code)


def _count(nodes: Sized | None) -> int:
    return len(nodes) if nodes else 0


class _Measure:
    """Measures each fragment once, so that fragments spreading fragments cost no more than their text."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._extents: dict[str, Extent] = {}

    def operation(self, operation: OperationDefinitionNode) -> Extent:
        extent = self._selection(operation.selection_set)
        own = _count(operation.directives) + sum(_count(variable.directives) for variable in operation.variable_definitions or ())
        return Extent(extent.depth, extent.aliases, extent.directives + own, extent.fields)

    def _selection(self, selection_set: SelectionSetNode) -> Extent:
        depth = aliases = directives = fields = 0
        for node in selection_set.selections:
            directives += _count(node.directives)
            if isinstance(node, FieldNode):
                inner = self._field(node)
                fields += 1
                aliases += int(node.alias is not None)
            elif isinstance(node, FragmentSpreadNode):
                inner = self._fragment(node.name.value)
                fields += inner.fields
            else:
                inner = self._selection(cast(InlineFragmentNode, node).selection_set)
                fields += inner.fields
            depth, aliases, directives = max(depth, inner.depth), aliases + inner.aliases, directives + inner.directives
        return Extent(depth, aliases, directives, fields)

    def _field(self, node: FieldNode) -> Extent:
        # Introspection nests deeper than any client's query; graphql-core has a rule of its own against its abuse.
        introspection = node.name.value in ("__schema", "__type")
        if node.selection_set is None:
            return Extent(depth=1)
        inner = self._selection(node.selection_set)
        return Extent(1 if introspection else inner.depth + 1, inner.aliases, inner.directives)

    def _fragment(self, name: str) -> Extent:
        if name not in self._extents:
            fragment = self._fragments.get(name)
            self._extents[name] = Extent()  # while it is measured: a cycle, which validation refuses
            if fragment is not None:
                inner = self._selection(fragment.selection_set)
                self._extents[name] = Extent(inner.depth, inner.aliases, inner.directives + _count(fragment.directives), inner.fields)
        return self._extents[name]
