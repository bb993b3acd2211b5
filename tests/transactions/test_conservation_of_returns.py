"""The conservation view has teeth for holds, returns, claims and handovers, too: each break shows up under its rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from builders.people import call_of
from builders.returns import bought
from builders.shop import Shop, a_purchase
from honeyguide.coalition.directory import Partners
from honeyguide.ledger.books import broken_rows
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.claim_transaction import ClaimRequest, claim_transaction
from honeyguide.transactions.outcomes import AnonymousPosted, Reversed
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.transactions.requests import AuthorizeRequest, ByAmount, ById, CaptureRequest, ReverseRequest
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.transfer_points import TransferRequest, transfer_points
from honeyguide.transactions.watch import Watch

_ANOTHER_CLAIM = """INSERT INTO transaction SELECT program_id, member_id, gen_random_uuid(), version + 90, kind, of_transaction, partner_id,
  location, reference, business_date, amount_minor, currency, occurred_at, posted_at, program_version, detail
  FROM transaction WHERE kind = 'PURCHASE' AND of_transaction IS NOT NULL"""
SABOTAGE = {
    "held = sum of open holds": "UPDATE account SET held = held + 1 WHERE kind = 'member' AND held > 0",
    "a hold pins its amount": "UPDATE hold SET amount = amount + 1 WHERE state = 'OPEN'",
    "a settled hold went all where it should": "UPDATE hold SET captured = captured - 1 WHERE state = 'CAPTURED'",
    "due_at is no later than what comes next": "UPDATE standing SET due_at = due_at + interval '1 year'",
    "nobody owes while points lie open": "UPDATE account SET debt = 1 WHERE kind = 'member' AND posted > 0",
    "no more is reversed than was posted": "UPDATE transfer SET amount = amount + 900 FROM transaction AS t"
    " WHERE t.transaction_id = transfer.transaction_id AND t.kind = 'REVERSAL'",
    "an anonymous purchase is claimed once": _ANOTHER_CLAIM,
    "what left one member came to another": "UPDATE transfer SET amount = amount + 1 FROM account AS a"
    " WHERE a.account_id = transfer.debit AND a.kind = 'transit'",
}


@pytest.mark.parametrize("rule", SABOTAGE)
async def test_what_is_broken_is_found_by_its_rule(rule: str, shop: Shop, test_server: Any, worker_database: str):
    await an_eventful_day(shop)
    superuser = await asyncpg.connect(test_server.url(worker_database))
    assert await broken_rows(superuser, shop.applied.program_id) == []

    sabotage = superuser.transaction()
    await sabotage.start()
    await superuser.execute("SET LOCAL session_replication_role = replica")
    await superuser.execute(SABOTAGE[rule])
    found = {row.rule for row in await broken_rows(superuser, shop.applied.program_id)}
    await sabotage.rollback()
    await superuser.close()

    assert rule in found


async def an_eventful_day(shop: Shop) -> None:
    """One open hold, one captured, a return of a part, a receipt claimed, points handed on."""
    one, other = await shop.member(), await shop.member()
    lookup = await shop.lookup(one)
    purchase = await bought(shop, one, "400.00", partner="fuel")
    for quantity in ("30", "40"):
        request = AuthorizeRequest(f"hold-{uuid4()}", lookup, f"hold-{uuid4()}", "points", Decimal(quantity))
        held = await authorize_redemption(shop.desk(), request)
        assert isinstance(held, Posted)
    capture = CaptureRequest(f"capture-{uuid4()}", held.recorded.transaction_id, one, Decimal(25))
    assert isinstance(await capture_redemption(shop.desk(), capture), Posted)
    ask = ReverseRequest("return-1", ById(one, purchase.transaction_id), "r-1", ByAmount(Decimal(100), "USD"))
    assert isinstance(await reverse_transaction(shop.desk("fuel"), ask), Reversed)
    receipt = await post_transaction(shop.desk(), a_purchase(None, "60.00"))
    assert isinstance(receipt, AnonymousPosted)
    claim = ClaimRequest("claim-it-1", receipt.claim_token)
    assert isinstance(await claim_transaction(call_of(shop, other), shop.programs, Partners(shop.database), claim, Watch()), Posted)
    handed = TransferRequest("hand-on-1", lookup, await shop.lookup(other), "points", Decimal(20), "gift")
    assert isinstance(await transfer_points(call_of(shop), handed), Posted)
