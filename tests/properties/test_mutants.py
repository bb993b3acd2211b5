"""The properties have teeth: each of these mistakes in the code that decides is found by one of them within its short form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from builders.mutants import PythonEdit, mutated_python
from properties import test_lives_on_paper as lives
from properties import test_returns_in_parts as returns


@dataclass(frozen=True)
class Mutant:
    """What goes wrong, the edit that does it, and the property that finds it."""

    breaks: str
    where: str
    old: str
    new: str
    found_by: Any


MUTANTS = [
    Mutant(
        "a reversal takes a proportion of what was earned instead of asking the rule of record",
        "honeyguide.transactions.remainder:_agrees", r"return sorted", "return False and sorted",
        returns.test_r20_what_is_kept_is_what_the_lines_that_are_left_would_have_earned,
    ),
    Mutant(
        "where the first rule counts, another one takes its place when less is left",
        "honeyguide.programs.evaluation:_outcomes", r"and of_record is not None", "and False",
        returns.test_r20_what_is_kept_never_grows_as_more_comes_back_and_never_exceeds_what_was_earned,
    ),
    Mutant(
        "shares of lines are rounded one after the other",
        "honeyguide.transactions.remainder:_shares", r"return shares", "return _one_by_one(amounts, left)",
        returns.test_r20_no_share_of_a_line_grows_as_more_comes_back_and_shares_add_up,
    ),
    Mutant(
        "a full return leaves the counters alone",
        "honeyguide.transactions.reversal_intent:ReversalIntent._counts", r"if amount\)", "if False)",
        lives.test_r20_r25_a_purchase_that_came_back_in_any_parts_never_happened,
    ),
    Mutant(
        "points are kept in favour of the member: returns round up",
        "honeyguide.programs.earning.spend:divide", r"return numerator // denominator", "return -(-numerator // denominator)",
        lives.test_r20_the_family_of_21_90,
    ),
    Mutant(
        "a claw-back takes other lots before the purchase's own",
        "honeyguide.ledger.reversals:claw", r"own = min\(owed, lot\.open\)", "own = 0",
        lives.test_r21_r22_r27_a_claw_back_takes_its_own_pending_then_its_lot_then_breakage_then_others_then_the_policy_decides,
    ),
    Mutant(
        "a claw-back forgets what is still pending",
        "honeyguide.ledger.reversals:claw", r"pending = min\(owed, lot\.pending\)", "pending = 0",
        lives.test_r21_r22_r27_a_claw_back_takes_its_own_pending_then_its_lot_then_breakage_then_others_then_the_policy_decides,
    ),
    Mutant(
        "what had expired is taken a second time",
        "honeyguide.ledger.reversals:claw", r"expired = min\(owed - own, lot\.expired\)", "expired = 0",
        lives.test_r21_r22_r27_a_claw_back_takes_its_own_pending_then_its_lot_then_breakage_then_others_then_the_policy_decides,
    ),
    Mutant(
        "new points do not repay what is owed",
        "honeyguide.ledger.draft:Draft.accrue", r"self\.repay\(lot\.lot_id, amount\)", "pass",
        lives.test_r22_whatever_opens_repays_what_is_owed_first,
    ),
    Mutant(
        "released points do not repay what is owed",
        "honeyguide.ledger.draft:Draft.put_back", r"self\.repay\(lot_id, amount\)", "pass",
        lives.test_r22_whatever_opens_repays_what_is_owed_first,
    ),
    Mutant(
        "what is not captured of a hold stays pinned",
        "honeyguide.ledger.draft:Draft.settle", r"self\.put_back\(lot_id, Move\.RELEASE, amount\)", "pass",
        lives.test_r14_r17_whatever_ends_a_hold_nothing_of_it_stays_pinned,
    ),
    Mutant(
        "what comes back to a lot past its date lives on",
        "honeyguide.ledger.draft:Draft.put_back", r"if self\._lots\[lot_id\]\.is_expired\(self\._now\)", "if False",
        lives.test_r14_r17_whatever_ends_a_hold_nothing_of_it_stays_pinned,
    ),
    Mutant(
        "a hold outlives its time",
        "honeyguide.ledger.holds:Hold.is_overdue", r"self\.expires_at <= now", "False",
        lives.test_r14_r17_whatever_ends_a_hold_nothing_of_it_stays_pinned,
    ),
    Mutant(
        "undated lots burn first",
        "honeyguide.ledger.draft:burn", r"sorted\(\((lot for lot in lots if not lot\.is_expired\(now\))\), key=burn_order\)", r"[\1][::-1]",
        lives.test_r16_r17_r22_in_any_life_lots_burn_in_order_and_nothing_falls_below_zero,
    ),
    Mutant(
        "points that paid for a return come back to the lots that burned first",
        "honeyguide.transactions.reversal_intent:restored_by_lot", r"reversed\(burned\)", "burned",
        lives.test_r23_r24_what_comes_back_of_a_redemption_is_as_if_less_had_been_redeemed,
    ),
    Mutant(
        "what is owed does not lower what is available",
        "honeyguide.ledger.member_books:MemberBooks.available", r" - balance\.debt", "",
        lives.test_r22_who_owes_has_nothing_to_redeem,
    ),
    Mutant(
        "a debt stays behind where its member's lots are handed over",
        "honeyguide.ledger.handovers:post_handing_out", r"draft\.forgive\(unit, amount, transit_account\(books\.program_id, unit\)\)", "pass",
        lives.test_r40_what_is_handed_over_and_handed_back_is_there_as_before,
    ),
]  # fmt: skip


def one_by_one(amounts: list[int], left: int) -> list[int]:
    """As it was rounded once: what a line gets is what all up to it get, less what those before it got."""
    total, so_far, given = sum(amounts), 0, []
    for amount in amounts:
        so_far += amount
        given.append((left * so_far // total if total else 0) - sum(given))
    return given


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.breaks)
def test_a_mistake_is_found(mutant: Mutant):
    edit = PythonEdit(mutant.where, mutant.old, mutant.new, (("_one_by_one", one_by_one),))

    with mutated_python(edit), pytest.raises((AssertionError, ValueError)):
        mutant.found_by.quick()
