"""Bad input gets a clear, typed answer, and nothing is written."""

import base64
from typing import Any

import pytest

from builders.platform import POST, Platform, key, purchase
from honeyguide.caller import Audience

BATCH = """
mutation ($input: PostTransactionsInput!) {
  postTransactions(input: $input) {
    __typename
    ... on BatchPosted { results { __typename ... on TransactionPosted { transaction { reference } } ... on UserError { code path } } }
    ... on UserError { code message path }
  }
}
"""
APPLY = """
mutation ($input: ApplyProgramInput!) {
  applyProgram(input: $input) {
    __typename
    ... on ProgramApplied { replayed program { version name } }
    ... on ProgramInvalid { findings { line column message suggestion } }
    ... on ProgramChanged { version }
    ... on UserError { code path }
  }
}
"""


async def written(platform: Platform) -> int:
    """Rows that a post may leave: transactions beyond enrolments, claims beyond theirs, parked posts."""
    counted: int = await platform.services.database.pool.fetchval(
        "SELECT (SELECT count(*) FROM transaction) + (SELECT count(*) FROM claim) + (SELECT count(*) FROM parked_post) + (SELECT count(*) FROM lot)"
    )
    return counted


def lines(*amounts: str) -> list[dict[str, str]]:
    return [{"lineId": str(number), "sku": "s", "quantity": "1", "amount": amount} for number, amount in enumerate(amounts)]


