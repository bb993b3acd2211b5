"""What a purchase would earn and what may be redeemed now: the same rules on the same books, writing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.members.catching_up import catch_up
from honeyguide.members.lookup import MemberRef, books_of, find_member
from honeyguide.members.store import MemberStatus
from honeyguide.programs.evaluation import Evaluation, evaluate, needs
from honeyguide.programs.tiers import base_tier
from honeyguide.till.intent import Reads
from honeyguide.till.reading import read_books
from honeyguide.transactions.burn_limits import Redeemable, burn_counters, redeemable_units
from honeyguide.transactions.checking import purchase_of
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import MemberNotFound, Rejected
from honeyguide.transactions.purchase_intent import facts_of, purchase_reads
from honeyguide.transactions.requests import QuoteRequest


@dataclass(frozen=True, slots=True)
class Quoted:
    evaluation: Evaluation
    redeemable: Mapping[str, Redeemable]  # by unit; empty without a member


async def quote(desk: Desk, request: QuoteRequest) -> Quoted | MemberNotFound | Rejected:
    occurred_at = request.occurred_at or desk.now
    purchase = purchase_of(desk, request, occurred_at)
    if isinstance(purchase, Rejected):
        return purchase
    program = desk.applied.program
    rules = (await desk.programs.as_of(desk.program_id, occurred_at)).program
    wanted = needs(rules, purchase)
    books = pays = _stranger(desk)
    asked: MemberRef | None = None
    if request.member is not None:
        member = await find_member(desk.database.pool, desk.policy, request.member, desk.now)
        if member is None:
            return MemberNotFound()
        reads = replace(purchase_reads(program, rules, wanted, occurred_at, _today(desk)), lots=True)
        known = await read_books(desk.database.pool, desk.program_id, member.member_id, reads, desk.now)
        if known is None:
            return MemberNotFound()
        # What happened by itself and is not posted yet holds all the same: the post would begin with it.
        _, books = catch_up(known, desk.applied, desk.now, rows_from=reads.rows_from)
        asked, pays = member, await _paying(desk, member, books)
    evaluation = evaluate(rules, purchase, facts_of(books, wanted, purchase, desk.now))
    return Quoted(evaluation, redeemable(desk, pays, asked, desk.now) if asked else {})


async def _paying(desk: Desk, member: MemberRef, books: MemberBooks) -> MemberBooks:
    """His own books, or the pool's where he may redeem from it."""
    if books_of(member) == member.member_id:
        return books
    return await read_books(desk.database.pool, desk.program_id, books_of(member), burn_reads(desk), desk.now) or books


def redeemable(desk: Desk, books: MemberBooks, member: MemberRef, now: datetime) -> dict[str, Redeemable]:
    """Per unit that the program knows: available, and what this partner may redeem by the member's proof (R51); nothing of who is frozen (R52).

    A hold that lapsed gave back its part of the day's limit, too, though nobody has posted that yet.
    """
    program = desk.applied.program
    _, books = catch_up(books, desk.applied, now, rows_from=None)
    units = redeemable_units(program, desk.partner.code, books, member.proof, program.local_day(now).isoformat(), now)
    return {unit: replace(one, redeemable=0) for unit, one in units.items()} if member.status is MemberStatus.FROZEN else units


def burn_reads(desk: Desk) -> Reads:
    """What `redeemable` needs to see of a member."""
    return Reads(counters=burn_counters(desk.applied.program, _today(desk)), lots=True)


def _today(desk: Desk) -> str:
    """The local ISO day whose burn limits hold now."""
    return desk.applied.program.local_day(desk.now).isoformat()


def _stranger(desk: Desk) -> MemberBooks:
    """Somebody who would enrol now: the base tier, and nothing used of any cap."""
    base = TierSpan(base_tier(desk.applied.program), None, None)
    return MemberBooks(desk.program_id, desk.program_id, version=0, tier=base)
