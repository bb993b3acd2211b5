"""A partner's till posts purchases: one or five hundred, each with an answer of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.ledger.accounts import NOBODY
from honeyguide.members.lookup import MemberRef, find_members
from honeyguide.members.pooling import pool_earnings
from honeyguide.programs.current import Applied
from honeyguide.programs.evaluation import needs
from honeyguide.programs.partners import window_days
from honeyguide.programs.purchase import Purchase
from honeyguide.till.claims import reference_scope
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reference
from honeyguide.till.outcomes import PARK, Outcome, Posted, Refused
from honeyguide.transactions.anonymous_purchase import post_anonymous, post_answer
from honeyguide.transactions.checking import is_returned, purchase_of, tenders_of
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.exchange import UNMATCHED, exchange_of, is_above_limits
from honeyguide.transactions.outcomes import AnonymousPosted, MemberNotFound, PostOutcome, Rejected
from honeyguide.transactions.park_post import heard, park_post
from honeyguide.transactions.purchase_intent import PurchaseIntent, purchase_reads
from honeyguide.transactions.requests import PostRequest
from honeyguide.transactions.tenders import Tender, paid_in_points
from honeyguide.transactions.watch import Counted, is_staff_here

OPERATION = "postTransaction"
_log = logging.getLogger(__name__)
TOO_OLD = "OLDER_THAN_WINDOW"
# Hashing and checking hundreds of baskets takes a while; other callers get a turn after so many.
_TURN = 20


async def post_transaction(desk: Desk, request: PostRequest) -> PostOutcome:
    return (await post_transactions(desk, [request]))[0]


async def post_transactions(desk: Desk, requests: Sequence[PostRequest]) -> list[PostOutcome]:
    """Answers in the order of the requests; purchases of one member are decided in that order too."""
    lookups = [request.member for request in requests if request.member is not None]
    found = iter(await find_members(desk.database.pool, desk.policy, lookups, desk.now) if lookups else ())
    members = [next(found) if request.member is not None else None for request in requests]
    rules = await _rules(desk, requests)
    begun: list[asyncio.Task[PostOutcome] | PostOutcome] = []
    for number, (request, member) in enumerate(zip(requests, members, strict=True)):
        begun.append(_begin(desk, request, member, rules.get(request.occurred_at, desk.applied)))
        if number % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    # Gathered, so that a caller who leaves takes all of them along.
    answers = iter(await asyncio.gather(*(one for one in begun if isinstance(one, asyncio.Task)), return_exceptions=True))
    return [_said(next(answers)) if isinstance(one, asyncio.Task) else one for one in begun]


def _said(answer: PostOutcome | BaseException) -> PostOutcome:
    """A bug that one basket met must not cost the others of the call their answers."""
    if not isinstance(answer, BaseException):
        return answer
    if not isinstance(answer, Exception):
        raise answer
    _log.error("a post failed: %s", type(answer).__name__)
    return Rejected("INTERNAL")


async def _rules(desk: Desk, requests: Sequence[PostRequest]) -> dict[datetime, Applied]:
    """The program in force at each moment before today's version (R10)."""
    moments = {request.occurred_at for request in requests if request.occurred_at < desk.applied.applied_at}
    return {moment: await desk.programs.as_of(desk.program_id, moment) for moment in moments}


def _begin(desk: Desk, request: PostRequest, member: MemberRef | None, rules: Applied) -> asyncio.Task[PostOutcome] | PostOutcome:
    """What is wrong by itself is answered at once; the rest is under way when this returns, in the order of the calls."""
    purchase = purchase_of(desk, request, request.occurred_at)
    if isinstance(purchase, Rejected):
        return purchase
    if member is None and request.member is not None:
        return asyncio.create_task(_nobody(desk, request))
    tenders = tenders_of(desk, request, purchase.amount_minor)
    if isinstance(tenders, Rejected):
        return tenders
    member_id = member.member_id if member else NOBODY
    if member is None and (paid_in_points(tenders) or any(map(is_returned, purchase.lines))):
        return Rejected("MEMBER_REQUIRED", ("member",))  # nobody's points pay, and nobody's purchase comes back
    for place, tender in enumerate(request.tenders):
        if tender.hold is not None and tender.hold.member_id != member_id:
            return Rejected("NOT_FOUND", ("tenders", str(place), "holdId"))
    intent, at = intent_of(desk, request, member_id, purchase, rules, tenders), desk.at(request.location, request.cashier, member)
    if desk.applied.program.staff.earn == "no" and is_staff_here(at, purchase.channel):
        intent = replace(intent, earns=False)
    window = timedelta(days=window_days(desk.applied.program, desk.partner.code))
    reason = desk.watch.frozen(at) or (TOO_OLD if request.occurred_at < desk.now - window else None)
    held = reason or desk.watch.held_back(at, purchase)
    if isinstance(held, str):
        return asyncio.create_task(park_post(desk, intent, held))
    return asyncio.create_task(_counted(held, _under_way(desk, intent, member)))


