"""What a return does to the tier that its purchase helped to reach (R25)."""

import pytest

from builders.programs import LADDER, NOON, a_program
from honeyguide.programs.tiers import TierHeld, reassess_after_return, tier_windows

LATER = NOON.replace(year=2027, month=6)
GOLD = TierHeld("gold", NOON, LATER)


def after_return(on_return: str, amount: int, held: TierHeld = GOLD, *, promoted_here: bool = True, **more: object) -> TierHeld | None:
    """The tier after a return that leaves so much in the period."""
    program = a_program(tiers=LADDER.replace("levels:", f"on_return: {on_return}\nlevels:"))
    (window,) = tier_windows(program, NOON)
    if "before" in more:
        more["before"] = {window: more["before"]}
    return reassess_after_return(program, held, {window: amount}, NOON, promoted_here=promoted_here, **more)  # type: ignore[arg-type]


def test_r25_by_default_a_return_demotes_at_the_review_only() -> None:
    program = a_program()

    assert reassess_after_return(program, GOLD, {}, NOON, promoted_here=True) is GOLD
    assert after_return("at_review", 0) is GOLD


def test_r25_a_return_may_demote_immediately_to_what_is_earned_without_it() -> None:
    silver = after_return("immediate", 120_000, promoted_here=False)

    assert silver is not None
    assert (silver.code, silver.since) == ("silver", NOON)


def test_r25_a_return_may_demote_only_where_its_purchase_caused_the_promotion() -> None:
    bronze = after_return("if_caused", 0, promoted_here=True)

    assert after_return("if_caused", 0, promoted_here=False) is GOLD
    assert bronze is not None
    assert (bronze.code, bronze.until) == ("bronze", None)


@pytest.mark.parametrize("on_return", ["at_review", "immediate", "if_caused"])
def test_r25_a_return_that_leaves_enough_changes_nothing(on_return: str) -> None:
    assert after_return(on_return, 350_000) is GOLD


def test_r25_a_tier_that_was_not_earned_before_the_return_either_is_not_lost_by_it() -> None:
    # Kept by its date or assigned by hand: the period did not earn it any more when a small thing came back.
    assert after_return("immediate", 100_000, before=100_500) is GOLD
    fallen = after_return("immediate", 100_000, before=350_000)

    assert fallen is not None
    assert fallen.code == "silver"


def test_r25_nobody_falls_below_the_tier_held_before_the_promotion_while_that_lasts() -> None:
    silver = TierHeld("silver", NOON.replace(year=2026, month=1), LATER)
    over = TierHeld("silver", silver.since, NOON)

    assert after_return("if_caused", 0, previous=silver) is silver
    assert after_return("if_caused", 0, previous=over) == TierHeld("bronze", NOON, None)
    assert reassess_after_return(a_program(tiers=""), None, {}, NOON, promoted_here=True) is None
