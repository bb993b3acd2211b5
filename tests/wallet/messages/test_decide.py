"""Who is due which message, by simulated time: no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from honeyguide.members.contact import Consent, Quiet
from honeyguide.programs.pass_messages import PassMessages
from honeyguide.programs.quiet_hours import QuietHours
from honeyguide.wallet.messages.decide import Decided, Holder, Risk, Written, decide

JOINED = datetime(2026, 1, 10, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
AWAKE = Quiet(None, BERLIN)
TEXTS = {"header": {"en": "Header"}, "body": {"en": "Body"}}
ALL = PassMessages.model_validate(
    {
        "welcome": TEXTS,
        "points_expire": {**TEXTS, "unit": "points"},
        "tier_at_risk": TEXTS,
        "win_back": {**TEXTS, "unit": "points", "purpose": "offers", "at_most_every_days": 180},
    }
)
END_OF_YEAR = datetime(2026, 12, 31, 23, tzinfo=UTC)
OFFERS = {"offers": Consent("offers", True, JOINED, "APP", 1)}


def holder(**changes) -> Holder:
    given = {
        "member_id": UUID(int=1),
        "enrolled_at": JOINED,
        "active_at": JOINED,
        "tier": "gold",
        "tier_until": END_OF_YEAR,
        "quiet": AWAKE,
    }
    return Holder(**(given | changes))


def kinds(decided: Decided) -> list[str]:
    return [due.kind for due in decided.due]


def written(kind: str, occasion: str, at: datetime, *, shown: bool = True) -> Written:
    return Written(UUID(int=7), kind, occasion, at, shown)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def test_who_joined_is_welcomed_once_and_for_a_fortnight():
    decided = decide(ALL, holder(), JOINED + days(1))
    before = (written("welcome", "enrolment", JOINED, shown=False),)

    assert kinds(decided) == ["welcome"]
    assert decided.due[0].ends_at == JOINED + days(15)
    assert kinds(decide(ALL, holder(written=before), JOINED + days(2))) == []
    assert kinds(decide(ALL, holder(), JOINED + days(8))) == []


def test_points_about_to_expire_are_told_with_the_first_day_that_counts():
    lots = ((END_OF_YEAR, date(2026, 12, 31), 70), (END_OF_YEAR + days(5), date(2027, 1, 5), 500))
    now = END_OF_YEAR - days(29)
    who = holder(expiring=lots, active_at=now)

    (due,) = decide(ALL, who, now).due
    (more,) = decide(ALL, who, now + days(10), enough=100).due

    assert (due.kind, due.quantity, due.day, due.ends_at) == ("points_expire", ("points", 70), date(2026, 12, 31), END_OF_YEAR)
    assert more.day == date(2027, 1, 5)
    assert kinds(decide(ALL, who, now - days(2))) == []


def test_who_redeems_what_was_about_to_expire_is_not_told_any_more():
    now = END_OF_YEAR - days(20)
    told = (written("points_expire", "points 2026-12-31: 70", now - days(1)),)

    kept = decide(ALL, holder(expiring=((END_OF_YEAR, date(2026, 12, 31), 90),), active_at=now, written=told), now)
    over = decide(ALL, holder(expiring=((END_OF_YEAR, date(2026, 12, 31), 10),), active_at=now, written=told), now)

    assert kept == Decided()
    assert over == Decided((), (UUID(int=7),))


def test_a_tier_at_risk_is_told_from_its_warning_until_it_is_kept():
    """R34: the warning is that of the books."""
    now, risk = END_OF_YEAR - days(40), Risk("gold", "silver", END_OF_YEAR, {"spend": 12_500})
    told = (written("tier_at_risk", "gold until 2026-12-31", now),)

    (due,) = decide(ALL, holder(risk=risk, active_at=now), now).due
    kept = decide(ALL, holder(risk=risk, active_at=now, tier_until=END_OF_YEAR + days(365), written=told), now)

    assert (due.kind, due.risk, due.ends_at) == ("tier_at_risk", risk, END_OF_YEAR)
    assert kept.over == (UUID(int=7),)
    assert kinds(decide(ALL, holder(risk=risk, tier="silver", active_at=now), now)) == []


def test_who_stays_away_is_asked_back_with_his_consent_only_and_until_he_comes():
    """R57."""
    now = JOINED + days(91)
    told = (written("win_back", "x", now),)

    asked = decide(ALL, holder(consents=OFFERS, balance=40), now)
    came = decide(ALL, holder(consents=OFFERS, active_at=now + days(2), written=told), now + days(3))

    assert [(due.kind, due.quantity) for due in asked.due] == [("win_back", ("points", 40))]
    assert kinds(decide(ALL, holder(balance=40), now)) == []
    assert came.over == (UUID(int=7),)


def test_nobody_is_told_the_same_more_often_than_the_program_says():
    now = JOINED + days(300)
    before = (written("win_back", "earlier", now - days(179), shown=False),)

    assert kinds(decide(ALL, holder(consents=OFFERS, written=before), now)) == []
    assert kinds(decide(ALL, holder(consents=OFFERS, written=before), now + days(1))) == ["win_back"]


@pytest.mark.parametrize(("hour", "told"), [(6, []), (7, ["welcome"])])
def test_phones_do_not_ring_in_quiet_hours(hour, told):
    """R57: 07:00 in London is 08:00 in Berlin, by the member's own wall."""
    quiet = Quiet(QuietHours(time(21), time(8)), BERLIN)
    now = datetime(2026, 1, 11, hour, tzinfo=UTC)

    assert kinds(decide(ALL, holder(quiet=quiet), now)) == told


def test_what_rings_nowhere_may_be_written_at_night_unless_it_is_an_offer():
    silent = PassMessages.model_validate(
        {"welcome": {**TEXTS, "notify": False}, "win_back": {**TEXTS, "unit": "points", "purpose": "offers", "notify": False}}
    )
    quiet = Quiet(QuietHours(time(0), time(23, 59)), BERLIN)

    assert kinds(decide(silent, holder(quiet=quiet), JOINED)) == ["welcome"]
    assert kinds(decide(silent, holder(quiet=quiet, consents=OFFERS), JOINED + days(200))) == []


def test_a_kind_that_the_program_has_no_more_leaves_the_passes():
    told = (written("tier_at_risk", "gold until 2026-12-31", JOINED),)

    assert decide(PassMessages(), holder(written=told), JOINED).over == (UUID(int=7),)
