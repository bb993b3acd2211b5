"""Builds small programs and purchases: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from textwrap import dedent, indent

from honeyguide.programs.evaluation import CounterKey, Evaluation, Facts, evaluate
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.program import Program, load
from honeyguide.programs.purchase import Channel, Line, LineKind, Purchase

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

LADDER = """
metrics:
  spend: {counts: spend, name: Spend}
period: {kind: rolling, months: 12}
levels:
  bronze: {name: Bronze}
  silver: {name: Silver, needs: {spend: 1000}}
  gold: {name: Gold, needs: {spend: 3500}}
"""

UNITS = """
points: {kind: points, name: {en: {one: point, other: points}}, stacking: sum}
cash: {kind: money, name: cash}
"""

PARTNERS = """
shop: {name: Shop, issues: [points, cash], accepts: [points, cash], window_days: 400}
cafe: {name: Cafe, issues: [points, cash]}
"""


def source(
    *, earning: str = "{}", cashback: str = "", tiers: str = LADDER, units: str = UNITS, partners: str = PARTNERS, more: str = ""
) -> str:
    """A program file; sections are given without their key."""
    sections = {"units": units, "earning": earning, "cashback": cashback, "tiers": tiers, "partners": partners}
    head = "code: club\nname: Club\ndefault_locale: en\nlocales: [en]\ntime_zone: UTC\ncurrency: USD\nterms: Be nice.\n"
    return head + "".join(f"{key}:\n{indent(dedent(text).strip(), '  ')}\n" for key, text in sections.items() if text) + dedent(more)


def a_program(**sections: str) -> Program:
    loaded = load(source(**sections))
    assert isinstance(loaded, Program), [str(finding) for finding in loaded.findings]
    return loaded


def complaints(text: str) -> list[str]:
    """What `load` finds, as `line:column: message (did you mean ...?)`."""
    loaded = load(text)
    assert isinstance(loaded, ProgramInvalid)
    return [str(finding) for finding in loaded.findings]


def rule(kind: str, rest: str, unit: str = "points", code: str = "rule") -> str:
    """One earning rule in flow style, such as `rule("spend", "earn: 1")`."""
    return f"{code}: {{kind: {kind}, unit: {unit}, title: {code}, {rest}}}\n"


def line(amount: str, category: str | None = None, kind: LineKind = LineKind.PRODUCT, **more: str | None) -> Line:
    minor = int(Decimal(amount) * 100)
    return Line(more.get("line_id") or "1", more.get("sku"), category, more.get("mcc"), Decimal(1), minor, kind)


def purchase(*lines: Line | str, partner: str = "shop", at: datetime = NOON, channel: Channel = Channel.STORE) -> Purchase:
    """A purchase of lines, or of an amount without lines: `purchase("49.99")`."""
    if lines and isinstance(lines[0], str):
        return Purchase(partner, None, at, int(Decimal(lines[0]) * 100), "USD", (), channel)
    items = tuple(item for item in lines if isinstance(item, Line))
    return Purchase(partner, None, at, sum(item.amount_minor for item in items), "USD", items, channel)


def earned(program: Program, bought: Purchase, tier: str | None = None, used: Mapping[tuple[str, str], int] | None = None) -> Evaluation:
    """Evaluate at noon; `used` are counters by name and period."""
    counters = {CounterKey(*key): value for key, value in (used or {}).items()}
    return evaluate(program, bought, Facts(posted_at=NOON, tier=tier, counters=counters))


def quantities(evaluation: Evaluation) -> dict[str, int]:
    """What was earned by unit, in minor units."""
    totals: dict[str, int] = {}
    for accrual in evaluation.accruals:
        totals[accrual.unit] = totals.get(accrual.unit, 0) + accrual.quantity
    return totals
