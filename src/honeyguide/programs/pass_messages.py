"""What a program tells its members on their passes: welcome, points that expire, a tier at risk, come back; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from honeyguide.programs.localised import Texts
from honeyguide.programs.scalars import Code, Flag, Part, Positive, Whole

_WORD = re.compile(r"\{([^{}]*)\}")
Days = Annotated[Whole, Field(ge=1, le=3650)]


class MessageTerms(Part):
    """What every kind of message has; `WORDS` are those that its texts may name in braces."""

    WORDS: ClassVar[tuple[str, ...]] = ("program",)

    header: Texts = Field(description="The first line: what it is about.")
    body: Texts = Field(description="A sentence or two; what may stand in braces is said with each kind.")
    purpose: Code | None = Field(
        None, description="It is an offer: only who consented to this purpose gets it (R57); absent: it belongs to the membership."
    )
    notify: Flag = Field(True, description="Whether phones ring, outside of quiet hours; no: it just stands on the pass.")
    at_most_every_days: Days = Field(30, description="Days between two messages of this kind to one member; default 30.")


class Welcome(MessageTerms):
    """To who joined; texts may name {program}."""

    within_days: Days = Field(7, description="To members who joined so many days ago or less; default 7.")
    shown_days: Days = Field(14, description="Days on the pass; default 14.")


class PointsExpire(MessageTerms):
    """Before points expire, until they did or are gone; texts may name {program}, {quantity} and {date}."""

    WORDS: ClassVar[tuple[str, ...]] = ("program", "quantity", "date")

    unit: Code = Field(description="Which points.")
    days_before: Days = Field(30, description="So many days before; default 30.")
    at_least: Positive | None = Field(None, description="Fewer are not worth a message; absent: one is.")


class TierAtRisk(MessageTerms):
    """From the warning (tiers.warning) until the tier is kept or over; texts may name {program}, {tier}, {drops_to}, {missing}, {date}."""

    WORDS: ClassVar[tuple[str, ...]] = ("program", "tier", "drops_to", "missing", "date")


class WinBack(MessageTerms):
    """To who was not here for long, until he comes; always an offer; texts may name {program} and {quantity}, the balance."""

    WORDS: ClassVar[tuple[str, ...]] = ("program", "quantity")

    unit: Code = Field(description="Whose balance the texts name.")
    after_days: Days = Field(90, description="Days without a purchase or redemption; default 90.")
    shown_days: Days = Field(30, description="Days on the pass; default 30.")


class PassMessages(Part):
    """Messages on passes by kind; what is absent is not sent."""

    welcome: Welcome | None = Field(None, description="To new members.")
    points_expire: PointsExpire | None = Field(None, description="Before points expire.")
    tier_at_risk: TierAtRisk | None = Field(None, description="Before a tier is lost.")
    win_back: WinBack | None = Field(None, description="To members who stay away.")

    def kinds(self) -> Iterator[tuple[str, MessageTerms]]:
        """Those that are sent, by name."""
        for kind in type(self).model_fields:
            if (terms := getattr(self, kind)) is not None:
                yield kind, terms


def words_in(text: str) -> list[str]:
    """What stands in braces."""
    return _WORD.findall(text)


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its words; each of a checked text is known."""
    return _WORD.sub(lambda found: words.get(found[1], ""), text)
