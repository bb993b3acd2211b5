"""The JSON Schema of a program file, by which YAML editors complete, explain and check it."""

from __future__ import annotations

from typing import Any

from honeyguide.programs.program import Program

# Bounds of pydantic's that stand beside a schema written by hand keep Python's names.
_BOUNDS = {"le": "maximum", "ge": "minimum"}


def json_schema() -> dict[str, Any]:
    """Draft 2020-12; numbers may stand without quotes, as people write YAML."""
    schema = _plain(Program.model_json_schema(by_alias=True, mode="validation"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Honeyguide program file"}


def _plain(node: Any) -> Any:
    """Without null (a key left out says it), and with the standard's names of bounds."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        node = {**choices[0], **{key: value for key, value in node.items() if key != "anyOf"}}
    return {_BOUNDS.get(key, key): _plain(value) for key, value in node.items() if not (key == "default" and value is None)}
