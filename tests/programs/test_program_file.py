"""The program file: what is refused, where, and with which hint."""

from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.programs import a_program, complaints, rule, source
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load

DEMO = files("honeyguide.programs").joinpath("gallery/grocer-and-fuel.yaml").read_text(encoding="utf-8")


def in_demo(old: str, new: str) -> list[str]:
    """Findings of the demo program with one edit."""
    assert old in DEMO
    return complaints(DEMO.replace(old, new, 1))


def place_of(text: str, after: str = "") -> str:
    """Line and column of a text in the demo program, at or after another, else the first."""
    start = DEMO.find(text, DEMO.index(after))
    start = DEMO.index(text) if start < 0 else start
    return f"{DEMO.count(chr(10), 0, start) + 1}:{start - DEMO.rfind(chr(10), 0, start)}"


def test_the_demo_program_is_valid() -> None:
    program = load(DEMO)

    assert isinstance(program, Program)
    assert list(program.partners) == ["grocer", "fuel"]
    assert program.unit("cashback").decimals == 2


def test_the_example_of_the_readme_is_valid() -> None:
    readme = files("honeyguide.programs").joinpath("README.md").read_text(encoding="utf-8")

    example = readme.split("```yaml\n")[1].split("```")[0]

    assert isinstance(load(example), Program)


def test_a_misspelt_key_is_found_with_its_place_and_the_key_that_was_meant() -> None:
    place = place_of("time_zone")

    assert f"{place}: unknown key `time_zon` (did you mean time_zone?)" in in_demo("time_zone: UTC", "time_zon: UTC")


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("    earn: 1\n", "    ern: 1\n", "    earn: 1", "unknown key `ern` (did you mean earn?)"),
        ("rounding: floor", "rounding: flor", "floor", "`flor` is none of floor, ceiling, half_up, half_even (did you mean floor?)"),
        ("kind: spend\n", "kind: spent\n", "spend\n    unit", "`spent` is none of spend, step, visit (did you mean spend?)"),
        ("unit: points\n    title: {en: Big", "unit: point\n    title: {en: Big", "points\n    title: {en: Big", "no unit `point` (did you mean points?)"),
        ("{PRODUCE: 2}", "{PRODUCES: 2}", "PRODUCE: 2", "there is no category `PRODUCES` (did you mean PRODUCE?)"),
        ("{forager: 1.25,", "{forrager: 1.25,", "forager: 1.25", "there is no tier `forrager` (did you mean forager?)"),
        ("partners: [grocer]", "partners: [grocers]", "grocer]", "there is no partner `grocers` (did you mean grocer?)"),
        ("currency: USD", "currency: USDD", "USD", "`USDD` is no currency of ISO 4217 such as USD (did you mean USD?)"),
        ("time_zone: UTC", "time_zone: Europe/Berln", "UTC", "`Europe/Berln` is no time zone such as Europe/Berlin (did you mean Europe/Berlin?)"),
        ("needs: {spend: 1000.00}", "needs: {spent: 1000.00}", "spend: 1000.00", "there is no metric `spent` (did you mean spend?)"),
        ("per: day", "per: dya", "day}", "`dya` is none of"),
        ("balances: [points,", "balances: [pints,", "points, cashback]\n    texts", "there is no unit `pints` (did you mean points?)"),
        ("{points: 500,", "{point: 500,", "points: 500", "there is no unit `point` (did you mean points?)"),
        ("days: 14", "days: 12:30", "14, from", "`12:30` is not a whole number"),
        ("rate_percent: 2\n", "rate_percent: 2%\n", "2\n      spend_cap", "`2%` is not a number such as 5 or 1.25 (did you mean 2?)"),
        ("rate_percent: 2\n", "rate_percent: 1,5\n", "2\n      spend_cap", "`1,5` is not a number such as 5 or 1.25 (did you mean 1.5?)"),
        ("every: 50.00", "every: 50.001", "50.00\n", "50.001 has more than 2 decimals"),
        ("every: 50.00", "every: 5000000000000", "50.00\n", "`5000000000000` has more than 12 digits before the point or 6 after it"),
        ("days: 14", "days: 3651", "14, from", "3651 is more than 3650, the most there can be"),
        ("days: 14", "days: -1", "14, from", "`-1` is not a whole number from 0 to 999999999"),
        ("{en: Big basket,", "{en: \"Big\\0basket\",", "{en: Big basket", "the text has a character that nobody sees, U+0000"),
        ("{en: Cashback, de: Cashback}\n  text", "{en: \"Cash\\u202Eback\", de: x}\n  text", "{en: Cashback, de: Cashback}\n  text",
         "the text has a character that nobody sees, U+202E"),
        ("at_most: 5000", "at_most: 0.5", "5000, per", "0.5 has more than 0 decimals"),
        ("spend: 3500.00", "spend: 900", "3500.00", "a tier needs more than the one below it"),
        ("background: \"#22313f\"", "background: #22313f", "background", "`` is no colour"),
        ("    stacking: sum\n", "", "points:\n    kind", "2 rules earn `points`: declare `stacking`: best, sum or first"),
        ("unit: cashback\n", "unit: points\n", "cashback\n  title", "cashback needs a money unit in USD, `points` is none"),
        ("issues: [points, cashback]", "issues: [points]", "cashback\n  title", "no partner issues `cashback`"),
        ("{en: cashback, de: Cashback}\n\nearning", "{en: cashback, fr: argent}\n\nearning", "de: Cashback}\n\nearning", "there is no language `fr`"),
        ("default_locale: en", "default_locale: fr", "en\nlocales", "there is no language `fr`"),
        ("{after: {months: 24}}", "{after: {months: 24, days: 3}}", "{months: 24}", "say either years, months or days"),
        ("code: grocer-and-fuel", "code: Grocer & Fuel", "grocer-and-fuel\n", "(did you mean grocer-fuel?)"),
    ],
)  # fmt: skip
def test_mistakes_carry_line_column_and_a_hint(old: str, new: str, at: str, message: str) -> None:
    found = in_demo(old, new)

    assert any(finding.startswith(f"{place_of(at.lstrip(), old)}: ") and message in finding for finding in found), (
        place_of(at, old),
        found,
    )


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    found = complaints(source(earning=rule("spend", "ern: 1, rounding: flor")).replace("currency: USD", "currency: US"))

    assert [finding.split(": ", 1)[1].split(" (")[0] for finding in found] == [
        "`US` is no currency of ISO 4217 such as USD",
        "`earn` is missing",
        "unknown key `ern`",
        "`flor` is none of floor, ceiling, half_up, half_even",
    ]


