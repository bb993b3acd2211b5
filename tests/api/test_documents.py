"""What is kept of documents: the trusted ones for ever, others from their second appearance on, within bounds."""

from typing import Any

import pytest

from honeyguide.api.documents import Documents, Mode
from honeyguide.api.schemas import schema_for
from honeyguide.api.trusted.load import trusted_documents
from honeyguide.api.trusted.naming import document_id
from honeyguide.caller import Audience

SCHEMA = schema_for(Audience.MEMBER)
TRUSTED = trusted_documents(Audience.MEMBER)
DASHBOARD = next(text for text in TRUSTED if text.startswith("query Dashboard"))


def text(number: int) -> str:
    return f"query Q{number} {{ me {{ id }} }}"


def codes(document: Any) -> list[str]:
    return [error.extensions["code"] for error in document.errors]


def test_d1_a_document_is_kept_from_its_second_appearance_on() -> None:
    documents = Documents(SCHEMA)

    first, second, third = (documents.read(text(1)) for _ in range(3))

    assert first is not second
    assert second is third and second.operation("Q1") is not None


def test_d1_texts_that_never_come_again_push_nothing_out() -> None:
    documents = Documents(SCHEMA, most=2)
    kept = [documents.read(text(0)), documents.read(text(0))][1]

    for number in range(1, 30):
        documents.read(text(number))

    assert documents.read(text(0)) is kept


def test_d1_what_is_kept_is_bounded_in_number_and_in_characters_and_the_oldest_goes() -> None:
    few, short = Documents(SCHEMA, most=2), Documents(SCHEMA, room=2 * len(text(1)) + 5)
    long = Documents(SCHEMA, longest=len(text(1)) - 1)
    for documents in (few, short):
        kept = [[documents.read(text(number)) for _ in range(2)][1] for number in range(1, 4)]

        assert [documents.read(text(number)) is kept[number - 1] for number in (2, 3)] == [True, True]
        assert documents.read(text(1)) is not kept[0]
    assert long.read(text(1)) is not long.read(text(1))


def test_h7_a_document_whose_fields_must_all_be_compared_is_refused_before_it_takes_a_second() -> None:
    """graphql-core's own budget lets this one take one."""
    documents = Documents(SCHEMA)

    repeated = documents.read("{ me { " + "accounts { unit { code } } " * 240 + "} }")

    assert codes(repeated) == ["VALIDATION_FAILED"]
    assert "repeats too many fields" in repeated.errors[0].message


def test_d1_errors_are_kept_like_documents() -> None:
    documents = Documents(SCHEMA)

    answers = [documents.read("{ nobody }") for _ in range(3)]

    assert codes(answers[0]) == ["VALIDATION_FAILED"] and answers[1] is answers[2]


def test_d1_trusted_documents_are_never_pushed_out_and_known_by_text_and_id() -> None:
    documents = Documents(SCHEMA, TRUSTED, most=1, room=100)
    for number in range(5):
        documents.read(text(number)), documents.read(text(number))

    by_text = documents.find({"query": DASHBOARD})
    by_id = documents.find({"documentId": f"sha256:{document_id(DASHBOARD)}"})

    assert by_text is by_id is TRUSTED[DASHBOARD]


OFF, STRANGE, MISMATCH = ["PERSISTED_DOCUMENTS_OFF"], ["PERSISTED_DOCUMENT_NOT_FOUND"], ["DOCUMENT_ID_MISMATCH"]
NOT_TRUSTED = ["TRUSTED_DOCUMENT_REQUIRED"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("off", {"trusted": [], "other": [], "id": OFF, "stranger": OFF, "both": OFF, "wrong": OFF}),
        ("preferred", {"trusted": [], "other": [], "id": [], "stranger": STRANGE, "both": [], "wrong": MISMATCH}),
        ("required", {"trusted": [], "other": NOT_TRUSTED, "id": [], "stranger": STRANGE, "both": NOT_TRUSTED, "wrong": MISMATCH}),
    ],
)
def test_d1_what_each_mode_takes(mode: Mode, expected: dict[str, list[str]]) -> None:
    documents = Documents(SCHEMA, TRUSTED, mode)
    other, hash_ = text(1), {"version": 1, "sha256Hash": document_id(text(1))}

    found = {
        "trusted": documents.find({"query": DASHBOARD}),
        "other": documents.find({"query": other}),
        "id": documents.find({"documentId": f"sha256:{document_id(DASHBOARD)}"}),
        "stranger": documents.find({"extensions": {"persistedQuery": hash_}}),
        "both": documents.find({"query": other, "extensions": {"persistedQuery": hash_}}),
        "wrong": documents.find({"query": text(2), "extensions": {"persistedQuery": hash_}}),
    }

    assert {name: codes(document) for name, document in found.items()} == expected
    # We are no store for strangers: what came with its hash is not known by it afterwards.
    assert codes(documents.find({"extensions": {"persistedQuery": hash_}})) == expected["stranger"]


def test_d1_what_is_malformed_is_told_on_every_transport() -> None:
    assert codes(Documents(SCHEMA).find({"documentId": 5})) == ["BAD_REQUEST"]
