"""What rows of the dashboard need besides themselves: the partners that they name, and what the program of their day tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from honeyguide.api.context import RequestContext
from honeyguide.api.types.partner import Partner
from honeyguide.programs.current import UnknownProgram
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Channel
from honeyguide.programs.unmet import Circumstances, unmet

Read = Mapping[str, Any]
Row = dict[str, Any]


async def completed(reads: Iterable[Read], context: RequestContext) -> dict[UUID, Partner]:
    """The partners by their ids; purchases among the rows are told what they missed besides what they recorded."""
    rows = [row for read in reads for row in _rows(read)]
    partners = await _partners(rows, context)
    for row in rows:
        partner = partners.get(UUID(row["partner_id"])) if row.get("partner_id") else None
        if row.get("kind") == "PURCHASE" and partner is not None:
            row["detail"] = await with_unmet(row, partner, context)
    return partners


async def with_unmet(row: Read, partner: Partner, context: RequestContext) -> Row:
    """The detail of a purchase at that partner with all that it missed, by the program that decided it."""
    program, detail = await _program(row, context), row["detail"]
    if program is None:
        return dict(detail)
    return {**detail, "missed": [*detail.get("missed", ()), *_unmet(program, row, partner.registered.code)]}


def _rows(read: Read) -> Iterator[Row]:
    """Whatever is a row of `transaction`, or of another table that names a partner."""
    for value in read.values():
        for row in value if isinstance(value, list) else (value,):
            if isinstance(row, dict) and "partner_id" in row:
                yield row


async def _partners(rows: Iterable[Row], context: RequestContext) -> dict[UUID, Partner]:
    """They come from the directory in memory, not from the database; whom it does not know, such as the operator, is left out."""
    ids = {row["partner_id"] for row in rows if row["partner_id"]}
    ids |= {issuer for row in rows for issuer in (row.get("paid") or {}).get("issuers", ())}
    operator = str(context.caller.program_id)
    partners: dict[UUID, Partner] = {}
    for partner_id in map(UUID, sorted(ids - {operator})):
        registered = await context.partner(partner_id)
        if registered is not None:
            partners[partner_id] = Partner.of(registered)
    return partners


async def _program(row: Read, context: RequestContext) -> Program | None:
    """The program that decided it; None where this release reads it no more."""
    try:
        return (await context.services.programs.at(context.caller.program_id, row["program_version"])).program
    except UnknownProgram:
        return None


def _unmet(program: Program, row: Read, partner: str) -> Iterator[Row]:
    detail = row["detail"]
    categories = row.get("categories") or [line["category"] for line in detail.get("lines", ()) if "category" in line]
    told = {because["rule"] for accrual in detail.get("accruals", ()) for because in accrual["because"]}
    told |= {because["rule"] for because in detail.get("missed", ())}
    bought = Circumstances(partner, Channel(detail.get("channel", Channel.STORE)), detail.get("tier"), frozenset(categories))
    for because in unmet(program, bought, told):
        yield {"rule": because.rule, "quantity": because.quantity, "unit": because.unit, "inputs": dict(because.inputs)}