@pytest.mark.parametrize(
    ("more", "typename", "code", "path"),
    [
        ({"member": {"memberNumber": "123456789012"}}, "MemberNotFound", "MEMBER_NOT_FOUND", ["member"]),
        ({"member": {"email": "nobody@example.test"}}, "MemberNotFound", "MEMBER_NOT_FOUND", ["member"]),
        ({"member": {"handle": "x" * 56}}, "MemberNotFound", "MEMBER_NOT_FOUND", ["member"]),
        (
            {"amount": {"amount": "10.00", "currency": "XTS"}, "lines": None},
            "TransactionRejected",
            "UNKNOWN_CURRENCY",
            ["amount", "currency"],
        ),
        ({"amount": {"amount": "-0.01", "currency": "USD"}, "lines": None}, "TransactionRejected", "NEGATIVE_AMOUNT", ["amount", "amount"]),
        (
            {"amount": {"amount": "10.001", "currency": "USD"}, "lines": None},
            "TransactionRejected",
            "TOO_MANY_DECIMALS",
            ["amount", "amount"],
        ),
        ({"lines": lines("9.99")}, "TransactionRejected", "LINES_DO_NOT_ADD_UP", ["lines"]),
        ({"lines": lines("9.999", "0.001")}, "TransactionRejected", "TOO_MANY_DECIMALS", ["lines", "0", "amount"]),
        ({"occurredAt": "2026-11-22T12:10:01Z"}, "TransactionRejected", "IN_THE_FUTURE", ["occurredAt"]),
        ({"location": "no-such-shop"}, "TransactionRejected", "UNKNOWN_LOCATION", ["location"]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_a_bad_post_is_refused_by_type_and_field(
    platform: Platform, more: dict[str, Any], typename: str, code: str, path: list[str]
) -> None:
    await platform.enrol()
    await platform.partner_token("grocer")
    before = await written(platform)

    refused = await platform.post("10.00", **more)

    assert (refused["__typename"], refused["code"], refused["path"]) == (typename, code, path)
    assert refused["message"]
    assert await written(platform) == before


async def test_ten_minutes_ahead_are_taken_and_a_free_purchase_counts(platform: Platform) -> None:
    await platform.enrol()

    ahead = await platform.post("10.00", occurredAt="2026-11-22T12:10:00Z")
    free = await platform.post("0.00")

    assert ahead["__typename"] == free["__typename"] == "TransactionPosted"
    assert free["transaction"]["amount"]["amount"] == "0.00"


async def test_an_old_purchase_is_parked_and_waits_in_the_review_queue(platform: Platform) -> None:
    await platform.enrol()
    old = purchase(platform.clock.now, "10.00", occurredAt="2024-01-01T12:00:00Z")

    parked = (await platform.as_partner("grocer", POST, {"input": old}))["postTransaction"]
    again = (await platform.as_partner("grocer", POST, {"input": old}))["postTransaction"]
    query = "{ reviewQueue { edges { node { id reference reason occurredAt partner { name } } } pageInfo { hasNextPage } } }"
    queue = (await platform.as_operator(query))["reviewQueue"]["edges"]
    node = (
        await platform.as_operator(
            "query ($id: ID!) { node(id: $id) { id ... on ParkedPost { reference } } }", {"id": queue[0]["node"]["id"]}
        )
    )["node"]

    assert (parked["__typename"], parked["reference"], parked["replayed"]) == ("TransactionParked", old["reference"], False)
    assert again["replayed"] is True
    assert [edge["node"]["reference"] for edge in queue] == [old["reference"]]
    assert queue[0]["node"]["partner"] == {"name": "Grocer"}
    assert node["reference"] == old["reference"]


async def test_a_reference_posted_before_is_refused_with_the_first_transaction(platform: Platform) -> None:
    await platform.enrol()
    first = await platform.post("10.00", reference="receipt-1")
    before = await written(platform)

    second = await platform.post("10.00", reference="receipt-1")
    elsewhere = await platform.post("10.00", reference="receipt-1", location="7")

    assert (second["__typename"], second["code"]) == ("DuplicateReference", "DUPLICATE_REFERENCE")
    assert second["transaction"]["id"] == first["transaction"]["id"]
    assert elsewhere["__typename"] == "TransactionPosted"
    assert await written(platform) == before + 1 + 4  # the key of the refusal; key, reference, transaction and lot of the other shop


async def test_s4_a_key_gives_the_first_answer_again_and_conflicts_with_another_body(platform: Platform) -> None:
    await platform.enrol()
    body = purchase(platform.clock.now, "60.00")

    first = (await platform.as_partner("grocer", POST, {"input": body}))["postTransaction"]
    platform.clock.move(minutes=3)
    again = (await platform.as_partner("grocer", POST, {"input": body}))["postTransaction"]
    other = (await platform.as_partner("grocer", POST, {"input": {**body, "reference": "another"}}))["postTransaction"]

    assert again.pop("replayed") is True
    assert first.pop("replayed") is False
    assert again == first
    assert (other["__typename"], other["code"]) == ("IdempotencyConflict", "IDEMPOTENCY_CONFLICT")


async def test_a_batch_of_501_writes_nothing_and_500_are_answered_in_order(platform: Platform) -> None:
    await platform.enrol()
    await platform.partner_token("grocer")
    posts = [purchase(platform.clock.now, "1.00") for _ in range(501)]
    posts[7]["member"] = {"email": "nobody@example.test"}
    before = await written(platform)

    too_large = (await platform.as_partner("grocer", BATCH, {"input": {"transactions": posts}}))["postTransactions"]
    after_refusal = await written(platform)
    taken = (await platform.as_partner("grocer", BATCH, {"input": {"transactions": posts[:60]}}))["postTransactions"]

    assert (too_large["__typename"], too_large["code"]) == ("BatchTooLarge", "BATCH_TOO_LARGE")
    assert after_refusal == before
    assert taken["results"][7]["code"] == "MEMBER_NOT_FOUND"
    references = [result["transaction"]["reference"] for result in taken["results"] if result["__typename"] == "TransactionPosted"]
    assert references == [post["reference"] for number, post in enumerate(posts[:60]) if number != 7]


async def test_one_wrong_value_in_a_long_batch_is_named_by_its_path(platform: Platform) -> None:
    posts = [purchase(platform.clock.now, "1.00") for _ in range(60)]
    posts[41]["amount"] = {"amount": 1.1, "currency": "USD"}

    response = await platform.send(
        Audience.PARTNER, await platform.partner_token("grocer"), {"query": BATCH, "variables": {"input": {"transactions": posts}}}
    )

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_VARIABLES"
    assert ".transactions[41].amount.amount" in error["message"]


@pytest.mark.parametrize(
    "more",
    [{"idempotencyKey": "short"}, {"idempotencyKey": "k" * 256}, {"reference": "r" * 300}, {"reference": "a\x00b"}, {"reference": " "}],
)
async def test_texts_that_the_books_cannot_hold_are_refused(platform: Platform, more: dict[str, str]) -> None:
    await platform.enrol()
    body = {"query": POST, "variables": {"input": purchase(platform.clock.now, "1.00", **more)}}

    answer = (await platform.send(Audience.PARTNER, await platform.partner_token("grocer"), body)).json()

    refused = answer["data"]["postTransaction"]
    assert (refused["__typename"], refused["code"], refused["path"]) == ("TransactionRejected", "INVALID_VALUE", list(more))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"amount": {"amount": "9" * 40, "currency": "USD"}, "lines": None}, "The amount is larger than the books can hold."),
        ({"amount": {"amount": "1.001", "currency": "USD"}, "lines": None}, "The amount has too many decimals; at most 2."),
        ({"lines": lines("0.50") * 2}, "Two lines have the same id."),
        ({"lines": lines(*["0.00"] * 501)}, "Too many lines; at most 500."),
        ({"occurredAt": "2026-11-22T13:00:00Z"}, "The time lies more than ten minutes in the future."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refusal_says_what_is_wrong(platform: Platform, more: dict[str, Any], message: str) -> None:
    await platform.enrol()

    refused = await platform.post("1.00", **more)

    assert refused["message"] == message


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1899-12-31"])
async def test_no_date_comes_into_the_books_that_cannot_be_read_back(platform: Platform, day: str) -> None:
    """Beyond Python's calendar in the program's time zone a lot would shut its member out for ever."""
    await platform.enrol()
    given = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "unit": "points", "quantity": "5"}
    variables = {"input": {**given, "reason": "GOODWILL", "note": "n", "expiresOn": day}}
    document = "mutation ($input: AdjustAccountInput!) { adjustAccount(input: $input) { __typename } }"

    refused = await platform.send(
        Audience.OPERATOR, platform.token(Audience.OPERATOR, "olivia"), {"query": document, "variables": variables}
    )
    posted = await platform.post("1.00")

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["extensions"]["code"]) == (400, "BAD_VARIABLES")
    assert "Date must lie in the years 1900 to 8999." in error["message"]
    assert posted["__typename"] == "TransactionPosted"


