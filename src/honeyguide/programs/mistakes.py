"""Turn pydantic's errors into findings at the offending key or value, in words that fit a YAML file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from honeyguide.programs.document import Document, Path
from honeyguide.programs.findings import Finding, nearest

_SHAPES = {
    "dict_type": "a mapping (`key: value` lines)",
    "model_type": "a mapping (`key: value` lines)",
    "tuple_type": "a list (`[a, b]` or `- a` lines)",
}


def findings_of(error: ValidationError, model: type[BaseModel], document: Document) -> tuple[Finding, ...]:
    """One finding for each error, in the order of the file."""
    found = {_finding(details, model, document) for details in error.errors(include_url=False)}
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.column, finding.message)))


def _finding(details: ErrorDetails, model: type[BaseModel], document: Document) -> Finding:
    path = _path_in(document, details["loc"])
    kind, context = details["type"], details.get("ctx", {})
    name = str(details["loc"][-1]) if details["loc"] else ""
    if kind == "extra_forbidden":
        return Finding(
            *document.place(path, key=True), f"unknown key `{name[:40]}`", nearest(name, _known_keys(model, details["loc"][:-1]))
        )
    if kind == "missing":
        return Finding(*document.place(path, key=True), f"`{name}` is missing")
    if kind == "union_tag_not_found":
        return Finding(*document.place(path, key=True), "`kind` is missing")
    if details["loc"] and details["loc"][-1] == "[key]":
        return Finding(*document.place(path, key=True), _message(details), context.get("suggestion"))
    if kind in ("enum", "literal_error", "union_tag_invalid"):
        words = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
        written = str(context["tag"] if kind == "union_tag_invalid" else details["input"])
        place = document.place((*path, "kind") if kind == "union_tag_invalid" else path)
        return Finding(*place, f"`{written[:40]}` is none of {', '.join(words)}", nearest(written, words))
    return Finding(*document.place(path), _message(details), context.get("suggestion"))


def _message(details: ErrorDetails) -> str:
    kind, limits = details["type"], details.get("ctx", {})
    if kind in _SHAPES:
        return f"this should be {_SHAPES[kind]}"
    if kind == "less_than_equal":
        return f"{details['input']} is more than {limits['le']}, the most there can be"
    if kind == "greater_than_equal":
        return f"{details['input']} is less than {limits['ge']}, the least there can be"
    if kind == "too_short":
        return "at least one is needed here"
    return details["msg"]


def _path_in(document: Document, loc: Sequence[str | int]) -> Path:
    """The error's location without what pydantic adds to it: tags of unions and its marks for keys."""
    path: Path = ()
    here: Any = document.data
    for step in loc:
        if (isinstance(here, dict) and step in here) or (isinstance(here, list) and isinstance(step, int) and step < len(here)):
            here, path = here[step], (*path, step)  # type: ignore[index]
    return path


def _known_keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that the part of the file at this location may have."""
    here: Any = model
    for step in loc:
        here = _step_into(here, step)
    here = _plain(here)
    if isinstance(here, type) and issubclass(here, BaseModel):
        return [field.alias or name for name, field in here.model_fields.items()]
    return []


def _step_into(annotation: Any, step: str | int) -> Any:
    annotation = _plain(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
        return fields[str(step)].annotation if step in fields else annotation
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return next((part for part in parts if _is_tagged(part, step)), annotation)
    if origin in (dict, tuple):
        return parts[1] if origin is dict else parts[0]
    return annotation


def _plain(annotation: Any) -> Any:
    """The type under Annotated and Optional."""
    while True:
        origin, parts = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation = parts[0]
        elif origin in (Union, UnionType) and len(rest := [part for part in parts if part is not type(None)]) == 1:
            annotation = rest[0]
        else:
            return annotation


def _is_tagged(part: Any, tag: str | int) -> bool:
    kind = part.model_fields.get("kind") if isinstance(part, type) and issubclass(part, BaseModel) else None
    return kind is not None and get_origin(kind.annotation) is Literal and tag in get_args(kind.annotation)
