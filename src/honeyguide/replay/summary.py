"""The closing words of a replay."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rich.table import Table

from honeyguide.replay.acts import POINTS
from honeyguide.replay.check import Checked
from honeyguide.replay.figures import Figures
from honeyguide.replay.posts import CURRENCY
from honeyguide.replay.state import Difference
from honeyguide.replay.tally import Tally

_MEMBERS_SHOWN, _LINES_A_MEMBER = 5, 4


@dataclass(frozen=True, slots=True)
class Played:
    """`requests`: HTTP requests of both partners, enrolments included."""

    baskets: int
    households: int
    enrolled: int
    tally: Tally
    requests: int
    seconds: float


def summary(played: Played, figures: Figures | None, checked: Checked | None = None) -> Table:
    """One row a figure; the operator's figures are missing without an operator's token."""
    tally = played.tally
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold")
    table.add_column()
    table.add_row(f"{played.baskets:,}", f"baskets of {played.households:,} households, {played.enrolled:,} of them new members")
    table.add_row(f"{tally.new + tally.replayed:,}", f"transactions: {tally.new:,} new, {tally.replayed:,} posted before")
    if tally.parked:
        table.add_row(f"{tally.parked:,}", "parked: older than the partner's window")
    for code, count in sorted(tally.refused.items()):
        table.add_row(f"{count:,}", f"refused: {code}")
    for partner, amount in sorted(tally.spend.items(), reverse=True):
        table.add_row(f"{amount:,.2f}", f"{CURRENCY} spent at the {partner} partner")
    for unit, quantity in sorted(tally.accrued.items(), reverse=True):
        table.add_row(f"{quantity:,}", f"{unit} accrued")
    _add_acts(table, tally)
    if figures is not None:
        _add_figures(table, figures)
    if checked is not None:
        _add_check(table, checked)
    posts = tally.answered
    rate = f"{posts / played.seconds:,.0f} posts/s, {played.requests / played.seconds:,.1f} requests/s"
    table.add_row(f"{played.seconds:,.1f}", f"seconds: {rate}")
    return table


def _add_acts(table: Table, tally: Tally) -> None:
    for name, count in sorted(tally.acts.items()):
        table.add_row(f"{count:,}", name)
    if tally.acts_replayed:
        table.add_row(f"{tally.acts_replayed:,}", "of these done before")
    for partner, amount in sorted(tally.returned.items(), reverse=True):
        table.add_row(f"{amount:,.2f}", f"{CURRENCY} returned by the {partner} partner")
    if tally.redeemed:
        accrued = tally.accrued.get(POINTS, Decimal(0))
        table.add_row(
            f"{tally.redeemed:,}", f"{POINTS} redeemed" + (f", {tally.redeemed / accrued:.1%} of what was accrued" if accrued else "")
        )


def _add_figures(table: Table, figures: Figures) -> None:
    for name, members in figures.tiers.items():
        table.add_row(f"{members:,}", f"members in tier {name}")
    stale = f", {figures.passes_stale:,} still to publish" if figures.passes_stale else ""
    failed = f", {figures.pushes_failed:,} failed" if figures.pushes_failed else ""
    table.add_row(f"{figures.passes_pushed:,}", f"passes updated in the last hour{failed}{stale}")
    verdict = "conservation holds: no broken row" if not figures.broken else "BROKEN ROWS: " + "; ".join(figures.broken[:5])
    table.add_row(f"{figures.transactions:,}", f"transactions in the books; {verdict}")


def _add_check(table: Table, checked: Checked) -> None:
    for unit, posted in sorted(checked.totals.posted.items(), reverse=True):
        table.add_row(
            f"{posted:,}", f"{unit} with all members in the model, {checked.totals.debt[unit]:,} owed, in the unit's smallest parts"
        )
    table.add_row(f"{checked.equal:,}", "members whose books equal the model worked out in memory")
    by_household: dict[int, list[Difference]] = {}
    for difference in checked.differences:
        by_household.setdefault(difference.household, []).append(difference)
    for own in list(by_household.values())[:_MEMBERS_SHOWN]:
        for difference in own[:_LINES_A_MEMBER]:
            table.add_row("DIFFERS", str(difference))
        if len(own) > _LINES_A_MEMBER:
            table.add_row("", f"household {own[0].household}: and {len(own) - _LINES_A_MEMBER} more figures")
    if by_household:
        shown = f", {_MEMBERS_SHOWN} of them above" if len(by_household) > _MEMBERS_SHOWN else ""
        table.add_row(f"{len(by_household):,}", f"members whose books differ from the model{shown}")
