"""What the property machine asks of the books, as data: the program it plays under and the operations that clients send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from builders.programs import source

# The program: points live LIFETIME days and come back late for GRACE days more; stamps wait WAIT days and never end.
LIFETIME, GRACE, WAIT = 6, 2, 2
SILVER = 100_00
UNITS = f"""
points: {{kind: points, name: {{en: {{one: point, other: points}}}}, worth: 0.01, expiry: {{after: {{days: {LIFETIME}}}}},
         returned_to_expired: {{grace_days: {GRACE}}}}}
stamps: {{kind: stamps, name: {{en: {{one: stamp, other: stamps}}}}}}
"""
EARNING = f"""
base: {{kind: spend, unit: points, title: Points, earn: 1, per: 1.00, lines: {{except: {{categories: [TOBACCO]}}}},
       multipliers: {{tiers: {{silver: 1.5}}}}}}
card: {{kind: step, unit: stamps, title: Stamps, earn: 2, every: 10.00, pending: {{days: {WAIT}, from: purchase}}}}
"""
TIERS = """
metrics: {spend: {counts: spend, name: Spend}}
period: {kind: rolling, months: 12}
on_return: immediate
levels: {bronze: {name: Bronze}, silver: {name: Silver, needs: {spend: 100}}}
"""
PARTNERS = "shop: {name: Shop, issues: [points, stamps], accepts: [points, stamps], window_days: 400}"

LIMITS = "limits: {burn_per_day: {NUMBER: {points: 1000000, stamps: 1000000}}}"


def program(code: str) -> str:
    return source(units=UNITS, earning=EARNING, tiers=TIERS, partners=PARTNERS, more=LIMITS).replace("code: club", f"code: {code}")


@dataclass(frozen=True)
class Op:
    """One request of one client. `target` is the key of an earlier one; `what` is

    of earn: minor units of (food, tobacco); of redeem and hold: how many; of capture and refund: how many or None for all;
    of take_back: (line 0 or 1, or 2 for no line; minor units or None for all). `lasts` is a hold's time in seconds.
    """

    key: str
    kind: str
    member: int
    at: datetime
    what: Any = None
    unit: str = "points"
    target: str = ""
    lasts: timedelta = timedelta(minutes=15)


def earned(lines: list[int], bonus: bool) -> dict[str, int]:
    """What (food, tobacco, minus what came back without naming a line) earns, worked out by other means than the rules' (R5, R6, R20)."""
    left, total = sum(lines), lines[0] + lines[1]
    food, tobacco = (left * line // total if left else 0 for line in lines[:2])
    food += food + tobacco < left and lines[0] * (tobacco + 1) >= lines[1] * (food + 1)  # the odd cent goes where it weighs less
    return {"points": food * (3 if bonus else 2) // 200, "stamps": left // 1000 * 2}


def dates(unit: str, at: datetime, now: datetime) -> tuple[datetime, datetime]:
    """From when and until when a lot that is earned at a moment is good."""
    return (now, day_end(at, LIFETIME)) if unit == "points" else (day_end(at, WAIT - 1), datetime.max.replace(tzinfo=UTC))


def day_end(moment: datetime, days: int) -> datetime:
    return datetime.combine(moment.date() + timedelta(days=days + 1), time(), UTC) - timedelta(microseconds=1)
