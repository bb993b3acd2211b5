"""What stands against a redemption at this till, whoever redeems: a freeze, staff rules, how many there were today (R52); pure but for the count."""

from __future__ import annotations

from honeyguide.transactions.burn_limits import next_day
from honeyguide.transactions.outcomes import LimitExceeded, Rejected
from honeyguide.transactions.watch import AtTill, Counted, Watch, is_staff_here

FROZEN = Rejected("TILL_FROZEN")


def may_burn(watch: Watch, at: AtTill) -> Rejected | LimitExceeded | Counted:
    """Refused at once, for a redemption cannot wait for a review: the member stands at the till."""
    if watch.frozen(at) is not None:
        return FROZEN
    if at.program.staff.burn_at_own == "no" and is_staff_here(at):
        return Rejected("NOT_ALLOWED", ("burn",))
    counted = watch.redemption(at)
    return LimitExceeded(counted, next_day(at.program, at.day), ()) if isinstance(counted, str) else counted
