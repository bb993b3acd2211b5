"""Clients of subscriptions that others wrote: graphql-ws over WebSockets, graphql-sse with a stream for each operation and with one for all."""

from __future__ import annotations

from typing import Any

from builders.npm import Npm
from builders.on_socket import DOCUMENTS, Served
from builders.platform import purchase

SUBSCRIPTIONS = {
    "accountChanged": "subscription { accountChanged { unit { code } available } }",
    "activityAdded": "subscription { activityAdded { kind quantity transaction { reference } } }",
}


TRANSPORTS = ("ws", "distinct", "single")


async def test_clients_hear_of_a_purchase_that_is_posted_while_they_are_subscribed(npm: Npm, served: Served) -> None:
    now = served.platform.clock()
    given: dict[str, Any] = {
        "member": served.member,
        "partner": served.partner,
        "documents": DOCUMENTS | SUBSCRIPTIONS,
        "purchases": {transport: purchase(now, "20.00") for transport in TRANSPORTS},
    }

    told = await npm.run("live.mjs", given)

    for turn, transport in enumerate(TRANSPORTS):
        story = told[transport]
        before = 10 + 20 * turn
        assert story["dashboard"]["data"]["me"]["displayName"] == "Anna Adler", transport
        assert story["snapshot"]["data"]["accountChanged"]["available"] == str(before), transport  # L1: what is, before what changes
        assert story["posted"]["data"]["postTransaction"]["__typename"] == "TransactionPosted", transport
        assert story["changed"]["data"]["accountChanged"]["available"] == str(before + 20), transport
        assert story["activity"]["data"]["activityAdded"]["quantity"] == "20", transport
        assert story["broken"] == ["VALIDATION_FAILED"], transport
