"""Stands before the till: what is frozen, under review, at too high a pace or posted by staff for themselves waits or is refused (R52)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.coalition.freezes import FreezeKind, Freezes, TillPlace, is_cashier, spelled
from honeyguide.coalition.partner import Partner
from honeyguide.members.lookup import MemberRef
from honeyguide.members.store import Job
from honeyguide.programs.earn_limits import By, Pace
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel, LineKind, Purchase
from honeyguide.transactions.tallies import Tallies, Wanted

# A partner that registered a moment ago is under review though the poll has not told so yet.
SO_NEW = timedelta(seconds=5)
UNDER_REVIEW = "PARTNER_UNDER_REVIEW"
FROZEN = {
    FreezeKind.REVIEW: UNDER_REVIEW,
    FreezeKind.PARTNER: "PARTNER_FROZEN",
    FreezeKind.LOCATION: "LOCATION_FROZEN",
    FreezeKind.CREDENTIAL: "CREDENTIAL_FROZEN",
    FreezeKind.CASHIER: "CASHIER_FROZEN",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """A post that was counted; what did not happen, or had happened before, is given back."""

    tallies: Tallies
    program_id: UUID
    wanted: Sequence[Wanted]
    amount: int
    now: datetime

    def give_back(self) -> None:
        if self.wanted:
            self.tallies.give_back(self.program_id, self.wanted, self.amount, self.now)


@dataclass(frozen=True, slots=True)
class AtTill:
    """Who posts where, for whom, and when."""

    program: Program
    till: TillPlace
    partner: Partner
    member: MemberRef | None
    now: datetime

    @property
    def day(self) -> str:
        return self.program.local_day(self.now).isoformat()

    def subject(self, by: By) -> str | None:
        """What such posts are counted under; who names no cashier or no shop is one that has no name."""
        till = self.till
        at = f"{till.partner_id}/{till.location or ''}"
        match by:
            case By.PARTNER:
                return str(till.partner_id)
            case By.LOCATION:
                return at
            case By.CASHIER:
                return f"{at}/{spelled(till.cashier or '')}"
            case By.CREDENTIAL:
                return till.credential
            case By.MEMBER:
                return str(self.member.member_id) if self.member else None
        return f"{self.member.member_id}/{at}/{spelled(till.cashier or '')}" if self.member else None

    def wanted(self, paces: Sequence[Pace], what: str = "post") -> list[Wanted]:
        if not paces:
            return []
        day, found = self.day, []
        for pace in paces:
            subject = self.subject(pace.by)
            if subject is not None:
                found.append(Wanted(f"{what}/{pace.by}/{subject}", day, pace.minutes, pace.posts, pace.amount, pace.reason))
        return found


@dataclass(frozen=True, slots=True)
class Watch:
    """One a process."""

    freezes: Freezes = field(default_factory=Freezes)
    tallies: Tallies = field(default_factory=Tallies)

    def frozen(self, at: AtTill) -> str | None:
        """Why nothing of this till goes through by itself; None where nothing stands in its way."""
        kind = self.freezes.of(at.till)
        if kind is None and at.program.limits.new_partners == "review" and at.partner.created_at > at.now - SO_NEW:
            return UNDER_REVIEW
        return None if kind is None else FROZEN[kind]

    def held_back(self, at: AtTill, purchase: Purchase) -> str | Counted:
        """Why a purchase is parked; or what was counted of it. What comes back on the receipt makes what is bought on it no smaller."""
        reason = self.frozen(at) or _of_staff(at, purchase.channel)
        if reason is not None:
            return reason
        most, bought = at.program.caps.post, bought_minor(purchase)
        if most is not None and max(abs(purchase.amount_minor), bought) > most:
            return "POST_LIMIT"
        return self._counted(at, at.wanted(at.program.paces), max(bought, 0))

    def claim(self, at: AtTill, purchase: Purchase) -> str | Counted:
        """Why the purchase cannot be claimed now; or what was counted of it: the shop, the cashier and the money were at the till."""
        if self.frozen(at) is not None:
            return "TILL_FROZEN"
        if _of_staff(at, purchase.channel) is not None:
            return "NOT_ALLOWED"
        paces = [pace for pace in at.program.paces if pace.by in (By.MEMBER, By.MEMBER_AT_CASHIER)]
        counted = self._counted(at, at.wanted(paces), 0)
        return "LIMIT_EXCEEDED" if isinstance(counted, str) else counted

    def redemption(self, at: AtTill) -> str | Counted:
        """Which limit of redemptions stands against one more; or what was counted of it."""
        return self._counted(at, at.wanted(at.program.redemption_paces, "redeem"), 0)

    def _counted(self, at: AtTill, wanted: list[Wanted], amount: int) -> str | Counted:
        if wanted:
            above = self.tallies.take(at.till.program_id, wanted, amount, at.now)
            if above is not None:
                return above.reason
        return Counted(self.tallies, at.till.program_id, wanted, amount, at.now)


def bought_minor(purchase: Purchase) -> int:
    """Without what comes back, in minor units."""
    back = sum(line.amount_minor for line in purchase.lines if line.kind is LineKind.PRODUCT and line.amount_minor < 0)
    return purchase.amount_minor - back


def is_staff_here(at: AtTill, channel: Channel = Channel.STORE) -> bool:
    """Does the member work at this partner, or in this very shop where only one was named? A till that names no shop may stand in it."""
    return any(_works_at(job, at, channel) for job in _jobs_at(at))


def _of_staff(at: AtTill, channel: Channel) -> str | None:
    if any(_may_be_own_till(job, at, channel) for job in _jobs_at(at)):
        return "STAFF_OWN_TILL"
    return "STAFF" if at.program.staff.earn == "park" and is_staff_here(at, channel) else None


def _may_be_own_till(job: Job, at: AtTill, channel: Channel) -> bool:
    """In a shop, who names no cashier may be this one; nobody stands at a till of the web shop."""
    if at.till.cashier is None:
        return job.cashier is not None and channel is Channel.STORE and _works_at(job, at, channel)
    return is_cashier(job.cashier, at.till.cashier)


def _works_at(job: Job, at: AtTill, channel: Channel) -> bool:
    if at.till.location is None:
        return job.location is None or channel is Channel.STORE
    return job.location in (None, at.till.location)


def _jobs_at(at: AtTill) -> Sequence[Job]:
    return at.member.jobs.get(at.till.partner_id, ()) if at.member else ()
