"""A receipt that named nobody, from the till to the member who claims it (R54)."""

from typing import Any

from builders.platform import Platform, key, purchase

POST = """
mutation ($input: PostTransactionInput!) {
  postTransaction(input: $input) {
    __typename
    ... on TransactionPosted { claimUrl replayed member { id } transaction { id accruals { quantity } } }
    ... on UserError { code path }
  }
}
"""
CLAIM = """
mutation ($input: ClaimTransactionInput!) {
  claimTransaction(input: $input) {
    __typename
    ... on TransactionClaimed { replayed transaction { state occurredAt accruals { quantity because { text } } partner { name } } }
    ... on UserError { code message path }
  }
}
"""


async def claim(platform: Platform, member: Any, token: str, **more: Any) -> Any:
    given = {"idempotencyKey": key(), "token": token, **more}
    return (await platform.as_member(member, CLAIM, {"input": given}))["claimTransaction"]


async def test_the_receipt_of_an_anonymous_purchase_is_claimed_once_by_the_member_who_has_it(platform: Platform) -> None:
    anna, ben = await platform.enrol(), await platform.enrol("ben@example.test")
    posted = await platform.post("60.00", email=None, document=POST)
    token = posted["claimUrl"].rpartition("/claim/")[2]
    assert posted["member"] is None and posted["transaction"]["accruals"] == []

    mine = await claim(platform, anna, token, idempotencyKey="claim-of-anna")
    again = await claim(platform, anna, token, idempotencyKey="claim-of-anna")
    theirs = await claim(platform, ben, token)
    forged = await claim(platform, ben, token[:-2] + "xx")

    assert mine["__typename"] == "TransactionClaimed" and mine["transaction"]["accruals"][0]["quantity"] == "85"
    assert again == {**mine, "replayed": True}
    assert (theirs["code"], theirs["path"]) == ("ALREADY_CLAIMED", ["token"]) and theirs["message"]
    assert (forged["code"], forged["path"]) == ("CODE_REJECTED", ["token"])


async def test_an_anonymous_post_says_its_link_again_under_its_key(platform: Platform) -> None:
    given = purchase(platform.clock(), "60.00", None)

    first = (await platform.as_partner("grocer", POST, {"input": given}))["postTransaction"]
    again = (await platform.as_partner("grocer", POST, {"input": given}))["postTransaction"]

    assert again == {**first, "replayed": True}


async def test_the_link_of_a_receipt_opens_a_page_that_claims_nothing(platform: Platform) -> None:
    anna = await platform.enrol()
    token = (await platform.post("60.00", email=None, document=POST))["claimUrl"].rpartition("/claim/")[2]

    open_page = await platform.http.get(f"/claim/{token}")
    german = await platform.http.get(f"/claim/{token}", headers={"Accept-Language": "de-AT"})
    await claim(platform, anna, token)
    taken = await platform.http.get(f"/claim/{token}")
    unknown = await platform.http.get("/claim/" + "x" * 4000)

    assert open_page.status_code == 200 and "waiting for you" in open_page.text and "$60.00" in open_page.text
    assert "wartet auf Sie" in german.text and german.headers["content-language"] == "de"
    assert "was claimed" in taken.text
    assert unknown.status_code == 404 and "do not know" in unknown.text
    assert open_page.headers["referrer-policy"] == "no-referrer" and "script" not in open_page.text
