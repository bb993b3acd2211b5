"""A partner takes a purchase or a redemption back: whole, by amount, by lines or by quantity, in any order and number (R19-R25)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from uuid_utils.compat import uuid7

from honeyguide.caller import Audience
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.paid_by_another import reverse_for_survivor, survivor
from honeyguide.members.standing import REVIEWABLE, qualifying_rows
from honeyguide.till.claims import reference_scope
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import KeyConflict, Outcome, Posted, ReferenceTaken, Refused, RetryLater
from honeyguide.transactions.anonymous_purchase import claimed_purchase
from honeyguide.transactions.anonymous_return import ClaimedMeanwhile, return_anonymous
from honeyguide.transactions.checking import MOST_AHEAD, MOST_LINES, minor_of
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.may_burn import FROZEN
from honeyguide.transactions.most import most_in
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, Rejected, Reversed, ReverseOutcome
from honeyguide.transactions.partner_posts import post_by_reference
from honeyguide.transactions.purchase_detail import recorded_purchase
from honeyguide.transactions.requests import ByAmount, ById, ByLines, ByQuantity, ByReference, ReverseRequest, Whole
from honeyguide.transactions.reversal_intent import ReversalIntent
from honeyguide.transactions.reversal_request import Asked, AskedLine

OPERATION = "reverseTransaction"
# Nothing comes back before it was bought; the clocks of two tills may differ by so much.
MOST_BEFORE = timedelta(days=1)
# What a partner may take back; everything else is the operator's or happens by itself.
REVERSIBLE = (TransactionKind.PURCHASE, TransactionKind.REDEMPTION)


async def reverse_transaction(desk: Desk, request: ReverseRequest) -> ReverseOutcome:
    occurred_at = request.occurred_at or desk.now
    if occurred_at > desk.now + MOST_AHEAD:
        return Rejected("IN_THE_FUTURE", ("occurredAt",))
    if (misplaced := desk.misplaced(request.location)) is not None:
        return Rejected(misplaced, ("location",))
    key = desk.key(OPERATION, request)
    if desk.caller.audience is Audience.PARTNER and desk.watch.frozen(desk.at(request.location, request.cashier)) is not None:
        return await _frozen(desk, request, key)
    original = await find_post(desk, request.transaction)
    if original is None:  # nothing is kept: a return that came before its purchase may come again
        return Rejected("NOT_FOUND", ("transaction",))
    if original.member_id == NOBODY:
        original = await claimed_purchase(desk.database.pool, desk.program_id, original.transaction_id) or original
    if original.kind not in REVERSIBLE:
        return Rejected("NOT_REVERSIBLE", ("transaction",))
    if original.kind is TransactionKind.PURCHASE and occurred_at < original.occurred_at - MOST_BEFORE:
        return Rejected("IN_THE_PAST", ("occurredAt",))
    asked = _asked(desk, request, original)
    if isinstance(asked, Rejected):
        return asked
    intent = await _intent(desk, request, key, original, asked, occurred_at)
    if original.member_id == NOBODY:
        return await _anonymous(desk, request, intent)
    return _answer(original, await _submitted(desk, intent))


async def _frozen(desk: Desk, request: ReverseRequest, key: Key) -> ReverseOutcome:
    """Refused and kept nowhere, so that it goes through once the freeze ends: parked, nobody could tell a member his balance."""
    first = await first_answer(desk.database.pool, desk.program_id, key)
    original = await find_post(desk, request.transaction) if first is not None else None
    return FROZEN if first is None or original is None else _answer(original, first)


async def _submitted(desk: Desk, intent: ReversalIntent) -> Outcome:
    """On the member's own books, paid by who took him over or by his household where there is one (R40)."""
    payer = await survivor(desk.database.pool, desk.program_id, intent.member_id)
    if payer == intent.member_id:
        return await desk.till.submit(intent)
    return await reverse_for_survivor(desk.database, desk.applied, intent, desk.now)


async def find_post(desk: Desk, transaction: ById | ByReference) -> Recorded | None:
    """A post of this partner; anybody else's is not found (R39)."""
    if isinstance(transaction, ByReference):
        return await post_by_reference(
            desk.database.pool,
            desk.program_id,
            desk.partner.partner_id,
            transaction.kind,
            transaction.reference,
            transaction.business_date,
            transaction.location,
        )
    found = await read_transaction(desk.database.pool, desk.program_id, transaction.member_id, transaction.transaction_id)
    return found if found is not None and found.partner_id == desk.partner.partner_id else None


