"""What waits for an operator's decision: parked posts, and partners that are new."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note, checked_text
from honeyguide.api.operator.partner_desk import desk_at
from honeyguide.api.posts import posts_shown
from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import After, Before, First, Last, cursor_of, given, moment, page_info, page_of
from honeyguide.api.types.parked_post import ParkedConnection, ParkedEdge, ParkedPost, parked_shown
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.transactions import decide_many, outcomes, review
from honeyguide.transactions import decide_parked as use_case
from honeyguide.transactions.review import ParkedDecision

_KEY = (moment, UUID)
OfPartner = Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this partner.")]
OfReason = Annotated[str | None, strawberry.argument(description="Only those parked for this reason.")]

described("What is decided about a parked post.", POST="Post it as of its day.", REJECT="Refuse it for good.")(ParkedDecision)
described(
    "What is decided about a partner that is new.",
    TRUST="Its posts go through, and those that wait are posted in their order.",
    REJECT="Those that wait are refused, and the partner is frozen.",
)(decide_many.PartnerDecision)


async def review_queue(
    info: Info,
    partner: OfPartner = strawberry.UNSET,
    reason: OfReason = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> ParkedConnection:
    context, of = info.context, given(partner)
    page = page_of(_KEY, given(first), given(after), given(last), given(before))
    which = review.Waiting(NodeId.of_kind(NodeKind.PARTNER, of).key if of else None, checked_text(given(reason), "reason"))
    found = await review.parked_posts(context.services.database.pool, context.caller.program_id, page.section, which)
    rows, info_of_page = page_info(page, found, _key)
    shown = [(row, await parked_shown(context, row)) for row in rows]
    edges = [ParkedEdge(cursor=cursor_of(_key(row)), node=node) for row, node in shown if node is not None]
    return ParkedConnection(edges=edges, page_info=info_of_page)


def _decide_request(value: Mapping[str, Any]) -> use_case.DecideParked:
    one = NodeId.of_kind(NodeKind.PARKED_POST, value["parked"])
    assert one.member_id is not None  # ids of this kind have one
    decision = ParkedDecision(value["decision"])
    return use_case.DecideParked(checked_key(value["idempotencyKey"]), one.member_id, one.key, decision, checked_note(value["note"]))


@converted(_decide_request)
@strawberry.input(description="A decision about a parked post.")
class DecideParkedInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    parked: strawberry.ID = strawberry.field(description="Which.")
    decision: ParkedDecision = strawberry.field(description="What is decided.")
    note: str = strawberry.field(description="Why, in words, for the records; nothing personal.")


@strawberry.type(description="It is decided, and done.")
class ParkedDecided:
    parked: ParkedPost = strawberry.field(description="What was parked.")
    decision: ParkedDecision = strawberry.field(description="What was decided.")
    transaction: Transaction | None = strawberry.field(description="What was posted; null where it was refused.")
    replayed: bool = strawberry.field(description="Whether this key had decided it before; then this is the first answer again.")


DecideParkedResult = Annotated[
    ParkedDecided | IdempotencyConflict | TransactionRejected,
    strawberry.union("DecideParkedResult", description="What became of decideParked."),
]
DecideInput = Annotated[DecideParkedInput, strawberry.argument(description="The decision.")]


async def decide_parked(info: Info, input: DecideInput) -> DecideParkedResult:
    context, request = info.context, cast(use_case.DecideParked, input)
    pool, program_id = context.services.database.pool, context.caller.program_id
    parked = await review.parked_post(pool, program_id, request.member_id, request.parked_id)
    desk = await desk_at(context, parked.partner_id) if parked else None
    if parked is None or desk is None:
        return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("parked",)))
    outcome = await use_case.decide_parked(desk, request)
    match outcome:
        case outcomes.IdempotencyConflict():
            return refusal.idempotency_conflict(context)
        case outcomes.Rejected():
            return refusal.rejected(context, outcome)
    shown = await parked_shown(context, outcome.parked)
    assert shown is not None  # its partner was found above
    posted = (await posts_shown(context, [outcome.posted]))[0] if outcome.posted else None
    return ParkedDecided(parked=shown, decision=request.decision, transaction=posted, replayed=outcome.replayed)


def _many_request(value: Mapping[str, Any]) -> decide_many.DecideParkedOf:
    return decide_many.DecideParkedOf(
        checked_key(value["idempotencyKey"]),
        NodeId.of_kind(NodeKind.PARTNER, value["partner"]).key,
        checked_text(value.get("reason"), "reason"),
        ParkedDecision(value["decision"]),
        checked_note(value["note"]),
    )


@converted(_many_request)
@strawberry.input(description="One decision about all parked posts of a partner; what is parked later is not meant.")
class DecideParkedOfInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    partner: strawberry.ID = strawberry.field(description="Whose.")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description="Only those parked for this reason.")
    decision: ParkedDecision = strawberry.field(description="What is decided.")
    note: str = strawberry.field(description="Why, in words, for the records; nothing personal.")


@strawberry.type(description="It is decided; the worker carries it out in the order in which they came.")
class ManyDecided:
    waiting: int = strawberry.field(description="How many waited as it was decided, counted up to 10,000.")
    replayed: bool = strawberry.field(description="Whether this key had decided it before; then this is the first answer again.")


DecideParkedOfResult = Annotated[
    ManyDecided | IdempotencyConflict | TransactionRejected,
    strawberry.union("DecideParkedOfResult", description="What became of decideParkedOf."),
]
ManyInput = Annotated[DecideParkedOfInput, strawberry.argument(description="The decision.")]


async def decide_parked_of(info: Info, input: ManyInput) -> DecideParkedOfResult:
    context, request = info.context, cast(decide_many.DecideParkedOf, input)
    services = context.services
    if await context.partner(request.partner_id) is None:
        return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("partner",)))
    outcome = await decide_many.decide_parked_of(services.database, context.caller, services.claims, request, context.now)
    if isinstance(outcome, decide_many.ManyDecided):
        return ManyDecided(waiting=outcome.waiting, replayed=outcome.replayed)
    return refusal.idempotency_conflict(context)


def _partner_request(value: Mapping[str, Any]) -> decide_many.ReviewPartner:
    return decide_many.ReviewPartner(
        checked_key(value["idempotencyKey"]),
        NodeId.of_kind(NodeKind.PARTNER, value["partner"]).key,
        decide_many.PartnerDecision(value["decision"]),
        checked_note(value["note"]),
    )


@converted(_partner_request)
@strawberry.input(description="A decision about a partner that is new.")
class ReviewPartnerInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    partner: strawberry.ID = strawberry.field(description="Which.")
    decision: decide_many.PartnerDecision = strawberry.field(description="What is decided.")
    note: str = strawberry.field(description="Why, in words, for the records; nothing personal.")


ReviewPartnerResult = Annotated[
    ManyDecided | IdempotencyConflict | TransactionRejected,
    strawberry.union("ReviewPartnerResult", description="What became of reviewPartner."),
]
PartnerInput = Annotated[ReviewPartnerInput, strawberry.argument(description="The decision.")]


async def review_partner(info: Info, input: PartnerInput) -> ReviewPartnerResult:
    context, request = info.context, cast(decide_many.ReviewPartner, input)
    services = context.services
    outcome = await decide_many.review_partner(services.database, context.caller, services.claims, request, context.now)
    match outcome:
        case decide_many.ManyDecided():
            await services.revocations.refresh()
            return ManyDecided(waiting=outcome.waiting, replayed=outcome.replayed)
        case decide_many.NotUnderReview():
            return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("partner",)))
    return refusal.idempotency_conflict(context)


def _key(row: review.ParkedPost) -> tuple[str, str]:
    received: datetime = row.received_at
    return (received.isoformat(), str(row.parked_id))
