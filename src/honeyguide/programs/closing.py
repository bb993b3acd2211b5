"""What becomes of points when a membership ends, by closure or erasure (R41); pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class OnClosing(StrEnum):
    FORFEIT = "forfeit"
    PAY_OUT = "pay_out"


def on_closing(program: Program, unit: str) -> OnClosing:
    """Are unspent points of the unit forfeited, or paid out at what one is worth?"""
    return program.units[unit].on_closing
