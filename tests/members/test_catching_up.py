"""What happens by itself follows the program and the year of today, not those of the day on which its date was written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from builders.programs import LADDER, a_program
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.members.catching_up import catch_up
from honeyguide.programs.current import Applied

BY_YEAR = LADDER.replace("{kind: rolling, months: 12}", "{kind: calendar_year}").replace("levels:", "warning: {days: 10}\nlevels:")
UNTIL = datetime(2027, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def test_r34_a_warning_whose_day_was_moved_later_is_given_then_and_not_lost() -> None:
    program_id = uuid4()
    applied = Applied(program_id, 2, a_program(tiers=BY_YEAR), "", datetime(2027, 11, 30, tzinfo=UTC))
    noted = datetime(2027, 12, 1, tzinfo=UTC)  # by the version before, 31 days ahead
    books = MemberBooks(program_id, uuid4(), 1, TierSpan("gold", datetime(2026, 6, 1, tzinfo=UTC), UNTIL, noted))

    early, books = catch_up(books, applied, noted + timedelta(hours=1), rows_from="")
    then, books = catch_up(books, applied, UNTIL - timedelta(days=5), rows_from="")

    assert early == ()
    assert [posting.recorded.kind for posting in then] == ["TIER_WARNING"]
    assert books.tier.warn_at is None
