"""Who is due which message on his passes, and which one has lost its reason; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from honeyguide.members.contact import Consent, Quiet, may_contact
from honeyguide.programs.pass_messages import MessageTerms, PassMessages, PointsExpire, TierAtRisk, Welcome, WinBack


@dataclass(frozen=True, slots=True)
class Risk:
    """The warning that the books recorded (R34); `missing` by metric in minor units, each alone keeps the tier or all together do."""

    tier: str
    drops_to: str
    until: datetime
    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Written:
    """A message that was written before; `shown`: it stands on the passes still."""

    id: UUID
    kind: str
    occasion: str
    posted_at: datetime
    shown: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """A member with a pass, as of one moment; `expiring` are (moment, day on his own wall, minor units), the soonest first."""

    member_id: UUID
    enrolled_at: datetime
    active_at: datetime
    tier: str | None
    tier_until: datetime | None
    quiet: Quiet
    consents: Mapping[str, Consent] = field(default_factory=dict)
    expiring: tuple[tuple[datetime, date, int], ...] = ()
    balance: int = 0
    risk: Risk | None = None
    written: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A message to write; what its texts name is here, in minor units where it is a quantity."""

    kind: str
    occasion: str
    ends_at: datetime | None
    notify: bool
    quantity: tuple[str, int] | None = None  # of a unit
    day: date | None = None
    risk: Risk | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """`over`: ids of messages whose reason is gone."""

    due: tuple[Due, ...] = ()
    over: tuple[UUID, ...] = ()


def decide(terms: PassMessages, holder: Holder, now: datetime, *, enough: int = 1) -> Decided:
    """What is to be written and ended now; who must not be written to is looked at again later (R57).

    Fewer minor units than `enough` expire without a message.
    """
    wanted = {one.kind: one for one in _wanted(terms, holder, now, enough)}
    stands = {one.kind for one in holder.written if one.shown and _still_true(one, holder, wanted)}
    over = tuple(one.id for one in holder.written if one.shown and one.kind not in stands)
    asked = dict(terms.kinds())
    due = (one for kind, one in wanted.items() if kind not in stands and _may(asked[kind], one, holder, now))
    return Decided(tuple(due), over)


def _wanted(terms: PassMessages, holder: Holder, now: datetime, enough: int) -> Iterator[Due]:
    """What there is a reason for, whoever may be written to."""
    for kind, one in terms.kinds():
        match one:
            case Welcome() if now - holder.enrolled_at < timedelta(days=one.within_days):
                yield Due(kind, "enrolment", now + timedelta(days=one.shown_days), one.notify)
            case PointsExpire():
                yield from _expiring(kind, one, holder, now, enough)
            case TierAtRisk() if holder.risk is not None and _at_risk(holder, now):
                until = holder.risk.until
                yield Due(kind, f"{holder.risk.tier} until {until.date()}", until, one.notify, risk=holder.risk)
            case WinBack() if now - max(holder.active_at, holder.enrolled_at) >= timedelta(days=one.after_days):
                ends_at, since = now + timedelta(days=one.shown_days), f"away since {holder.active_at.date()}, {now.date()}"
                yield Due(kind, since, ends_at, one.notify, quantity=(one.unit, max(holder.balance, 0)))


def _expiring(kind: str, terms: PointsExpire, holder: Holder, now: datetime, enough: int) -> Iterator[Due]:
    """Of the first day in reach on which enough expires."""
    by_day: dict[date, tuple[datetime, int]] = {}
    for moment, day, quantity in holder.expiring:
        if now < moment <= now + timedelta(days=terms.days_before):
            latest, total = by_day.get(day, (moment, 0))
            by_day[day] = (max(latest, moment), total + quantity)
    for day, (moment, total) in by_day.items():
        if total >= enough:
            yield Due(kind, f"{terms.unit} {day}: {total}", moment, terms.notify, quantity=(terms.unit, total), day=day)
            return


def _at_risk(holder: Holder, now: datetime) -> bool:
    """The tier that was warned of is the one held, with the same end: nothing was earned that keeps it."""
    risk = holder.risk
    return risk is not None and risk.tier == holder.tier and risk.until == holder.tier_until and now < risk.until


def _still_true(written: Written, holder: Holder, wanted: Mapping[str, Due]) -> bool:
    """A welcome stays for its time; an offer to come back until he comes; the others while they would be written again."""
    match written.kind:
        case "welcome":
            return True
        case "win_back":
            return "win_back" in wanted
        case "points_expire" if written.kind in wanted:
            day, total = wanted[written.kind].occasion.split(": ")
            day_before, total_before = written.occasion.split(": ")
            return day == day_before and int(total) >= int(total_before)  # who redeemed some of them was reached
        case kind:
            return kind in wanted and wanted[kind].occasion == written.occasion


def _may(terms: MessageTerms, due: Due, holder: Holder, now: datetime) -> bool:
    """Once for each occasion, not too often, with consent where it is an offer, and nobody is woken."""
    before = [one for one in holder.written if one.kind == due.kind]
    if any(one.occasion == due.occasion or now - one.posted_at < timedelta(days=terms.at_most_every_days) for one in before):
        return False
    if terms.purpose is not None and may_contact(holder.consents, terms.purpose, holder.quiet, now) is not None:
        return False
    return not (due.notify and holder.quiet.ends(now))
