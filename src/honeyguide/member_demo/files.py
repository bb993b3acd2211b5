"""The page's files, read once: what their types are, and the tag by which a browser asks whether they changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import orjson

from honeyguide.api.trusted.folder import read_operations, shipped_folder
from honeyguide.caller import Audience

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    content: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, name: str, content: bytes) -> PageFile:
        return cls(content, _TYPES[name.rpartition(".")[2]], f'"{sha256(content).hexdigest()[:32]}"')


@cache
def page_files() -> Mapping[str, PageFile]:
    """Read once a process, by their paths below /member/demo/; documents.json has the ids of the trusted documents by the names of their operations."""
    found = {name: PageFile.of(name, file.read_bytes()) for name, file in _files(resources.files(__package__).joinpath("site"))}
    operations = read_operations(shipped_folder(), Audience.MEMBER, manifests=False)
    documents = orjson.dumps({one.name: f"sha256:{one.id}" for one in operations})
    return {**found, "documents.json": PageFile.of("documents.json", documents)}


def _files(folder: Traversable, below: str = "") -> list[tuple[str, Traversable]]:
    found = []
    for one in folder.iterdir():
        found += _files(one, f"{below}{one.name}/") if one.is_dir() else [(f"{below}{one.name}", one)]
    return found
