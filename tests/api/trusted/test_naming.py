"""How a request names its document."""

from typing import Any

import pytest

from honeyguide.api.trusted.naming import Naming, document_id, read_naming

TEXT = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
ID = "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"  # the example of the draft's appendix A


def apollo(**changed: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": ID, **changed}}


def test_d1_the_id_is_that_of_the_drafts_example() -> None:
    assert document_id(TEXT) == ID


@pytest.mark.parametrize(
    ("parameters", "naming"),
    [
        ({"query": TEXT}, Naming(TEXT)),
        ({"query": TEXT, "documentId": None, "extensions": None}, Naming(TEXT)),
        ({"query": TEXT, "extensions": {"other": 1}}, Naming(TEXT)),
        ({"documentId": f"sha256:{ID}"}, Naming(None, frozenset({ID}))),
        ({"extensions": apollo()}, Naming(None, frozenset({ID}))),
        ({"extensions": apollo(sha256Hash=ID.upper())}, Naming(None, frozenset({ID}))),
        ({"query": TEXT, "extensions": apollo()}, Naming(TEXT, frozenset({ID}))),
        ({"query": "", "documentId": f"sha256:{ID}", "extensions": apollo()}, Naming(None, frozenset({ID}))),
        ({"documentId": "42"}, Naming(None, frozenset({"not sha256: 42"}))),
    ],
)
def test_d1_both_forms_of_ids_are_read(parameters: dict[str, Any], naming: Naming) -> None:
    assert read_naming(parameters) == naming


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": " \n"},
        {"query": 5},
        {"query": None},
        {"documentId": 5},
        {"documentId": ""},
        {"documentId": "x" * 201},
        {"extensions": {"persistedQuery": None}},
        {"extensions": apollo(version=2)},
        {"extensions": apollo(sha256Hash="short")},
        {"extensions": apollo(sha256Hash=[])},
        {"query": TEXT, "extensions": {"persistedQuery": "yes"}},
    ],
)
def test_d1_what_names_nothing_is_refused_with_a_sentence(parameters: dict[str, Any]) -> None:
    assert isinstance(read_naming(parameters), str)
