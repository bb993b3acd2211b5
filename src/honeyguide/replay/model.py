"""The books once more, in memory and by hand: what the demo's program gives for the same events, worked out with nothing of ours; pure.

The rules are those of programs/gallery/grocer-and-fuel.yaml, written out here a second time. No import of programs, ledger, transactions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from honeyguide.replay.acts import Act, Authorization, Capture, GiveBack, Redemption, Refund
from honeyguide.replay.model_lots import Lot, Pieces, Purse
from honeyguide.replay.model_rules import CASHBACK, POINTS, TIERS, Bought, Earned, earn, less, level, months_on
from honeyguide.replay.posts import Post
from honeyguide.replay.state import MemberState, UnitState


@dataclass(slots=True)
class Purchase:
    """What was bought, what the rules looked at, and what is kept of what they gave."""

    bought: Bought
    day: date
    tier: str
    capped_before: int
    spent_before: int
    earned: Earned
    kept: Earned
    taken: dict[str, int]
    lots: dict[str, Lot]
    lines_back: dict[int, int] = field(default_factory=dict)
    amount_back: int = 0


@dataclass(slots=True)
class Spent:
    """From which lots a redemption came, in burn order, and how much of each has come back."""

    taken: Pieces
    back: list[int]


class Member:
    """One member, event by event in the order of posting; `now` is the present of the books, in which all is posted."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._purses = {POINTS: Purse(now), CASHBACK: Purse(now)}
        self._capped: defaultdict[date, int] = defaultdict(int)  # points of the spend rule, by day
        self._at_two_percent: defaultdict[tuple[int, int], int] = defaultdict(int)  # cents of fuel, by month
        self._qualifying: defaultdict[date, int] = defaultdict(int)
        self._tiers: list[tuple[datetime, str]] = [(datetime.min.replace(tzinfo=UTC), TIERS[0])]
        self._until: datetime | None = None
        self._purchases: dict[tuple[str, int], Purchase] = {}
        self._spent: dict[int, Spent] = {}
        self._holds: dict[int, Pieces] = {}
        self.refused = 0

    def take(self, events: Iterable[Post | Act]) -> None:
        for event in events:
            match event:
                case Post():
                    self._buy(event)
                case Refund():
                    self._return(event)
                case Authorization():
                    self._reserve(event)
                case Redemption():
                    self._redeem(event)
                case Capture():
                    self._capture(event)
                case GiveBack():
                    self._give_back(event)

    def state(self) -> MemberState:
        self._review()
        units = {code: purse.state() for code, purse in self._purses.items()}
        touched = {code: unit for code, unit in units.items() if unit != UnitState()}
        return MemberState(self._tiers[-1][1], sum(self._qualifying.values()), touched)

    # Buying and returning

    def _buy(self, post: Post) -> None:
        at, day = post.occurred_at, post.occurred_at.date()
        month = (day.year, day.month)
        tier = next(code for since, code in reversed(self._tiers) if since <= at)
        bought = Bought(post.partner, tuple((line.number, line.department, line.cents) for line in post.lines))
        capped, spent = self._capped[day], self._at_two_percent[month]
        earned = earn(bought, tier, capped, spent)
        lots = {}
        if earned.points:
            lots[POINTS] = self._purses[POINTS].accrue(earned.points, at, self._now, months_on(day, 24))
        if earned.cashback:
            available_at = datetime.combine(day + timedelta(days=14), time(), UTC)
            lots[CASHBACK] = self._purses[CASHBACK].accrue(earned.cashback, at, available_at, None)
        purchase = Purchase(bought, day, tier, capped, spent, earned, earned, defaultdict(int), lots)
        self._purchases[post.partner, post.basket.basket_id] = purchase
        self._count(purchase, Earned(), earned)
        self._promote(at)

    def _return(self, refund: Refund) -> None:
        purchase = self._purchases[refund.partner, refund.basket]
        for number, (_, cents) in (refund.lines or {}).items():
            purchase.lines_back[number] = purchase.lines_back.get(number, 0) + cents
        if refund.lines is None:
            purchase.amount_back += refund.cents
        left = less(purchase.bought, purchase.lines_back, purchase.amount_back)
        kept = earn(left, purchase.tier, purchase.capped_before, purchase.spent_before) if left.cents > 0 else Earned()
        self._count(purchase, purchase.kept, kept)
        purchase.kept = kept
        for unit, given, still in ((POINTS, purchase.earned.points, kept.points), (CASHBACK, purchase.earned.cashback, kept.cashback)):
            amount = given - min(still, given) - purchase.taken[unit]
            if amount > 0:
                purchase.taken[unit] += amount
                self._purses[unit].claw(purchase.lots[unit], amount)

    def _count(self, purchase: Purchase, before: Earned, after: Earned) -> None:
        """Caps, the fuel cap and what qualifies follow the part of a purchase that is kept."""
        self._capped[purchase.day] += after.capped - before.capped
        self._at_two_percent[purchase.day.year, purchase.day.month] += after.at_two_percent - before.at_two_percent
        self._qualifying[purchase.day] += after.qualifying - before.qualifying

    # Redeeming

    def _redeem(self, redemption: Redemption) -> None:
        taken = self._purses[POINTS].pick(redemption.quantity)
        if taken is None:
            self.refused += 1
        else:
            self._spent[redemption.basket] = Spent(taken, [0] * len(taken))

    def _reserve(self, authorization: Authorization) -> None:
        taken = self._purses[POINTS].pick(authorization.quantity)
        if taken is None:
            self.refused += 1
        else:
            self._purses[POINTS].hold(taken)
            self._holds[authorization.basket] = taken

    def _capture(self, capture: Capture) -> None:
        held = self._holds.pop(capture.basket, None)
        if held is None:
            self.refused += 1
        else:
            taken = self._purses[POINTS].settle(held, capture.quantity)
            self._spent[capture.basket] = Spent(taken, [0] * len(taken))

    def _give_back(self, back: GiveBack) -> None:
        """To the lots they came from, what burned last first."""
        spent = self._spent.get(back.basket)
        if spent is None:
            self.refused += 1
            return
        amount = back.quantity
        for place in reversed(range(len(spent.taken))):
            lot, burned = spent.taken[place]
            part = min(amount, burned - spent.back[place])
            spent.back[place] += part
            amount -= part
            self._purses[POINTS].put(lot, part)

    # Tiers

    def _promote(self, at: datetime) -> None:
        """A higher tier begins with the purchase that reaches it, and is kept 12 months; returns end none before."""
        since, held = self._tiers[-1]
        as_of = max(at, since) if self._until else at
        reached = level(self._last_twelve_months(as_of.date()))
        if TIERS.index(reached) > TIERS.index(held):
            self._hold(reached, as_of)

    def _review(self) -> None:
        """At its end a tier is kept by what the last 12 months spent, or falls to what they earned."""
        while self._until is not None and self._until <= self._now:
            as_of = self._until + timedelta(microseconds=1)
            reached = level(self._last_twelve_months(as_of.date()))
            if reached == self._tiers[-1][1]:
                self._until = _end_of(months_on(as_of.date(), 12))
            else:
                self._hold(reached, as_of)

    def _hold(self, tier: str, since: datetime) -> None:
        self._tiers.append((since, tier))
        self._until = _end_of(months_on(since.date(), 12)) if tier != TIERS[0] else None

    def _last_twelve_months(self, day: date) -> int:
        first = months_on(day, -12)
        return sum(cents for on, cents in self._qualifying.items() if first < on <= day)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)
