"""GraphQL over HTTP by clients that others wrote: graphql-request, urql and Apollo work unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from builders.npm import Npm
from builders.on_socket import DOCUMENTS, Served
from builders.platform import purchase

MANIFEST = Path(__file__).parents[2] / "schema/operations/member.manifest.json"


async def test_clients_see_the_dashboard_post_a_purchase_and_read_errors_by_code(npm: Npm, served: Served) -> None:
    now = served.platform.clock()
    purchases = [[purchase(now, "20.00"), purchase(now, "1.00", "nobody@example.test")] for _ in range(3)]
    given: dict[str, Any] = {
        "member": served.member,
        "partner": served.partner,
        "documents": DOCUMENTS,
        "purchases": purchases,
        "ids": {one["name"]: one["id"] for one in json.loads(MANIFEST.read_text())["operations"]},
    }

    told = await npm.run("over_http.mjs", given)

    for turn, client in enumerate(("graphqlRequest", "urql", "apollo"), 1):
        story = told[client]
        assert story["purchase"]["__typename"] == "TransactionPosted", (client, story)
        assert story["refused"]["code"] == "MEMBER_NOT_FOUND", (client, story)
        rows = story["dashboard"]["me"]["activity"]["edges"]
        assert len([row for row in rows if row["node"]["kind"] == "EARNED"]) == turn + 1, (client, rows)
        assert (story["broken"], story["stranger"]) == (["VALIDATION_FAILED"], ["UNAUTHENTICATED"]), client

    known, unknown = told["persisted"]["known"], told["persisted"]["unknown"]  # D1: Apollo's persisted queries
    assert known["sent"] == [["GET", "id", 200]] and known["data"]["me"]["activity"]["edges"], known
    assert unknown["sent"] == [["GET", "id", 200], ["POST", "text", 200]] and unknown["data"]["me"]["memberNumber"], unknown
