"""The partners of a coalition as the program file names them: what they may issue and accept, and how late they may post; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from honeyguide.programs.localised import Texts
from honeyguide.programs.scalars import Code, Label, Part, Whole

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class PartnerTerms(Part):
    """What one partner may do."""

    name: Texts = Field(description="The partner's name as members read it.")
    issues: tuple[Code, ...] = Field((), description="Units that purchases at this partner may earn.")
    accepts: tuple[Code, ...] = Field((), description="Units that members may redeem at this partner.")
    window_days: Whole = Field(30, description="How many days a purchase may be old when it is posted; older ones are parked.", le=3650)
    mcc: Label | None = Field(None, description="Merchant category code of lines that carry none.")
    categories: tuple[Label, ...] = Field(
        (), description="Line categories that the partner sends; rules that name others are refused as typos."
    )


def may_accept(program: Program, partner_code: str, unit: str) -> bool:
    terms = program.partners.get(partner_code)
    return terms is not None and unit in terms.accepts


def window_days(program: Program, partner_code: str) -> int:
    """How many days a purchase at the partner may be old; 0 for a partner that the file does not name."""
    terms = program.partners.get(partner_code)
    return terms.window_days if terms else 0
