"""Read YAML 1.2 as plain text scalars with positions; aliases, tags, duplicate keys, depth and size are refused.

Every scalar stays the text that was written: 1.15 never passes through a float, 12:30 is no number of seconds,
`no` is no boolean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from honeyguide.programs.findings import Finding, ProgramInvalid

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_NODES = 20_000

Path = tuple[str | int, ...]
Place = tuple[int, int]


@dataclass(slots=True)
class Document:
    """Nested dicts, lists and texts, with the line and column of each key and value by its path."""

    data: dict[str, Any] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """Where the value (or its key) stands, else the nearest thing around it that stands somewhere."""
        at = tuple(path)
        first, second = (self.keys, self.values) if key else (self.values, self.keys)
        while at and at not in first and at not in second:
            at, (first, second) = at[:-1], (self.keys, self.values)
        return first.get(at) or second.get(at) or (1, 1)


class Refused(Exception):
    """Raised while reading, caught in `read`: the first thing that is no plain YAML ends the reading."""

    def __init__(self, place: Place, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.finding = Finding(*place, message, suggestion)


def read(source: str) -> Document | ProgramInvalid:
    """Parse the source, or say where it is no plain YAML mapping."""
    if len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return ProgramInvalid((Finding(1, 1, f"the file is larger than {MAX_BYTES // 1024} kB"),))
    try:
        return _Reader(source).document()
    except Refused as refusal:
        return ProgramInvalid((refusal.finding,))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return ProgramInvalid((Finding(line, column, f"no valid YAML: {error.problem or error.context or 'it cannot be read'}"),))
    except (YAMLError, UnicodeError, ValueError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else "it cannot be read"
        return ProgramInvalid((Finding(1, 1, f"no valid YAML: {reason}"),))


class _Reader:
    """Builds the document from parser events, so that nothing is ever constructed or resolved by a YAML library."""

    def __init__(self, source: str) -> None:
        self.events = YAML(typ="safe", pure=True).parse(source)
        self.result = Document()
        self.nodes = 0

    def document(self) -> Document:
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Refused(_place(event), "a program file is one YAML document")
            elif isinstance(event, NodeEvent):
                data = self._value(event, ())
                if not isinstance(data, dict):
                    raise Refused(_place(event), "a program file is a mapping: `code:`, `name:`, `units:` ...")
                self.result.data = data
        if not documents:
            raise Refused((1, 1), "the file is empty")
        return self.result

    def _value(self, event: NodeEvent, path: Path) -> Any:
        self._check(event, path)
        if not (isinstance(event, ScalarEvent) and event.start_mark.index == event.end_mark.index):
            self.result.values[path] = _place(event)  # a value that is not written stands at its key, not at what follows
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        return str(event.value) if isinstance(event, ScalarEvent) else None

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise Refused(_place(event), "a key is a plain text")
            key = event.value
            self._check(event, path)
            if key in mapping:
                line, _ = self.result.keys[(*path, key)]
                raise Refused(_place(event), f"`{_short(key)}` stands here twice, first on line {line}")
            self.result.keys[(*path, key)] = _place(event)
            mapping[key] = self._value(next(self.events), (*path, key))
        return mapping

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _check(self, event: NodeEvent, path: Path) -> None:
        self.nodes += 1
        if isinstance(event, AliasEvent) or event.anchor:
            raise Refused(_place(event), f"anchors and aliases (`&{event.anchor}`, `*{event.anchor}`) are not allowed: write it out")
        if getattr(event, "tag", None):
            raise Refused(_place(event), "tags (`!...`) are not allowed: every value is plain text")
        if len(path) > MAX_DEPTH:
            raise Refused(_place(event), f"nested deeper than {MAX_DEPTH} levels")
        if self.nodes > MAX_NODES:
            raise Refused(_place(event), f"more than {MAX_NODES} values")


def _place(event: Any) -> Place:
    return (event.start_mark.line + 1, event.start_mark.column + 1)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "..."
