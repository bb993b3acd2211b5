"""Apollo's format of a persisted query manifest: what build tools of mobile apps read and write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from honeyguide.api.trusted.naming import document_id
from honeyguide.api.trusted.operation import OperationsInvalid, TrustedOperation


class _Operation(BaseModel):
    model_config = ConfigDict(strict=True)

    id: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    name: str
    type: Literal["query", "mutation", "subscription"]
    body: str


class _Manifest(BaseModel):
    model_config = ConfigDict(strict=True)

    format: Literal["apollo-persisted-query-manifest"]
    version: Literal[1]
    operations: Annotated[list[_Operation], Field(max_length=5_000)]


def write_manifest(operations: Iterable[TrustedOperation]) -> str:
    """Sorted by name, so that a changed operation is a changed line."""
    listed = [{"id": one.id, "name": one.name, "type": one.kind, "body": one.body} for one in sorted(operations, key=lambda one: one.name)]
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": listed}
    return orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode() + "\n"


def read_manifest(name: str, text: str) -> list[TrustedOperation]:
    """The operations of a manifest, as its app will send their ids; raises OperationsInvalid."""
    try:
        manifest = _Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise OperationsInvalid(f"{name}: {'.'.join(map(str, first['loc'])) or 'manifest'}: {first['msg']}") from None
    for one in manifest.operations:
        if document_id(one.body) != one.id:
            raise OperationsInvalid(f"{name}: {one.name}: its id is not the SHA-256 of its body")
    return [TrustedOperation(one.name, one.type, one.body, f"{name}: {one.name}") for one in manifest.operations]
