"""The sentences of refusals: both languages have the same, and the field that is to blame chooses the exact one."""

import pytest

from builders.platform import Platform, key
from honeyguide.api.types.errors import ErrorCode
from honeyguide.api.words import english, german
from honeyguide.api.words.messages import message


def said(code: str, *path: str, language: str = "en", **facts: object) -> str:
    return message(ErrorCode(code), language, path, **facts)


def test_english_and_german_have_the_same_sentences() -> None:
    assert set(english.SENTENCES) == set(german.SENTENCES)
    assert {code.value for code in ErrorCode} <= set(english.SENTENCES)


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        ("NOT_FOUND", ("transaction",), "There is no such transaction of this partner."),
        ("NOT_FOUND", ("tenders", "1", "holdId"), "There is no such reservation."),
        ("INVALID_VALUE", ("overlapHours",), "The old credential lives on for 0 to 720 hours."),
        ("NOT_FOUND", ("credential",), "The partner has no such credential."),
        ("NOT_FOUND", ("member",), "Nobody of this id belongs to the household."),
        ("NOT_FOUND", ("what", "lines", "0", "lineId"), "The purchase has no such line."),
        ("ALREADY_EXISTS", ("lines", "3", "lineId"), "Two lines have the same id."),
        ("ALREADY_EXISTS", ("household",), "This member belongs to a household already, which has to be left first."),
        ("NOT_ALLOWED", ("member",), "Only who founded the household may do this, and to other members; to go oneself is to leave."),
        ("ABOVE_WHAT_IS_LEFT", ("what", "amount", "amount"), "More than is left of the purchase or the line after what came back before."),
        ("ABOVE_WHAT_IS_LEFT", ("what", "lines", "0", "quantity"), "More than is left of this line after what came back before."),
        ("ABOVE_WHAT_IS_LEFT", ("what", "quantity"), "More than is left of the redemption after what was given back before."),
        ("ALREADY_CLAIMED", ("token",), "This purchase was claimed or returned already; it can be claimed once."),
    ],
)
def test_a_refusal_names_the_thing_by_its_path(code: str, path: tuple[str, ...], text: str) -> None:
    assert said(code, *path) == text


def test_a_return_of_too_many_lines_tells_how_many_may_come() -> None:
    assert said("LIMIT_EXCEEDED", "what", "lines", limit="500") == "Too many lines; at most 500."


def test_a_third_language_reads_english() -> None:
    assert said("NOT_FOUND", language="fr") == said("NOT_FOUND")
    assert said("NOT_FOUND", language="de-AT") == "Nicht gefunden."


async def test_a_member_who_wishes_no_language_is_refused_in_his_own(platform: Platform) -> None:
    anna = await platform.enrol(locale="de")
    document = "mutation ($input: ClaimTransactionInput!) { claimTransaction(input: $input) { ... on UserError { message } } }"
    given = {"input": {"idempotencyKey": key(), "token": "none"}}

    own = await platform.as_member(anna, document, given)
    wished = await platform.as_member(anna, document, given, Accept_Language="en")

    assert own["claimTransaction"]["message"] == "Der Code gilt nicht (mehr)."
    assert wished["claimTransaction"]["message"] == "The code is not valid (any more)."
