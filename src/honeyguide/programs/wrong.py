"""A mistake of a program file at its place, and the names that lead nowhere; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from honeyguide.programs.document import Path
from honeyguide.programs.findings import nearest


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mistake at a path of the document, at its key or its value."""

    path: Path
    message: str
    suggestion: str | None = None
    at_key: bool = False


def values(path: Path, what: str, names: tuple[str, ...], known: Iterable[str]) -> Iterator[Wrong]:
    """Items of a list that name nothing."""
    known = tuple(known)
    yield from (unknown((*path, index), what, name, known) for index, name in enumerate(names) if name not in known)


def keys(path: Path, what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Wrong]:
    """Keys of a mapping that name nothing."""
    known = tuple(known)
    yield from (unknown((*path, name), what, name, known, at_key=True) for name in names if name not in known)


def unknown(path: Path, what: str, name: str, known: Iterable[str], at_key: bool = False) -> Wrong:
    """One name that leads nowhere."""
    return Wrong(path, f"there is no {what} `{name}`", nearest(name, known), at_key)
