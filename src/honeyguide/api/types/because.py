"""Why a row of the statement is so many: what was recorded, the lots behind it, and what was taken back since; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from honeyguide.ledger.because import reason

Row = Mapping[str, Any]
Reasons = list[Row]


def because_of(row: Row, accrual: Row | None, partners: Mapping[UUID, str]) -> Reasons:
    """Recorded reasons {rule, quantity, unit, inputs} of one row of dashboard.sql, in the order to read them; `partners` by their names."""
    if accrual is not None:
        return [*_with_lot(accrual, row["repaid"]), *_repaid(row), *_taken_since(row, accrual)]
    if row["paid"]:
        return [_burned(row, partners), *_returned_since(row)]
    told = [because for because in _recorded(row["detail"]) if because["unit"] == row["unit"] and _same_way(because, row)]
    return [*(told or _plain(row)), *_repaid(row)]


def _with_lot(accrual: Row, repaid: int) -> Iterable[Row]:
    """Each rule's reason, with the dates of the lot that it made; where all of it repaid a debt, nothing is left to be good until any day."""
    until = accrual.get("expires_at") if repaid < accrual["quantity"] else None
    for because in accrual["because"]:
        yield {**because, "inputs": {**because["inputs"], "lot_until": until}}


def _repaid(row: Row) -> Iterable[Row]:
    """What of it the member cannot redeem, because he owed it (R22)."""
    if row["repaid"]:
        yield reason("", -row["repaid"], row["unit"], kind="repaid")


def _taken_since(row: Row, accrual: Row) -> Iterable[Row]:
    for reversal in row["reversals"]:
        for taken in reversal["detail"].get("taken", ()):
            if taken["lot"] == accrual.get("lot"):
                yield reason("", -taken["quantity"], row["unit"], kind="reversed", reversed_at=reversal["posted_at"])


def _returned_since(row: Row) -> Iterable[Row]:
    for reversal in row["reversals"]:
        for returned in reversal["detail"].get("returned", ()):
            if returned["unit"] == row["unit"]:
                yield reason("", returned["quantity"], row["unit"], kind="returned", reversed_at=reversal["posted_at"])


def _burned(row: Row, partners: Mapping[UUID, str]) -> Row:
    """Which lots paid for it, or are pinned: how many, who issued them, and the oldest."""
    paid = row["paid"]
    issuers = sorted(name for issuer in paid["issuers"] if (name := partners.get(UUID(issuer))))
    recorded = next((because for because in _recorded(row["detail"]) if because["unit"] == row["unit"]), None)
    inputs = recorded["inputs"] if recorded else {"kind": "redemption"}
    more = {"lots": paid["lots"], "partners": ", ".join(issuers), "oldest": paid["oldest"]}
    return reason("", row["quantity"], row["unit"], **{**inputs, **more})


def _recorded(detail: Row) -> Sequence[Row]:
    """All the reasons of an event that is no purchase: its own, and those of what it took and returned."""
    parts = (*detail.get("taken", ()), *detail.get("returned", ()))
    return [*detail.get("because", ()), *(because for part in parts for because in part.get("because", ()))]


def _same_way(because: Row, row: Row) -> bool:
    """In a reversal that takes and gives back, each row tells its own; other events do not sign their reasons."""
    signed = any(one["quantity"] < 0 for one in _recorded(row["detail"]))
    return not signed or (because["quantity"] < 0) == (row["quantity"] < 0)


def _plain(row: Row) -> Reasons:
    """What an event that recorded no reason says of itself."""
    kinds = {"breakage": "expiry", "adjusted": "adjustment", "written_off": "written_off"}
    kind = kinds.get(row["against"] or "")
    return [reason("", row["quantity"], row["unit"], kind=kind)] if kind else []
