"""Documents, parsed and validated once: those that are trusted, and a bounded cache of what other texts turned out to be (D1)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeGuard

import strawberry
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation.rules import overlapping_fields_can_be_merged

from honeyguide.api.core import core_schema
from honeyguide.api.limits import MAX_TOKENS, too_much
from honeyguide.api.problems import Problem, ProblemCode, coded
from honeyguide.api.trusted.naming import Naming, document_id, read_naming

_MAX_ERRORS = 20
# Comparisons of fields that could stand under one key of an answer: our own operations need 14, graphql-core's 500,000 take a second.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000
_MOST_SEEN_ONCE = 2_000  # hashes of texts

# Of ids and texts: ids are refused, both are taken, or trusted documents alone.
Mode = Literal["off", "preferred", "required"]


@dataclass(frozen=True, slots=True)
class Document:
    """A text as the schema understands it: its operations by name, or the errors that every use of it answers."""

    errors: tuple[GraphQLError, ...] = ()
    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    details: dict[str, FragmentDetails] = field(default_factory=dict)
    is_trusted: bool = False
    costs: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)  # what cost/known.py worked out, by operation

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name; without a name the only one there is."""
        if name:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


class Documents:
    """The documents of one schema: the trusted ones for ever, and of others those that came more than once, while there is room.

    A text is kept from its second appearance on, so that texts which never come again push nothing out. What is kept is bounded in
    number and in characters together: a document takes up to a hundred times the memory of its text.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        trusted: Mapping[str, Document] = MappingProxyType({}),
        mode: Mode = "preferred",
        *,
        most: int = 500,
        room: int = 400_000,
        longest: int = 16_000,
    ) -> None:
        """`trusted` by their texts, whose hashes are their ids (trusted/load.py)."""
        self._schema, self._mode, self._trusted = schema, mode, trusted
        self._by_id = {document_id(text): document for text, document in trusted.items()}
        self._most, self._room, self._longest = most, room, longest
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._seen_once: OrderedDict[int, None] = OrderedDict()

    def find(self, parameters: Mapping[str, Any]) -> Document:
        """What the parameters of a request name: a trusted document by its id, or a text where the mode allows it (D1)."""
        naming = read_naming(parameters)
        if isinstance(naming, str):
            return _refused(naming, ProblemCode.BAD_REQUEST)
        if naming.ids:
            return self._by_ids(naming)
        return self.read(naming.text or "")

    def is_new(self, text: object) -> TypeGuard[str]:
        """Whether somebody has to read it: it is a text, and not among those that are kept."""
        return isinstance(text, str) and text not in self._trusted and text not in self._kept

    def read(self, text: str) -> Document:
        """What a text is; in mode required only what is trusted."""
        document = self._trusted.get(text)
        if document is not None:
            return document
        if self._mode == "required":
            return _refused("This API runs trusted documents only.", ProblemCode.TRUSTED_DOCUMENT_REQUIRED)
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        document = read_document(self._schema, text)
        if len(text) <= self._longest and self._has_come_before(text):
            self._keep(text, document)
        return document

    def _by_ids(self, naming: Naming) -> Document:
        if self._mode == "off":
            # Apollo's clients look for these words, and for those below.
            return _refused("PersistedQueryNotSupported", ProblemCode.PERSISTED_DOCUMENTS_OFF)
        if len(naming.ids) > 1 or (naming.text is not None and document_id(naming.text) not in naming.ids):
            return _refused("The id is not the SHA-256 of the document.", ProblemCode.DOCUMENT_ID_MISMATCH)
        if naming.text is not None:
            return self.read(naming.text)
        known = self._by_id.get(next(iter(naming.ids)))
        return known or _refused("PersistedQueryNotFound", ProblemCode.PERSISTED_DOCUMENT_NOT_FOUND)

    def _has_come_before(self, text: str) -> bool:
        """Whether this is its second time; two texts of one hash only mean that one is kept early."""
        key = hash(text)
        if key in self._seen_once:
            del self._seen_once[key]
            return True
        self._seen_once[key] = None
        if len(self._seen_once) > _MOST_SEEN_ONCE:
            self._seen_once.popitem(last=False)
        return False

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._room -= len(text)
        while len(self._kept) > self._most or self._room < 0:
            dropped, _ = self._kept.popitem(last=False)
            self._room += len(dropped)


def read_document(schema: strawberry.Schema, text: str) -> Document:
    """Parse, measure and validate a text."""
    try:
        node = parse(text, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as error:
        return Document(errors=(coded(error, _syntax_code(error)),))
    except RecursionError:
        return Document(errors=(Problem("The document is nested too deeply.", ProblemCode.TOO_DEEP),))
    problems = too_much(node)
    if problems:
        return Document(errors=tuple(problems))
    errors = validate(core_schema(schema), node, specified_rules, max_errors=_MAX_ERRORS)
    if errors and errors[-1].message == "Validation aborted.":  # graphql-core gave up comparing fields that repeat each other
        return Document(errors=(Problem("The document repeats too many fields to be checked.", ProblemCode.VALIDATION_FAILED),))
    if errors:
        return Document(errors=tuple(coded(error, ProblemCode.VALIDATION_FAILED) for error in errors))
    return _document(node)


def _refused(message: str, code: ProblemCode) -> Document:
    return Document(errors=(Problem(message, code),))


def _document(node: DocumentNode) -> Document:
    operations = {one.name.value if one.name else "": one for one in node.definitions if isinstance(one, OperationDefinitionNode)}
    fragments = {one.name.value: one for one in node.definitions if isinstance(one, FragmentDefinitionNode)}
    return Document((), operations, fragments, {name: FragmentDetails(one, None) for name, one in fragments.items()})


def _syntax_code(error: GraphQLSyntaxError) -> ProblemCode:
    """graphql-core tells its own limits by their words only."""
    if "more than" in error.message and "tokens" in error.message:
        return ProblemCode.TOO_MANY_TOKENS
    return ProblemCode.TOO_DEEP if "nested too deeply" in error.message else ProblemCode.PARSE_FAILED
