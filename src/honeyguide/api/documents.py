"""Documents, parsed and validated once: a bounded cache of what each text turned out to be."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import strawberry
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails

from honeyguide.api.core import core_schema
from honeyguide.api.limits import MAX_TOKENS, too_much
from honeyguide.api.problems import Problem, ProblemCode

_MAX_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Document:
    """A text as the schema understands it: its operations by name, or the errors that every use of it answers."""

    errors: tuple[GraphQLError, ...] = ()
    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    details: dict[str, FragmentDetails] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name; without a name the only one there is."""
        if name:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


class Documents:
    """The last `size` texts that were asked of one schema; longer texts are not kept, so the cache stays small."""

    def __init__(self, schema: strawberry.Schema, size: int = 500, longest: int = 16_000) -> None:
        self._schema, self._size, self._longest = schema, size, longest
        self._known: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str) -> Document:
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = _read(self._schema, text)
        if len(text) <= self._longest:
            self._known[text] = document
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return document


def is_query(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.QUERY


def _read(schema: strawberry.Schema, text: str) -> Document:
    try:
        node = parse(text, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as error:
        return Document(errors=(_coded(error, _syntax_code(error)),))
    except RecursionError:
        return Document(errors=(Problem("The document is nested too deeply.", ProblemCode.TOO_DEEP),))
    problems = too_much(node)
    if problems:
        return Document(errors=tuple(problems))
    errors = validate(core_schema(schema), node, specified_rules, max_errors=_MAX_ERRORS)
    if errors and errors[-1].message == "Validation aborted.":  # graphql-core gave up comparing fields that repeat each other
        return Document(errors=(Problem("The document repeats too many fields to be checked.", ProblemCode.VALIDATION_FAILED),))
    if errors:
        return Document(errors=tuple(_coded(error, ProblemCode.VALIDATION_FAILED) for error in errors))
    return _document(node)


def _document(node: DocumentNode) -> Document:
    operations = {one.name.value if one.name else "": one for one in node.definitions if isinstance(one, OperationDefinitionNode)}
    fragments = {one.name.value: one for one in node.definitions if isinstance(one, FragmentDefinitionNode)}
    return Document((), operations, fragments, {name: FragmentDetails(one, None) for name, one in fragments.items()})


def _syntax_code(error: GraphQLSyntaxError) -> ProblemCode:
    """graphql-core tells its own limits by their words only."""
    if "more than" in error.message and "tokens" in error.message:
        return ProblemCode.TOO_MANY_TOKENS
    return ProblemCode.TOO_DEEP if "nested too deeply" in error.message else ProblemCode.PARSE_FAILED


def _coded(error: GraphQLError, code: ProblemCode) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": str(code)}
    return error
