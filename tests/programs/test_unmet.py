"""What a purchase could have earned: the one thing that a rule lacked, in words."""

from dataclasses import asdict

from builders.programs import a_program, rule
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel
from honeyguide.programs.texts import reason_text
from honeyguide.programs.unmet import Circumstances, unmet

IN_THE_SHOP = Circumstances("shop", Channel.STORE, "bronze")


def told(program: Program, bought: Circumstances = IN_THE_SHOP, fired: frozenset[str] = frozenset()) -> list[str]:
    return [reason_text(program, asdict(because), "en") for because in unmet(program, bought, fired)]


def test_another_channel_would_have_earned() -> None:
    program = a_program(earning=rule("spend", "earn: 1, channels: [APP, ONLINE]", code="app"))

    assert told(program) == ["app: only in the app or online"]
    assert told(program, Circumstances("shop", Channel.APP, "bronze")) == []


def test_only_a_tier_above_the_members_is_worth_telling() -> None:
    program = a_program(
        earning=rule("spend", "earn: 1, tiers: [silver, gold]", code="more") + rule("spend", "earn: 1, tiers: [bronze]", code="start")
    )

    assert told(program) == ["more: only as Silver or Gold"]
    assert told(program, Circumstances("shop", Channel.STORE, "gold")) == []


def test_another_partner_is_named_for_the_goods_that_its_rule_is_about() -> None:
    program = a_program(earning=rule("spend", "earn: 1, partners: [cafe], lines: {categories: [COFFEE]}"))

    assert told(program) == []
    assert told(program, Circumstances("shop", Channel.STORE, "bronze", frozenset({"COFFEE"}))) == ["rule: only at Cafe"]


def test_a_rule_that_lacked_two_things_and_one_that_is_told_already_are_left_out() -> None:
    program = a_program(
        earning=rule("spend", "earn: 1, channels: [APP], tiers: [gold]", code="both")
        + rule("spend", "earn: 1, channels: [APP]", code="app")
    )

    assert told(program) == ["app: only in the app"]
    assert told(program, fired=frozenset({"app"})) == []
