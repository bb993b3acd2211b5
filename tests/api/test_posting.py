"""Posting over the partner API: what is posted, replayed, refused, parked."""

from builders.platform import Platform


async def test_a_purchase_earns_and_the_answer_says_why(platform: Platform) -> None:
    await platform.enrol()

    posted = await platform.post("79.90")

    assert posted["__typename"] == "TransactionPosted"
    assert posted["replayed"] is False
    transaction = posted["transaction"]
    assert (transaction["kind"], transaction["state"], transaction["amount"]) == (
        "PURCHASE",
        "POSTED",
        {"amount": "79.90", "currency": "USD"},
    )
    assert transaction["partner"] == {"name": "Grocer"}
    points = [accrual for accrual in transaction["accruals"] if accrual["unit"]["code"] == "points"]
    assert sum(int(accrual["quantity"]) for accrual in points) == 79 + 25
    assert all(accrual["because"][0]["text"] for accrual in points)
