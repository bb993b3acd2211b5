"""A member renews the card over the API, up to the limit of a day."""

from __future__ import annotations

from builders.platform import Platform
from honeyguide.members.card import MOST_RENEWALS

RENEW = """
mutation {
  renewCard {
    __typename
    ... on CardRenewed { card { message } }
    ... on LimitExceeded { code message path limit resetsAt }
    ... on TransactionRejected { code }
  }
}
"""


async def test_the_renewal_above_the_limit_is_refused_in_words(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.as_member(anna, "{ me { card { message } } }")

    answers = [(await platform.as_member(anna, RENEW))["renewCard"] for _ in range(MOST_RENEWALS + 1)]

    assert [answer["__typename"] for answer in answers] == ["CardRenewed"] * MOST_RENEWALS + ["LimitExceeded"]
    assert answers[-1]["code"] == "LIMIT_EXCEEDED" and answers[-1]["limit"] == f"{MOST_RENEWALS} new cards a day"