def _asked(desk: Desk, request: ReverseRequest, original: Recorded) -> Asked | Rejected:
    """In minor units; money and lines are of purchases, a quantity is of a redemption."""
    program, is_purchase = desk.applied.program, original.kind is TransactionKind.PURCHASE
    what = request.what
    match what:
        case Whole():
            return Asked()
        case ByAmount() if is_purchase:
            if what.currency != original.currency:
                return Rejected("UNKNOWN_CURRENCY", ("what", "amount", "currency"), facts={"currency": what.currency})
            amount = _positive(what.amount, program.currency_decimals, ("what", "amount", "amount"))
            return amount if isinstance(amount, Rejected) else Asked(amount=amount)
        case ByLines() if is_purchase:
            return _asked_lines(what, program.currency_decimals)
        case ByQuantity() if not is_purchase:
            unit = original.detail["unit"]
            quantity = _positive(what.quantity, program.decimals(unit), ("what", "quantity"))
            return quantity if isinstance(quantity, Rejected) else Asked(quantity=quantity)
    field = {ByAmount: "amount", ByLines: "lines", ByQuantity: "quantity"}[type(what)]
    return Rejected("INVALID_VALUE", ("what", field))


def _asked_lines(what: ByLines, decimals: int) -> Asked | Rejected:
    if not 0 < len(what.lines) <= MOST_LINES:
        code = "LIMIT_EXCEEDED" if what.lines else "ZERO_QUANTITY"
        return Rejected(code, ("what", "lines"), facts={"limit": str(MOST_LINES)})
    lines = []
    for place, line in enumerate(what.lines):
        path = ("what", "lines", str(place))
        if line.quantity <= 0:
            return Rejected("NEGATIVE_AMOUNT" if line.quantity else "ZERO_QUANTITY", (*path, "quantity"))
        amount = None if line.amount is None else minor_of(line.amount, decimals, (*path, "amount"))
        if isinstance(amount, Rejected):
            return amount
        lines.append(AskedLine(line.line_id, line.quantity, amount))
    return Asked(lines=tuple(lines))


def _positive(amount: Decimal, decimals: int, path: tuple[str, ...]) -> int | Rejected:
    minor = minor_of(amount, decimals, path)
    if isinstance(minor, Rejected) or minor > 0:
        return minor
    return Rejected("NEGATIVE_AMOUNT" if minor else "ZERO_QUANTITY", path)


async def _intent(desk: Desk, request: ReverseRequest, key: Key, original: Recorded, asked: Asked, occurred_at: datetime) -> ReversalIntent:
    business_date = desk.business_date(occurred_at, request.location)
    purchase = recorded_purchase(original, desk.partner.code) if original.kind is TransactionKind.PURCHASE else None
    counters = tuple((name, period) for name, period, _ in original.detail.get("counts", ()))
    counters += tuple(tender.counter for tender in purchase.paid if tender.counter) if purchase else ()
    return ReversalIntent(
        applied=desk.applied,
        then=await desk.programs.at(desk.program_id, original.program_version),
        original=original,
        purchase=purchase,
        asked=asked,
        transaction_id=uuid7(),
        key=key,
        reference=Reference(reference_scope(desk.partner.partner_id, request.location, business_date, "REVERSAL"), request.reference),
        partner_reference=request.reference,
        business_date=business_date,
        location=request.location,
        occurred_at=occurred_at,
        reads=Reads(
            counters=counters,
            ranges=qualifying_rows(desk.applied.program, desk.now - REVIEWABLE),
            lots=True,
            past=(original.transaction_id,),
        ),
        facts=_facts(desk, request),
    )


def _facts(desk: Desk, request: ReverseRequest) -> dict[str, str]:
    """Who took it back, as far as is known; `by` names an operator, for the trail."""
    by = desk.caller.subject if desk.caller.audience is Audience.OPERATOR else None
    named = (("cashier", request.cashier), ("credential", desk.caller.credential_id), ("by", by), ("note", request.note))
    return {name: value for name, value in named if value}


async def _anonymous(desk: Desk, request: ReverseRequest, intent: ReversalIntent) -> ReverseOutcome:
    try:
        return _answer(intent.original, await return_anonymous(desk, intent))
    except ClaimedMeanwhile:
        return await reverse_transaction(desk, request)


def _answer(original: Recorded, outcome: Outcome) -> ReverseOutcome:
    match outcome:
        case Posted(recorded=recorded, replayed=replayed):
            return Reversed(original, recorded, replayed)
        case KeyConflict():
            return IdempotencyConflict()
        case ReferenceTaken(recorded=recorded) if recorded is not None:
            return DuplicateReference(recorded)
        case RetryLater(after_seconds=seconds):
            return Rejected("RETRY_LATER", retry_after=seconds)
        case Refused(code=code, data=data):
            return Rejected(code, tuple(data.get("path", ())), facts=most_in(data))
    raise AssertionError(f"the till answered {outcome!r}")
