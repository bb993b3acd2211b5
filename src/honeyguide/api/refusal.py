"""Turns the refusals of the use cases into those of the schema, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal

from honeyguide.api.context import RequestContext
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict, MemberNotFound
from honeyguide.api.types.refusals import DuplicateReference, InsufficientBalance, LimitExceeded, ProofRequired, TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.api.types.unit import Unit
from honeyguide.api.words.messages import at_most_words, limit_words, message
from honeyguide.members.proof import Proof
from honeyguide.programs.texts import unit_name
from honeyguide.quantities import from_minor
from honeyguide.till.outcomes import Outcome, Refusal, Refused, RetryLater
from honeyguide.transactions import outcomes
from honeyguide.transactions.most import MONEY, PIECES, UNIT


def said(context: RequestContext, code: ErrorCode, path: Sequence[str] = (), **facts: object) -> dict[str, Any]:
    """The three fields that every refusal has."""
    return {"code": code, "message": message(code, context.language, path, **facts), "path": list(path) or None}


def member_not_found(context: RequestContext, path: Sequence[str] = ("member",)) -> MemberNotFound:
    return MemberNotFound(**said(context, ErrorCode.MEMBER_NOT_FOUND, path))


def idempotency_conflict(context: RequestContext) -> IdempotencyConflict:
    return IdempotencyConflict(**said(context, ErrorCode.IDEMPOTENCY_CONFLICT, ("idempotencyKey",)))


def duplicate_reference(context: RequestContext, transaction: Transaction, path: Sequence[str]) -> DuplicateReference:
    return DuplicateReference(**said(context, ErrorCode.DUPLICATE_REFERENCE, path), transaction=transaction)


def insufficient_balance(context: RequestContext, refusal: outcomes.InsufficientBalance) -> InsufficientBalance:
    unit = Unit.of(context.program, refusal.unit)
    asked, available = unit.quantity(refusal.asked), unit.quantity(refusal.available)
    facts = said(context, ErrorCode.INSUFFICIENT_BALANCE, refusal.path, asked=asked, available=available)
    return InsufficientBalance(**facts, asked=asked, available=available)


def proof_required(context: RequestContext, refusal: outcomes.ProofRequired) -> ProofRequired:
    return ProofRequired(**said(context, ErrorCode.PROOF_REQUIRED, refusal.path), accepts=[Proof(proof) for proof in refusal.accepts])


def limit_exceeded(context: RequestContext, refusal: outcomes.LimitExceeded) -> LimitExceeded:
    words = limit_words(refusal.limit, context.language, **_in_words(context, refusal.facts))
    # Without its path the sentence is that of a program's limit; with it, that of the largest number there is.
    facts = said(context, ErrorCode.LIMIT_EXCEEDED, limit=words) | {"path": list(refusal.path) or None}
    return LimitExceeded(**facts, limit=words, resets_at=refusal.resets_at)


def _in_words(context: RequestContext, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A limit's numbers with the name of its unit: 500 points."""
    program, unit = context.program, facts.get("unit")
    if unit not in program.units:
        return dict(facts)
    return {**facts, **{name: _quantity(context, unit, facts[name]) for name in ("most", "left") if facts.get(name) is not None}}


def _quantity(context: RequestContext, unit: str, minor: int) -> str:
    quantity = Unit.of(context.program, unit).quantity(minor)
    shown = format_decimal(quantity, locale=context.language.replace("-", "_"))
    return f"{shown} {unit_name(context.program, unit, quantity, context.language)}"


def rejected(context: RequestContext, refusal: outcomes.Rejected) -> TransactionRejected:
    facts = said(context, ErrorCode(refusal.code), refusal.path, **refusal.facts)
    most = None
    told = _most(context, refusal.facts["at_most"], refusal.facts["counted"]) if "at_most" in refusal.facts else None
    if told is not None:
        most, words = told
        facts["message"] += f" {at_most_words(context.language, words)}"
    return TransactionRejected(**facts, retry_after=refusal.retry_after, at_most=most)


def _most(context: RequestContext, quantity: int | str, counted: str) -> tuple[Decimal, str] | None:
    """How much there is, as the input writes it and in words; None in a unit that the program file no longer has."""
    program, locale = context.program, context.language.replace("-", "_")
    if counted == MONEY:
        money = from_minor(int(quantity), program.currency_decimals)
        return money, format_currency(money, program.currency, locale=locale)
    if counted == PIECES:
        return Decimal(quantity), format_decimal(Decimal(quantity), locale=locale)
    unit = counted.removeprefix(UNIT)
    if unit not in program.units:
        return None
    return Unit.of(program, unit).quantity(int(quantity)), _quantity(context, unit, int(quantity))


def refused(context: RequestContext, refusal: Refused | Refusal) -> TransactionRejected:
    """What a use case refused; its data names the input field in `path`."""
    return rejected(context, outcomes.Rejected(refusal.code, tuple(refusal.data.get("path", ()))))


def unposted(context: RequestContext, outcome: Outcome) -> MemberNotFound | IdempotencyConflict | TransactionRejected:
    """What the till answered where nothing was posted."""
    match outcome:
        case Refused(code="MEMBER_NOT_FOUND", data=data):
            return member_not_found(context, data.get("path", ("member",)))
        case Refused():
            return refused(context, outcome)
        case RetryLater(after_seconds=seconds):
            return rejected(context, outcomes.Rejected("RETRY_LATER", retry_after=seconds))
    return idempotency_conflict(context)
