"""Posting over the partner API: what is posted, replayed, refused, parked."""

from datetime import timedelta

from builders.platform import Platform

LINE = {"lineId": "1", "sku": "e10", "quantity": "21.054", "amount": "40.00"}


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


async def test_points_of_today_are_available_in_the_very_answer_although_the_request_is_older_than_the_posting(platform: Platform) -> None:
    await platform.enrol()
    platform.clock.tick = timedelta(milliseconds=1)

    posted = await platform.post("40.00", partner="fuel", lines=[{**LINE, "category": "FUEL"}])

    states = {accrual["unit"]["code"]: accrual["state"] for accrual in posted["transaction"]["accruals"]}
    assert states == {"points": "AVAILABLE", "cashback": "PENDING"}