@pytest.mark.parametrize(
    ("yaml", "finding"),
    [
        ("a: &x 1\nb: *x\n", "1:4: anchors and aliases"),
        ("a: !!python/object:os.system x\n", "1:4: tags (`!...`) are not allowed"),
        ("code: a\nname: b\ncode: c\n", "3:1: `code` stands here twice, first on line 1"),
        ("a: " + "[" * 10_000, "nested deeper than 16 levels"),
        ("a:\n" + "  - x: 1\n" * 19_000, "more than 20000 values"),
        ("a: " + "x" * 300_000, "1:1: the file is larger than 256 kB"),
        ("a: 1\n---\nb: 2\n", "2:1: a program file is one YAML document"),
        ("- a\n", "1:1: a program file is a mapping"),
        ("? [a]\n: b\n", "1:3: a key is a plain text"),
        ("a:\n\t- b\n", "2:1: no valid YAML"),
        ("a: \x00", "1:1: no valid YAML"),
        ("", "1:1: the file is empty"),
    ],
)
def test_hostile_yaml_is_refused_with_a_place(yaml: str, finding: str) -> None:
    assert any(finding in complaint for complaint in complaints(yaml))


def test_merge_keys_mean_nothing_special() -> None:
    assert any("unknown key `<<`" in finding for finding in complaints(source() + "<<: {code: b}\n"))


def test_no_is_a_language_and_never_a_boolean() -> None:
    text = source(earning=rule("step", "every: 50, earn: 1, carry: no"))
    norwegian = source().replace("locales: [en]", "locales: [en, nb]").replace("terms: Be nice.", "terms: {en: Be nice., nb: no}")

    assert any("`no` is neither true nor false (did you mean false?)" in finding for finding in complaints(text))
    assert isinstance(load(norwegian), Program)


def test_one_point_one_five_stays_exactly_that() -> None:
    program = a_program(earning=rule("spend", "earn: 1.15"))

    assert str(program.earning["rule"].earn) == "1.15"  # type: ignore[union-attr]


@pytest.mark.parametrize("number", ["1e5", ".5", "1_000", "0x10", "NaN", "Infinity", "١", "9" * 400, "1.0000001", "-1", "0", "''"])
def test_numbers_are_plain_decimals(number: str) -> None:
    assert any(":" in finding for finding in complaints(source(earning=rule("spend", f"earn: {number}"))))


@given(st.text(max_size=200))
def test_any_text_gives_findings_and_never_an_exception(text: str) -> None:
    assert isinstance(load(text), ProgramInvalid)


@settings(deadline=None)
@given(st.integers(0, len(DEMO) - 1), st.text(alphabet=" \n:{}[],#&*!|>'\"%@`-?a0\t\x00é", max_size=3))
def test_any_small_damage_to_a_file_gives_a_program_or_findings_with_places(position: int, damage: str) -> None:
    loaded = load(DEMO[:position] + damage + DEMO[position + len(damage) :])

    if isinstance(loaded, ProgramInvalid):
        assert all(finding.line >= 1 and finding.column >= 1 and finding.message for finding in loaded.findings)
