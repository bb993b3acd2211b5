"""What a stolen credential posted is taken back by an operator, and what it holds goes back to the members."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from builders.proof import proved
from builders.shop import Shop, a_capture, a_purchase, an_authorization
from honeyguide.caller import Audience, Caller
from honeyguide.coalition.freeze_till import Frozen
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Rejected
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.posts_of import PostsReversed, Span, reverse_posts

HELD = "SELECT state FROM hold ORDER BY authorised_at, hold_id"
NOTES = "SELECT kind, detail ->> 'by', detail ->> 'note' FROM transaction WHERE kind IN ('REVERSAL', 'VOID') ORDER BY kind"


def by(desk: Desk, credential: str) -> Desk:
    return replace(desk, caller=replace(desk.caller, credential_id=credential))


async def taken_back(shop: Shop, key: str = "key-stolen", note: str = "stolen in May") -> PostsReversed:
    """All that the credential posted today, by the operator."""
    desk = replace(shop.desk(), caller=Caller(Audience.OPERATOR, shop.applied.program_id, "olivia"))
    span = Span(shop.clock() - timedelta(days=1), shop.clock() + timedelta(days=1))
    return await reverse_posts(desk, key, Frozen(desk.partner.partner_id, credential="stolen"), span, note)


async def test_r14_what_a_stolen_credential_holds_goes_back_and_no_other_hold_does(shop: Shop) -> None:
    member = await shop.member()
    await post_transaction(shop.desk("fuel"), a_purchase(await shop.lookup(member), "300.00"))
    stolen, other = [
        await authorize_redemption(by(shop.desk(), name), an_authorization(proved(shop, member), "100")) for name in ("stolen", "till-1")
    ]
    assert isinstance(stolen, Posted) and isinstance(other, Posted)

    done, again = await taken_back(shop), await taken_back(shop)
    late = await capture_redemption(shop.desk(), a_capture(stolen))
    captured = await capture_redemption(shop.desk(), a_capture(other))

    assert (done.voided, done.reversed_, done.stayed, again.voided) == (1, 0, (), 0)
    assert late == Rejected("HOLD_NOT_OPEN", ("holdId",))
    assert isinstance(captured, Posted)
    assert [row[0] for row in await shop.database.pool.fetch(HELD)] == ["VOIDED", "CAPTURED"]


async def test_why_posts_were_taken_back_stands_with_each_of_them(shop: Shop) -> None:
    member = await shop.member()
    lookup = await shop.lookup(member)
    await post_transaction(shop.desk("fuel"), a_purchase(lookup, "300.00"))
    await post_transaction(by(shop.desk(), "stolen"), a_purchase(lookup, "20.00"))
    await authorize_redemption(by(shop.desk(), "stolen"), an_authorization(proved(shop, member), "100"))

    done, otherwise = await taken_back(shop), await taken_back(shop, note="another reason")

    assert (done.reversed_, done.voided) == (1, 1)
    assert [one.code for one in otherwise.stayed] == ["IDEMPOTENCY_CONFLICT"]
    kept = [tuple(row) for row in await shop.database.pool.fetch(NOTES)]
    assert kept == [("REVERSAL", "olivia", "stolen in May"), ("VOID", "olivia", "stolen in May")]
    trail = await shop.database.pool.fetch("SELECT detail::text FROM audit")
    assert len(trail) >= 2 and not any("stolen in May" in row[0] for row in trail)
