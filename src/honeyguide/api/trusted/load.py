"""The trusted documents of an audience, parsed and validated: ours once in a process, a company's own at each start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from graphql import specified_rules, validate

from honeyguide.api.core import core_schema
from honeyguide.api.documents import Document, read_document
from honeyguide.api.schemas import schema_for
from honeyguide.api.trusted.folder import read_operations, shipped_folder, where_of
from honeyguide.api.trusted.operation import OperationsInvalid, TrustedOperation
from honeyguide.caller import Audience


def trusted_documents(audience: Audience, folder: Path | None = None) -> Mapping[str, Document]:
    """By their texts, ours and those of the company's folder; raises OperationsInvalid."""
    ours = _shipped(audience)
    if folder is not None and not folder.is_dir():
        raise OperationsInvalid(f"HONEYGUIDE_OPERATIONS_DIR: {folder} is no folder")
    return ours if folder is None else {**ours, **validated(audience, read_operations(folder, audience))}


@cache
def _shipped(audience: Audience) -> Mapping[str, Document]:
    return validated(audience, read_operations(shipped_folder(), audience, manifests=False))


def validated(audience: Audience, operations: Iterable[TrustedOperation]) -> Mapping[str, Document]:
    """By their texts; raises OperationsInvalid."""
    schema = schema_for(audience)
    found = {}
    for one in operations:
        document = read_document(schema, one.body)
        if document.errors:
            where, message = _first_error(audience, one) or (one.where, document.errors[0].message)
            raise OperationsInvalid(f"{where}: {message}")
        if len(document.operations) != 1:
            raise OperationsInvalid(f"{one.where}: a trusted document has one operation")
        found[one.body] = replace(document, is_trusted=True)
    return found


def _first_error(audience: Audience, operation: TrustedOperation) -> tuple[str, str] | None:
    """Where it stands in the file that people wrote, which is laid out otherwise than the text that is trusted."""
    if operation.source is None:
        return None
    errors = validate(core_schema(schema_for(audience)), operation.source, specified_rules, max_errors=1)
    return (where_of(errors[0].nodes[0]), errors[0].message) if errors and errors[0].nodes else None
