"""Why it gave and took what it did: a line a reason, and under it what that was worked out from; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from honeyguide.explain.read import Explained
from honeyguide.explain.told import Because, Teller


def earned(told: Explained, tell: Teller) -> Group:
    """Each accrual with its lot and dates, or what became of it at once."""
    shown: list[RenderableType] = []
    for accrual in told.event.detail["accruals"]:
        repaid = sum(move.amount for move in told.moves if str(move.lot_id) == accrual["lot"] and move.what == "repay")
        parts = [] if repaid >= accrual["quantity"] else list(_dates(accrual, tell))
        if repaid:
            parts.append(tell.say("repaid_at_once", quantity=tell.quantity(accrual["unit"], repaid)))
        shown += [
            Text(f"{tell.quantity(accrual['unit'], accrual['quantity'])}, {tell.lot(accrual['lot'])}: {', '.join(parts)}"),
            Padding(reasons(accrual["because"], tell), (0, 0, 0, 2)),
        ]
    return Group(*shown)


def reasons(because: Iterable[Because], tell: Teller) -> Group:
    """A line a reason: how many, the rule and why; below it what it was worked out from."""
    shown: list[RenderableType] = []
    for one in because:
        shown += _reason(one, tell)
    return Group(*shown)


def why(told: Explained, tell: Teller) -> Group | None:
    """Why an event that is no purchase did what it did; of what a return took, where it came from stands under the rules' reason."""
    detail = told.event.detail
    taken = list(detail.get("taken", ()))
    shown: list[RenderableType] = []
    for one in detail.get("because", ()):
        part = next((part for part in taken if _is_of(part, one)), None)
        rules = _rules_of(part, told) if part else []
        shown += _reason(one, tell, rules)
        if part is not None:
            taken.remove(part)
            shown += _sources(part, tell)
    for part in taken:
        shown += [line for one in part.get("because", ()) for line in _reason(one, tell)]
    for part in detail.get("returned", ()):
        shown += [line for one in part.get("because", ()) for line in _reason(one, tell)]
    return Group(*shown) if shown else None


def _dates(accrual: Mapping[str, Any], tell: Teller) -> Iterator[str]:
    yield tell.say("available", moment=tell.day(datetime.fromisoformat(accrual["available_at"])))
    ends = accrual.get("expires_at")
    yield tell.say("expires", moment=tell.day(datetime.fromisoformat(ends))) if ends else tell.say("never_expires")


def _reason(because: Because, tell: Teller, rules: Sequence[str] = ()) -> Iterator[RenderableType]:
    """`rules` where more than the recorded one made the accrual."""
    rules = rules or ([str(because["rule"])] if because.get("rule") else [])
    unit, quantity, text = str(because["unit"]), int(because["quantity"]), tell.reason(because, rules)
    is_said = not quantity or (not rules and tell.quantity(unit, abs(quantity)) in text)  # an event's sentence has it already
    yield Text(text if is_said else f"{tell.quantity(unit, quantity)}  {text}")
    if rules:
        named = tell.say("by_rule" if len(rules) == 1 else "by_rules", rules=", ".join(rules))
        worked_out = tell.worked_out(because)
        yield Text(f"  {named}: {worked_out}" if worked_out else f"  {named}", style="dim")


def _sources(part: Mapping[str, Any], tell: Teller) -> Iterator[RenderableType]:
    """From where a return took it: the same points, so the sign is not said again."""
    for one in part.get("because", ()):
        yield Text(f"  {tell.reason(one, ())}")


def _is_of(part: Mapping[str, Any], because: Because) -> bool:
    return bool(part["unit"] == because["unit"] and part.get("rule") == because["rule"] and part["quantity"] == -because["quantity"])


def _rules_of(part: Mapping[str, Any], told: Explained) -> list[str]:
    """All rules of the accrual that was taken back: rules with the same dates share a lot."""
    accruals = (accrual for one in told.related if one.is_origin for accrual in one.detail.get("accruals", ()))
    return [str(one["rule"]) for accrual in accruals if accrual["lot"] == part["lot"] for one in accrual["because"] if one["quantity"]]
