"""A till asks the member to approve in the app: the hold pins, waits, and is captured by nobody before the member agrees."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from builders.people import call_of
from builders.proof import freeze, proved
from builders.shop import NOW, Shop, a_capture, a_purchase, a_redemption, a_void, an_authorization
from honeyguide.ledger.books import read_hold
from honeyguide.ledger.holds import Approval, HoldState
from honeyguide.till.outcomes import Posted, Refused
from honeyguide.transactions.approvals import waiting_holds
from honeyguide.transactions.approve_redemption import ApprovalDecision, ApproveRequest, approve_redemption
from honeyguide.transactions.asking import LONGEST_WAIT, MOST_ASKED
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.outcomes import InsufficientBalance, LimitExceeded, ProofRequired, Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import HoldRef, TenderKind, TenderRequest
from honeyguide.transactions.void_redemption import void_redemption

NOT_YET = ProofRequired(("APPROVED",), ("holdId",))


async def rich(shop: Shop) -> UUID:
    member = await shop.member()
    await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(member), "3000.00"))
    return member


async def asked(shop: Shop, member: UUID, quantity: str = "2000", partner: str = "grocer", **more: Any):
    request = an_authorization(await shop.lookup(member), quantity, ask_approval=True, **more)
    return await authorize_redemption(shop.desk(partner), request)


def answer(authorized: Any, decision: ApprovalDecision = ApprovalDecision.APPROVE) -> ApproveRequest:
    recorded = authorized.recorded
    return ApproveRequest(f"key-{uuid4()}", recorded.transaction_id, recorded.member_id, decision)


async def waiting(shop: Shop, member: UUID) -> list[UUID]:
    return [hold.hold_id for hold in await waiting_holds(shop.database.pool, shop.applied.program_id, member, shop.clock())]


async def test_r51_a_hold_above_the_proof_waits_for_the_member_and_is_captured_only_after_the_member_agreed(shop: Shop):
    member = await rich(shop)
    authorized = await asked(shop, member)
    assert isinstance(authorized, Posted) and authorized.recorded.detail["approval"] == "WAITING"
    assert await waiting(shop, member) == [authorized.recorded.transaction_id]
    assert await redeem(shop.desk(), a_redemption(proved(shop, member), "1001")) == InsufficientBalance("points", 1001, 1000)

    early = await capture_redemption(shop.desk(), a_capture(authorized))
    request = answer(authorized)
    approved = await approve_redemption(call_of(shop, member), request)
    again = await approve_redemption(call_of(shop, member), request)
    captured = await capture_redemption(shop.desk(), a_capture(authorized))

    assert early == NOT_YET
    assert isinstance(approved, Posted) and isinstance(again, Posted) and (approved.replayed, again.replayed) == (False, True)
    assert await waiting(shop, member) == []
    assert isinstance(captured, Posted) and captured.recorded.detail["proof"] == "APPROVED"
    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds] == ["ENROLMENT", "PURCHASE", "AUTHORIZATION", "APPROVAL", "REDEMPTION"]


async def test_what_the_proof_allows_by_itself_asks_nobody(shop: Shop):
    member = await rich(shop)

    authorized = await asked(shop, member, "500")

    assert isinstance(authorized, Posted) and "approval" not in authorized.recorded.detail
    assert await waiting(shop, member) == []
    assert isinstance(await capture_redemption(shop.desk(), a_capture(authorized)), Posted)


async def test_a_declined_hold_gives_all_back_and_that_partner_asks_no_more_that_day(shop: Shop):
    member = await rich(shop)
    authorized = await asked(shop, member)

    declined = await approve_redemption(call_of(shop, member), answer(authorized, ApprovalDecision.DECLINE))
    captured = await capture_redemption(shop.desk(), a_capture(authorized))
    again, elsewhere = await asked(shop, member), await asked(shop, member, partner="fuel")
    shop.clock.move(days=1)

    assert isinstance(declined, Posted)
    assert captured == Rejected("REDEMPTION_DECLINED", ("holdId",))
    assert isinstance(again, LimitExceeded) and again.limit == "approvals_a_day" and again.resets_at is not None
    assert isinstance(elsewhere, Posted)
    assert isinstance(await asked(shop, member), Posted)


async def test_approved_or_declined_once_and_of_nothing_else(shop: Shop):
    member, other = await rich(shop), await rich(shop)
    plain = await authorize_redemption(shop.desk(), an_authorization(proved(shop, member), "10"))
    authorized = await asked(shop, member)
    nothing = Refused("NOT_FOUND", {"path": ["holdId"]}, replayed=False)

    async def say(by: UUID, of: Any, decision: ApprovalDecision = ApprovalDecision.APPROVE, **more: Any):
        return await approve_redemption(call_of(shop, by), replace(answer(of, decision), **more))

    assert await say(other, authorized) == nothing
    assert await say(other, authorized, books_id=other) == nothing
    assert await say(member, plain) == await say(member, plain, ApprovalDecision.DECLINE) == nothing
    assert isinstance(await say(member, authorized), Posted)
    assert await say(member, authorized) == await say(member, authorized, ApprovalDecision.DECLINE) == nothing
    assert isinstance(await void_redemption(shop.desk(), a_void(authorized)), Posted)  # the shop may give it back all the same
    assert await say(member, authorized) == Refused("HOLD_NOT_OPEN", {"path": ["holdId"]}, replayed=False)


async def test_a_request_nobody_answers_ends_after_a_quarter_of_an_hour_and_is_too_late_then(shop: Shop):
    member = await rich(shop)
    authorized = await asked(shop, member, ttl_seconds=86_400)
    assert isinstance(authorized, Posted)
    assert authorized.recorded.detail["expires_at"] == (NOW + LONGEST_WAIT).isoformat()

    shop.clock.move(minutes=15)
    late = await approve_redemption(call_of(shop, member), answer(authorized))

    assert late == Refused("HOLD_NOT_OPEN", {"path": ["holdId"]}, replayed=False)
    assert await waiting(shop, member) == []
    assert isinstance(await redeem(shop.desk(), a_redemption(proved(shop, member), "3000")), Posted)


async def test_a_stranger_with_a_number_cannot_pin_everything_nor_pester(shop: Shop):
    member = await rich(shop)

    first = await asked(shop, member, "600")
    second = [await asked(shop, member, "600"), await asked(shop, member, "600", "fuel"), await asked(shop, member, "600", "fuel")]
    lapsing = []
    for _ in range(MOST_ASKED):
        shop.clock.move(minutes=15)
        lapsing.append(await asked(shop, member, "600"))

    assert isinstance(first, Posted)
    assert [type(one) for one in second] == [LimitExceeded, Posted, LimitExceeded]
    assert [type(one) for one in lapsing] == [Posted] * (MOST_ASKED - 1) + [LimitExceeded]


async def test_of_a_flood_of_requests_at_once_from_two_partners_one_each_waits(shop: Shop):
    member = await rich(shop)

    answers = await asyncio.gather(*(asked(shop, member, "501", partner) for partner in ("grocer", "fuel") for _ in range(25)))

    assert sum(isinstance(one, Posted) for one in answers) == 2
    assert len(await waiting(shop, member)) == 2


async def test_a_points_tender_cannot_take_what_waits_and_takes_it_once_approved(shop: Shop):
    member = await rich(shop)
    authorized = await asked(shop, member)
    assert isinstance(authorized, Posted)
    tender = TenderRequest(TenderKind.POINTS, an_amount := a_purchase(None).amount, HoldRef(member, authorized.recorded.transaction_id))
    lookup = await shop.lookup(member)

    early = await post_transaction(shop.desk(), a_purchase(lookup, str(an_amount), tenders=(tender,)))
    await approve_redemption(call_of(shop, member), answer(authorized))
    paid = await post_transaction(shop.desk(), a_purchase(lookup, str(an_amount), tenders=(tender,)))

    assert early == ProofRequired(("APPROVED",), ("tenders", "0", "holdId"))
    assert isinstance(paid, Posted)


async def test_while_the_member_decides_two_servers_never_capture_what_is_not_approved(shop: Shop):
    member = await rich(shop)
    for decision in ApprovalDecision:
        shop.clock.move(days=1)
        authorized = await asked(shop, member, "1000")
        captures = [capture_redemption(shop.desk(), a_capture(authorized)) for _ in range(20)]
        decided, *answers = await asyncio.gather(approve_redemption(call_of(shop, member), answer(authorized, decision)), *captures)

        assert isinstance(decided, Posted) and isinstance(authorized, Posted)
        taken = sum(isinstance(one, Posted) for one in answers)
        assert taken <= (1 if decision is ApprovalDecision.APPROVE else 0)
        hold = await read_hold(shop.database.pool, shop.applied.program_id, member, authorized.recorded.transaction_id)
        assert hold is not None
        if decision is ApprovalDecision.DECLINE:
            assert (hold.state, hold.approval) == (HoldState.VOIDED, Approval.WAITING)


async def test_the_database_itself_refuses_to_capture_what_waits(shop: Shop, superuser_url: str):
    member = await rich(shop)
    authorized = await asked(shop, member)
    assert isinstance(authorized, Posted)
    connection = await asyncpg.connect(superuser_url)
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="hold_approval_known"):
            await connection.execute(
                "UPDATE hold SET state = 'CAPTURED', captured = amount, settled_by = hold_id WHERE hold_id = $1",
                authorized.recorded.transaction_id,
            )
    finally:
        await connection.close()


async def test_a_request_that_waits_counts_as_approved_and_gives_that_back_when_it_ends(shop: Shop):
    member = await rich(shop)
    authorized = await asked(shop, member)
    day = shop.applied.program.local_day(shop.clock()).isoformat()

    async def counted() -> dict[str, int]:
        rows = await shop.database.pool.fetch("SELECT name, value FROM counter WHERE member_id = $1 AND period = $2", member, day)
        return {row["name"]: row["value"] for row in rows if row["name"].startswith("burn/") and row["value"]}

    assert await counted() == {"burn/APPROVED/points": 2000}
    await approve_redemption(call_of(shop, member), answer(authorized, ApprovalDecision.DECLINE))
    assert await counted() == {}


async def test_who_is_frozen_approves_nothing_and_may_decline(shop: Shop):
    member = await rich(shop)
    authorized = await asked(shop, member)
    await freeze(shop, member)

    refused = await approve_redemption(call_of(shop, member), answer(authorized))
    declined = await approve_redemption(call_of(shop, member), answer(authorized, ApprovalDecision.DECLINE))

    assert refused == Refused("MEMBER_FROZEN", {"path": ["holdId"]}, replayed=False)
    assert isinstance(declined, Posted)
