"""How much may be posted and redeemed before somebody looks: per post, a day, and at what pace (R52); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from honeyguide.programs.earning.exact import minor
from honeyguide.programs.scalars import Amount, Code, Part, Whole

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

LONGEST_MINUTES = 120
MOST_RULES = 10
Count = Annotated[Whole, Field(ge=1)]


class By(StrEnum):
    """Whose posts are counted together."""

    MEMBER = "member"
    CASHIER = "cashier"
    MEMBER_AT_CASHIER = "member_at_cashier"
    LOCATION = "location"
    CREDENTIAL = "credential"
    PARTNER = "partner"


class PostCaps(Part):
    """The most that one purchase may be, or may earn."""

    amount: Amount | None = Field(None, description="In the program's currency.")
    points: dict[Code, Amount] = Field({}, description="What it may earn, by unit.")


class DayCaps(Part):
    """The most that somebody may post on a day of the program."""

    posts: Count | None = Field(None, description="So many purchases.")
    amount: Amount | None = Field(None, description="So much money, in the program's currency.")


class MemberDayCaps(DayCaps):
    """The most that may be posted for one member on a day."""

    points: dict[Code, Amount] = Field({}, description="So much earned, by unit.")


class EarnPerDay(Part):
    """Caps of a day, by whose purchases are counted; a cashier is one of a shop, a shop is one of a partner."""

    member: MemberDayCaps = Field(MemberDayCaps(), description="For one member, exactly, at whatever tills.")
    cashier: DayCaps = Field(DayCaps(), description="By one cashier.")
    location: DayCaps = Field(DayCaps(), description="In one shop.")
    partner: DayCaps = Field(DayCaps(), description="By one partner.")
    credential: DayCaps = Field(DayCaps(), description="With one credential.")


class Velocity(Part):
    """A pace: more posts than this in so many minutes are parked."""

    by: Literal["member", "cashier", "member_at_cashier", "location", "credential"] = Field(description="Whose posts are counted.")
    posts: Count = Field(description="So many go through.")
    minutes: Annotated[Whole, Field(description="In so many minutes.", ge=1, le=LONGEST_MINUTES)]
    then: Literal["park"] = Field("park", description="What becomes of more.")


class EarnLimits(Part):
    """Above any of these a purchase is parked for review, never lost."""

    per_post: PostCaps = Field(PostCaps(), description="Of one purchase.")
    per_day: EarnPerDay = Field(EarnPerDay(), description="Of a day, the one on which they are sent, whatever date the till writes.")
    velocity: tuple[Velocity, ...] = Field((), description="Paces.", max_length=MOST_RULES)


class RedeemPerDay(Part):
    """How many redemptions and reservations go through a day; more are refused until the next."""

    cashier: Count | None = Field(None, description="By one cashier.")
    location: Count | None = Field(None, description="In one shop.")
    partner: Count | None = Field(None, description="By one partner.")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much goes through of whom: on a local day, or in so many minutes; minor units of the currency; None is unlimited."""

    by: By
    minutes: int | None
    posts: int | None
    amount: int | None
    reason: str


def paces(program: Program) -> tuple[Pace, ...]:
    """What is counted across members; a member's own day is counted in the member's books."""
    earn = program.limits.earn
    most_of = {by: _day_caps(program, by) for by in (By.CASHIER, By.LOCATION, By.CREDENTIAL, By.PARTNER)}
    days = tuple(Pace(by, None, *most, f"{by.name}_DAY_LIMIT") for by, most in most_of.items() if most != (None, None))
    return days + tuple(Pace(By(one.by), one.minutes, one.posts, None, f"{By(one.by).name}_VELOCITY") for one in earn.velocity)


def redemption_paces(program: Program) -> tuple[Pace, ...]:
    """How many redemptions and reservations go through a day."""
    most = program.limits.redemptions_per_day
    by = {By.CASHIER: most.cashier, By.LOCATION: most.location, By.PARTNER: most.partner}
    return tuple(Pace(one, None, count, None, f"{one.name}_REDEMPTIONS") for one, count in by.items() if count is not None)


@dataclass(frozen=True, slots=True)
class Caps:
    """In minor units: of one purchase, and of a member's day; None or a unit that is not named is unlimited."""

    post: int | None
    post_points: Mapping[str, int]
    day_posts: int | None
    day_amount: int | None
    day_points: Mapping[str, int]


def caps(program: Program) -> Caps:
    earn = program.limits.earn
    posts, amount = _day_caps(program, By.MEMBER)
    post = _minor(earn.per_post.amount, program.currency_decimals)
    day_points = _by_unit(program, earn.per_day.member.points)
    return Caps(post, _by_unit(program, earn.per_post.points), posts, amount, day_points)


def _day_caps(program: Program, by: By) -> tuple[int | None, int | None]:
    day: DayCaps = getattr(program.limits.earn.per_day, by.value)
    return day.posts, _minor(day.amount, program.currency_decimals)


def _by_unit(program: Program, points: Mapping[str, Decimal]) -> dict[str, int]:
    return {unit: int(minor(most, program.decimals(unit))) for unit, most in points.items()}


def _minor(cap: Decimal | None, decimals: int) -> int | None:
    return None if cap is None else int(minor(cap, decimals))
