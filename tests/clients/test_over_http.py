"""GraphQL over HTTP by clients that others wrote: graphql-request, urql and Apollo work unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphql import parse, print_ast
from graphql.utilities import separate_operations

from builders.npm import Npm
from builders.on_socket import Served
from builders.platform import purchase

OPERATIONS = Path(__file__).parents[2] / "schema/operations"


def operation(path: str, name: str) -> str:
    """One of the documents that are shipped as examples, with the fragments it needs."""
    return print_ast(separate_operations(parse((OPERATIONS / path).read_text()))[name])


DOCUMENTS = {"dashboard": operation("member/dashboard.graphql", "Dashboard"), "purchase": operation("partner/till.graphql", "PostPurchase")}


async def test_clients_see_the_dashboard_post_a_purchase_and_read_errors_by_code(npm: Npm, served: Served) -> None:
    now = served.platform.clock()
    purchases = [[purchase(now, "20.00"), purchase(now, "1.00", "nobody@example.test")] for _ in range(3)]
    given: dict[str, Any] = {"member": served.member, "partner": served.partner, "documents": DOCUMENTS, "purchases": purchases}

    told = await npm.run("over_http.mjs", given)

    for turn, client in enumerate(("graphqlRequest", "urql", "apollo"), 1):
        story = told[client]
        assert story["purchase"]["__typename"] == "TransactionPosted", (client, story)
        assert story["refused"]["code"] == "MEMBER_NOT_FOUND", (client, story)
        rows = story["dashboard"]["me"]["activity"]["edges"]
        assert len([row for row in rows if row["node"]["kind"] == "EARNED"]) == turn + 1, (client, rows)
        assert (story["broken"], story["stranger"]) == (["VALIDATION_FAILED"], ["UNAUTHENTICATED"]), client
