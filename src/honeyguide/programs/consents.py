"""What a program asks its members' consent for, in which words (R57); pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from honeyguide.programs.localised import Texts
from honeyguide.programs.scalars import Flag, Part, Whole

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class ConsentTerms(Part):
    """One purpose, such as `newsletter`; nobody has consented before saying so."""

    text: Texts = Field(description="What a person says yes to, in the words of the page, the app or the till.")
    version: Annotated[Whole, Field(description="Of these words: raise it when their meaning changes; default 1.", ge=1)] = 1
    default: Flag = Field(False, description="Whether messages that name no purpose are of this one; of one purpose at most.")


def default_purpose(program: Program) -> str | None:
    """The purpose of messages that name none."""
    return next((code for code, terms in program.consents.items() if terms.default), None)
