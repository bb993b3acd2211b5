"""The units of a program: what its accounts count, what one is worth, how rules stack, and what becomes of lots."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from honeyguide.ledger.reversals import ClawbackPolicy
from honeyguide.programs.closing import OnClosing
from honeyguide.programs.expiry import Expiry
from honeyguide.programs.late_returns import LateReturn, ReturnedToExpired
from honeyguide.programs.localised import Names
from honeyguide.programs.scalars import CurrencyCode, Part, Positive, Whole


class Stacking(StrEnum):
    """What happens when several rules earn the same unit for one purchase (R7)."""

    BEST = "best"
    SUM = "sum"
    FIRST = "first"


class UnitDefinition(Part):
    """One unit: points, stamps or money."""

    kind: Literal["points", "stamps", "money"] = Field(description="points | stamps | money")
    name: Names = Field(description="Names by language with plural forms: {en: {one: point, other: points}}.")
    decimals: Whole | None = Field(None, description="Decimal places; default 0, for money those of its currency.", le=6)
    currency: CurrencyCode | None = Field(None, description="Of a money unit; default the program's currency.")
    worth: Positive | None = Field(
        None, description="What one is worth in the program's currency, such as 0.01; texts and liability use it."
    )
    stacking: Stacking | None = Field(None, description="best | sum | first; to be declared where several rules earn this unit (R7).")
    expiry: Expiry | None = Field(None, description="When lots expire; absent: never.")
    clawback: ClawbackPolicy = Field(
        ClawbackPolicy.UNLIMITED,
        description="What a reversal may take beyond the purchase's own points: unlimited (default) | clamp | within_balance | only_pending.",
    )
    returned_to_expired: ReturnedToExpired = Field(
        default_factory=LateReturn,
        description="Redeemed points that come back to an expired lot: expire (default) | {grace_days: N} | {until: day} (R23).",
    )
    on_closing: OnClosing = Field(
        OnClosing.FORFEIT, description="Unspent points when the membership ends: forfeit (default) | pay_out, at `worth` (R41)."
    )
