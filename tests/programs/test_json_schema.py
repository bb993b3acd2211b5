"""The JSON Schema: editors accept what we accept, and explain every key."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from builders.programs import rule, source
from honeyguide.programs.json_schema import json_schema


def as_editors_read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_the_demo_program_fits_as_an_editor_reads_it() -> None:
    text = files("honeyguide.programs").joinpath("gallery/grocer-and-fuel.yaml").read_text(encoding="utf-8")

    Draft202012Validator.check_schema(json_schema())
    assert [error.message for error in Draft202012Validator(json_schema()).iter_errors(as_editors_read(text))] == []


@pytest.mark.parametrize("earning", [rule("spend", "ern: 1"), rule("spend", "earn: -1"), rule("spent", "earn: 1"), rule("step", "earn: 5")])
def test_an_editor_sees_mistakes_too(earning: str) -> None:
    assert not Draft202012Validator(json_schema()).is_valid(as_editors_read(source(earning=earning)))


def test_every_key_is_explained() -> None:
    assert [path for path, node in properties(json_schema()) if "description" not in node] == []


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of the schema but the plural forms of names, which CLDR explains."""
    if not isinstance(node, dict):
        return
    for name, item in node.get("properties", {}).items():
        if name not in ("zero", "one", "two", "few", "many", "other"):
            yield f"{path}/{name}", item
    for name, item in node.items():
        for inner in item if isinstance(item, list) else [item]:
            yield from properties(inner, f"{path}/{name}")
