"""The virtual phone's answer to a pass that a real one would not take."""

from __future__ import annotations


class PassRefused(Exception):
    """A real phone would refuse this pass; `rule` is its number in the list of Wallet's rules (A1-A26)."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(f"{rule}: {reason}")
        self.rule = rule
        self.reason = reason
