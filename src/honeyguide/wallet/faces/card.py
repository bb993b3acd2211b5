"""The card: everything a pass could show of one member at one version, whatever the phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from honeyguide.programs.localised import negotiate
from honeyguide.quantities import Unit, UnitKind
from honeyguide.wallet.faces.card_rewards import Reward

# A text by language ("en", "de"); what a language lacks is taken from the program's first language.
LocalText = Mapping[str, str]


class CardStatus(StrEnum):
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class CardUnit:
    """A unit with its names: `names` maps a language to the plural forms of CLDR ("one", "other"), as in {"en": {"one": "point"}}."""

    code: str
    kind: UnitKind
    decimals: int
    names: Mapping[str, Mapping[str, str]]
    currency: str | None = None  # ISO 4217, for money only

    @property
    def unit(self) -> Unit:
        return Unit(self.code, self.kind, self.decimals)


@dataclass(frozen=True, slots=True)
class CardLink:
    """A link of the program file: https, mailto or tel, checked when the file was applied."""

    code: str
    title: LocalText
    url: str


@dataclass(frozen=True, slots=True)
class CardProgram:
    """What the program file says that a card shows; `languages` begins with the program's own."""

    code: str
    name: LocalText
    languages: tuple[str, ...]
    units: Mapping[str, CardUnit]
    tiers: Mapping[str, LocalText]
    terms: LocalText
    support: LocalText
    links: tuple[CardLink, ...] = ()
    title: LocalText = field(default_factory=dict)  # of the style, read aloud by phones
    balances: tuple[str, ...] = ()  # units that the style shows, the most important first


@dataclass(frozen=True, slots=True)
class CardBalance:
    """One unit's balance in minor units, below zero while the member owes; `expiring` holds (last day, quantity), soonest first, of what is about to expire."""

    unit: str
    available: int
    pending: int = 0
    expiring: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CardProgress:
    """The way to the next tier, in minor units of `unit`."""

    next_tier: str
    unit: str
    current: int
    needed: int
    remaining: int
    period_ends: date | None = None


@dataclass(frozen=True, slots=True)
class CardMessage:
    """The newest message on the pass; `notify`: the phone may ring for it; `elsewhere`: styles of older passes on all of its phones."""

    header: LocalText
    body: LocalText
    notify: bool
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One member's pass, ready to be drawn; `version` is the standing's version that all of it was read at (X4)."""

    program_id: UUID
    member_id: UUID
    pass_id: UUID
    version: int
    style: str
    serial: str
    barcode: str
    locale: str
    member_name: str | None
    member_number: str
    program: CardProgram
    tier: str | None = None
    balances: tuple[CardBalance, ...] = ()
    progress: CardProgress | None = None
    status: CardStatus = CardStatus.ACTIVE
    generation: int = 1
    expires_at: datetime | None = None
    is_anonymous: bool = False  # nobody has said yet whose it is
    message: CardMessage | None = None
    reward: Reward | None = None


def last_day(moment: datetime, zone: ZoneInfo) -> date:
    """The last day, by the clock on a wall, on which something is there that ends at that moment."""
    return (moment - timedelta(microseconds=1)).astimezone(zone).date()


def spoken(template: tuple[str, ...], program: tuple[str, ...]) -> tuple[str, ...]:
    """The languages that both a template and a program have, the program's first one first; those of one of them where they share none."""
    return tuple(language for language in program if language in template) or template or program


def card_language(locale: str, languages: tuple[str, ...]) -> str:
    """The language to write a card in: the member's, without its region when only that is offered, else the first one offered."""
    return negotiate((locale,), languages, languages[0])
