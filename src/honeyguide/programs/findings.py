"""What is wrong with a program file, and where: for people who edit YAML, not for stack traces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake; line and column count from 1 and point at the offending key or value."""

    line: int
    column: int
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        return f"{self.line}:{self.column}: {self.message}{hint}"


@dataclass(frozen=True, slots=True)
class ProgramInvalid:
    """A refusal: the file means nothing until every finding is mended."""

    findings: tuple[Finding, ...]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a typo most likely meant."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(word.casefold()[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None
