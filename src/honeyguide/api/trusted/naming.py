"""How a request names its document: by text, by an id, or by both (GraphQL over HTTP, appendix A; Apollo's persistedQuery extension)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

_PREFIX = "sha256:"
_VERSION = 1  # of Apollo's extension
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Naming:
    """`ids` are the 64 hexadecimal digits of SHA-256, or what else a client sent: then nothing is known by that."""

    text: str | None
    ids: frozenset[str] = frozenset()


def document_id(text: str) -> str:
    """The SHA-256 of a document's text in lower-case hexadecimal; `documentId` puts sha256: before it."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def read_naming(parameters: Mapping[str, Any]) -> Naming | str:
    """What the parameters of a request name, or in one sentence what is wrong with them."""
    text, given, extensions = parameters.get("query"), parameters.get("documentId"), parameters.get("extensions")
    if text is not None and not isinstance(text, str):
        return "query has a wrong type."
    if given is None and not extensions:  # the common case is quick
        return Naming(text) if text and not text.isspace() else "The request must be an object with a query, or with a documentId."
    ids = set()
    if given is not None:
        if not isinstance(given, str) or not given or len(given) > _LONGEST_ID:
            return "documentId must be a text like sha256:7dba4bd7..."
        ids.add(given.removeprefix(_PREFIX) if given.startswith(_PREFIX) else f"not sha256: {given}")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    if persisted is not None:
        found = _apollo_id(persisted)
        if found is None:
            return "extensions.persistedQuery must be {version: 1, sha256Hash: 64 hexadecimal digits}."
        ids.add(found)
    text = text if text and not text.isspace() else None
    if text is None and not ids:
        return "The request must be an object with a query, or with a documentId."
    return Naming(text, frozenset(ids))


def _apollo_id(persisted: Any) -> str | None:
    if not isinstance(persisted, dict) or persisted.get("version") != _VERSION:
        return None
    given = persisted.get("sha256Hash")
    return given.lower() if isinstance(given, str) and re.fullmatch(r"[0-9a-fA-F]{64}", given) else None
