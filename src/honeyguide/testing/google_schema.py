"""Google's own description of the walletobjects v1 API as a strict validator: unknown names, wrong types, dead enum values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_INT64 = re.compile(r"-?[0-9]{1,19}")


@cache
def discovery() -> Mapping[str, Any]:
    """The discovery document that the package google-api-python-client ships."""
    document = files("googleapiclient") / "discovery_cache" / "documents" / "walletobjects.v1.json"
    content: Mapping[str, Any] = json.loads(document.read_text("utf-8"))
    return content


def findings(schema: str, body: object) -> list[str]:
    """What is wrong with a body of this schema, each with its path; empty when nothing is."""
    return list(_check({"$ref": schema}, body, ""))


def _check(schema: Mapping[str, Any], value: object, path: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from _check_object(discovery()["schemas"][schema["$ref"]], value, path)
    elif schema["type"] == "array":
        if not isinstance(value, list):
            yield f"{path}: a list is expected"
            return
        for index, item in enumerate(value):
            yield from _check(schema["items"], item, f"{path}[{index}]")
    elif schema["type"] == "object":
        yield from _check_object(schema, value, path)
    else:
        yield from _check_scalar(schema, value, path)


def _check_object(schema: Mapping[str, Any], value: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'body'}: an object is expected"
        return
    properties = schema.get("properties", {})
    for name, item in value.items():
        place = f"{path}.{name}" if path else name
        if name not in properties:
            yield f"{place}: Unknown name, cannot find field"
        elif item is None:
            yield f"{place}: null is no value"
        else:
            yield from _check(properties[name], item, place)


def _check_scalar(schema: Mapping[str, Any], value: object, path: str) -> Iterator[str]:
    kind, form = schema["type"], schema.get("format", "")
    if kind == "string":
        if not isinstance(value, str):
            yield f"{path}: a string is expected" + (", int64 travels as text" if form in ("int64", "uint64") else "")
        elif form in ("int64", "uint64") and not _INT64.fullmatch(value):
            yield f"{path}: no {form}"
        elif "enum" in schema:
            yield from _check_enum(schema, value, path)
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{path}: true or false is expected"
    elif isinstance(value, bool) or not isinstance(value, int if kind == "integer" else int | float):
        yield f"{path}: a number is expected"
    elif form == "int32" and not -(2**31) <= value < 2**31:
        yield f"{path}: no int32"


def _check_enum(schema: Mapping[str, Any], value: str, path: str) -> Iterator[str]:
    if value not in schema["enum"]:
        yield f"{path}: not one of {', '.join(schema['enum'][:6])} ..."
    elif schema.get("enumDeprecated", [False] * len(schema["enum"]))[schema["enum"].index(value)]:
        yield f"{path}: {value} is deprecated"
