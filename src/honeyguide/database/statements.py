"""Loads named SQL: each statement stands under a line `-- name: one sentence.`"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

_HEADING = re.compile(r"^-- ([a-z][a-z0-9_]*): ", re.MULTILINE)


@cache
def statements(package: str, file: str) -> Mapping[str, str]:
    """The statements of one .sql file beside a slice's Python, by name, in the file's order."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    named: dict[str, str] = {}
    for heading, end in zip(headings, ends, strict=True):
        name = heading[1]
        if name in named:
            raise ValueError(f"{package}/{file} names {name} twice")
        named[name] = text[heading.start() : end].strip().removesuffix(";")
    if not named:
        raise ValueError(f"{package}/{file} holds no statement under a line `-- name: sentence`")
    return MappingProxyType(named)
