"""What GraphiQL opens with works: each example is an operation of schema/operations and is answered without an error."""

import pytest

from builders.platform import Platform
from honeyguide.api.graphiql.examples import examples
from honeyguide.api.trusted.load import trusted_documents
from honeyguide.caller import Audience


async def test_every_example_is_answered_with_what_it_is_about(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("10.00")
    tokens = {
        Audience.MEMBER: platform.token(Audience.MEMBER, str(anna)),
        Audience.PARTNER: await platform.partner_token("grocer"),
        Audience.OPERATOR: platform.token(Audience.OPERATOR, "olivia"),
    }
    answers = {}
    for audience, token in tokens.items():
        for example in examples(audience, platform.clock(), "USD"):
            if not example.query.startswith("subscription"):
                answer = await platform.ask(audience, token, example.query, example.variables)
                answers[example.name] = next(iter(answer.values()))

    assert answers["Dashboard"]["activity"]["edges"] and answers["Purchases"]["purchases"]["edges"] and answers["Card"]["card"]
    assert answers["Quote"]["__typename"] == "Quote" and answers["PostPurchase"]["__typename"] == "TransactionPosted"
    assert answers["Receipt"]["kind"] == "PURCHASE" and len(answers["Day"]["edges"]) == 2
    assert answers["HowToEarn"]["waysToEarn"] and answers["AuditTrail"]["edges"]


@pytest.mark.parametrize("audience", list(Audience))
def test_every_example_is_a_trusted_document(audience: Audience) -> None:
    from datetime import UTC, datetime

    shown = examples(audience, datetime.now(UTC), "EUR")

    assert len(shown) >= 5
    assert all(one.query in trusted_documents(audience) for one in shown)
