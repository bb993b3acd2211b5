"""A rule of wallet.md that a pass breaks: which, where, how; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule of wallet.md, where in the pass it is broken, and how."""

    rule: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.place}: {self.reason}"


class PassInvalid(ValueError):
    """Wallet would refuse this pass; `broken` says why."""

    def __init__(self, broken: tuple[Broken, ...]) -> None:
        super().__init__("; ".join(map(str, broken)))
        self.broken = broken