def _under_way(desk: Desk, intent: PurchaseIntent, member: MemberRef | None) -> Coroutine[None, None, PostOutcome]:
    if member is None:
        return post_anonymous(desk, intent)
    return _exchange(desk, intent, member) if any(map(is_returned, intent.purchase.lines)) else _post(desk, intent, member)


async def _counted(counted: Counted, posting: Coroutine[None, None, PostOutcome]) -> PostOutcome:
    """Of a post that failed nothing is known: it stays counted."""
    outcome = await posting
    if not isinstance(outcome, Posted | AnonymousPosted) or outcome.replayed:
        counted.give_back()
    return outcome


def intent_of(
    desk: Desk, request: PostRequest, member_id: UUID, purchase: Purchase, rules: Applied, tenders: tuple[Tender, ...] = ()
) -> PurchaseIntent:
    """What the till is asked to do for a purchase that is right by itself."""
    program = desk.applied.program
    business_date = request.business_date or desk.business_date(request.occurred_at, request.location)
    wanted, asked_on = needs(rules.program, purchase), program.local_day(desk.now).isoformat()
    reads = purchase_reads(program, rules.program, wanted, purchase.occurred_at, asked_on)
    holds = tuple(tender.hold_id for tender in tenders if tender.hold_id is not None)
    return PurchaseIntent(
        applied=desk.applied,
        rules=rules,
        member_id=member_id,
        transaction_id=uuid7(),
        key=_key(desk, request),
        reference=Reference(reference_scope(desk.partner.partner_id, request.location, business_date, "PURCHASE"), request.reference),
        partner_id=desk.partner.partner_id,
        partner_reference=request.reference,
        business_date=business_date,
        purchase=purchase,
        needs=wanted,
        reads=replace(reads, lots=True, holds=holds, burner=member_id) if holds else reads,
        asked_on=asked_on,
        facts=_facts(desk, request),
        tenders=tenders,
        shop=desk.caller.location,
    )


def _key(desk: Desk, request: PostRequest) -> Key:
    return desk.key(OPERATION, request)


async def _nobody(desk: Desk, request: PostRequest) -> PostOutcome:
    """A retry whose handle has ended meanwhile, or whose member is gone, still hears the first answer."""
    first = await first_answer(desk.database.pool, desk.program_id, _key(desk, request))
    return MemberNotFound() if first is None else post_answer(desk, first)


async def _exchange(desk: Desk, intent: PurchaseIntent, member: MemberRef) -> PostOutcome:
    exchange = await exchange_of(desk, intent, pools=member.household is not None)
    if await is_above_limits(desk, exchange):
        return await park_post(desk, intent, UNMATCHED)
    return await _answer(desk, intent, await desk.till.submit(exchange))


async def _post(desk: Desk, intent: PurchaseIntent, member: MemberRef) -> PostOutcome:
    outcome = await desk.till.submit(intent)
    if isinstance(outcome, Posted):
        await pool_earnings(desk.till, desk.applied, member, outcome.recorded.transaction_id)
    return await _answer(desk, intent, outcome)


async def _answer(desk: Desk, intent: PurchaseIntent, outcome: Outcome) -> PostOutcome:
    """What is above a member's limits was found so under the lock; its key and reference are free again, and parking takes them."""
    if isinstance(outcome, Refused) and outcome.code == PARK:
        return await park_post(desk, intent, outcome.data["reason"])
    return await heard(desk, post_answer(desk, outcome))


def _facts(desk: Desk, request: PostRequest) -> dict[str, Any]:
    """What is kept with the purchase though no rule asks for it yet; absent keys are absent values."""
    facts: dict[str, Any] = {}
    for name, value in _asked_by(desk, request):
        if value is not None:
            facts[name] = str(value)
    if not request.tax_included:
        facts["tax_included"] = False
    flags = [
        flag
        for flag, raised in (("AHEAD_OF_CLOCK", request.occurred_at > desk.now), ("RECORDED_OFFLINE", request.recorded_offline))
        if raised
    ]
    return {**facts, "flags": flags} if flags else facts


def _asked_by(desk: Desk, request: PostRequest) -> tuple[tuple[str, str | None], ...]:
    named = (("terminal", request.terminal), ("cashier", request.cashier), ("channel", request.channel))
    return (*named, ("credential", desk.caller.credential_id))