async def test_a_variable_left_out_inside_a_lookup_is_the_clients_mistake(platform: Platform) -> None:
    document = "mutation ($number: String) { identify(input: { by: { memberNumber: $number } }) { __typename } }"

    answer = (await platform.send(Audience.PARTNER, await platform.partner_token("grocer"), {"query": document})).json()

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_VARIABLES"
    assert "$number" in error["message"]


async def test_a_made_up_cursor_is_refused(platform: Platform) -> None:
    key_of_old = b'["0001-01-01T00:00:00+14:00","00000000-0000-0000-0000-000000000000"]'
    document = "query ($after: String) { members(after: $after) { edges { cursor } } }"
    body = {"query": document, "variables": {"after": base64.urlsafe_b64encode(key_of_old).decode().rstrip("=")}}

    answer = (await platform.send(Audience.OPERATOR, platform.token(Audience.OPERATOR, "olivia"), body)).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_ARGUMENT"]


async def test_refusals_speak_the_callers_language(platform: Platform) -> None:
    body = {"input": purchase(platform.clock.now, "1.00", "nobody@example.test")}

    refused = (await platform.as_partner("grocer", POST, body, Accept_Language="de-AT"))["postTransaction"]

    assert refused["message"] == "Kein Mitglied gefunden."


async def test_a_program_file_with_a_typo_is_refused_by_line_and_column(platform: Platform) -> None:
    source = platform.services.programs.current(platform.program_id).source
    typo = source.replace("    rounding: floor", "    roundnig: floor", 1)
    line = next(number for number, text in enumerate(typo.splitlines(), 1) if "roundnig" in text)

    refused = (await platform.as_operator(APPLY, {"input": {"idempotencyKey": key(), "source": typo, "expectedVersion": 1}}))[
        "applyProgram"
    ]

    assert (refused["__typename"], refused["code"], refused["path"]) == ("ProgramInvalid", "INVALID_PROGRAM", ["source"])
    assert (refused["findings"][0]["line"], refused["findings"][0]["column"]) == (line, 5)
    assert "rounding" in (refused["findings"][0]["suggestion"] or refused["findings"][0]["message"])
    assert platform.services.programs.current(platform.program_id).version == 1


async def test_a_program_is_applied_once_by_a_key_and_never_over_somebody_elses_change(platform: Platform) -> None:
    source = platform.services.programs.current(platform.program_id).source.replace("Honeyguide Rewards", "Honeyguide Plus")
    given = {"idempotencyKey": key(), "source": source, "expectedVersion": 1}

    first = (await platform.as_operator(APPLY, {"input": given}))["applyProgram"]
    again = (await platform.as_operator(APPLY, {"input": given}))["applyProgram"]
    late = (await platform.as_operator(APPLY, {"input": {**given, "idempotencyKey": key(), "source": source + "\n# mine\n"}}))[
        "applyProgram"
    ]
    other = (await platform.as_operator(APPLY, {"input": {**given, "expectedVersion": 2}}))["applyProgram"]
    same = (await platform.as_operator(APPLY, {"input": {**given, "idempotencyKey": key()}}))["applyProgram"]

    assert first == {"__typename": "ProgramApplied", "replayed": False, "program": {"version": 2, "name": "Honeyguide Plus"}}
    assert again == {**first, "replayed": True}
    assert (late["__typename"], late["version"]) == ("ProgramChanged", 2)
    assert (same["__typename"], same["version"]) == ("ProgramChanged", 2)  # who edited an old version hears so, whatever it says
    assert other["__typename"] == "IdempotencyConflict"
