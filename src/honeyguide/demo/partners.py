"""The two partners of the coalition, let in through the operator API like any partner."""

from __future__ import annotations

from collections.abc import Iterable

from honeyguide.replay.api import Api, ApiRefused, Credentials
from honeyguide.replay.posts import FUEL, GROCER, store_code

NAMES = {GROCER: "Greenleaf Grocery", FUEL: "Milestone Fuel"}
SCOPES = ["burn", "credentials", "earn", "enrol", "read"]

REGISTER = """
mutation DemoRegister($input: RegisterPartnerInput!) {
  registerPartner(input: $input) {
    __typename
    ... on PartnerRegistered { clientId clientSecret replayed }
    ... on UserError { code message }
  }
}
"""


async def register_partners(operator: Api, stores: Iterable[int]) -> dict[str, Credentials]:
    """Both partners with all stores of the year; the same answer at each start. Raises ApiRefused."""
    locations = [{"code": store_code(store), "name": f"Store {store}"} for store in sorted(stores)]
    return {code: await _register(operator, code, locations) for code in NAMES}


async def _register(operator: Api, code: str, locations: list[dict[str, str]]) -> Credentials:
    asked = {"idempotencyKey": f"demo/partner/{code}", "code": code, "name": NAMES[code], "locations": locations, "scopes": SCOPES}
    answer = (await operator.ask(REGISTER, {"input": asked}))["registerPartner"]
    if answer["__typename"] != "PartnerRegistered":
        raise ApiRefused(f"the partner {code} was not registered: {answer['code']}: {answer['message']}")
    return Credentials(answer["clientId"], answer["clientSecret"])
