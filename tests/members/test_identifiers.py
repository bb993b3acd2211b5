"""Identifiers: what people type in many ways is looked up in one."""

import pytest

from honeyguide.members.identifiers import LONGEST_IDENTIFIER, IdentifierKind, normal_email, normal_identifier, normal_phone
from honeyguide.members.masking import masked_name


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Household-7@Example.TEST", "household-7@example.test"),
        ("  anna@example.com ", "anna@example.com"),
        ("Ju\u0308rgen@example.com", "j\u00fcrgen@example.com"),
        ("x@M\u00dcNCHEN.de", "x@m\u00fcnchen.de"),
    ],
)
def test_an_email_has_one_spelling(typed: str, stored: str) -> None:
    assert normal_email(typed) == stored
    assert normal_email(stored) == stored


@pytest.mark.parametrize(
    "typed", ["", "anna", "a b@example.com", "anna@localhost", "anna@[127.0.0.1]", "a\u202enna@example.com", "a@b@c.de"]
)
def test_what_is_no_email_names_nobody(typed: str) -> None:
    assert normal_email(typed) is None


def test_a_phone_number_is_stored_as_e164_and_read_locally_where_the_region_is_known() -> None:
    assert normal_phone("+49 30 901820", None) == "+4930901820"
    assert normal_phone("030 / 901820", "DE") == "+4930901820"
    assert normal_phone("030 / 901820", None) is None
    assert normal_phone("+49", "DE") is None
    assert normal_phone("call me", "DE") is None


def test_text_that_no_database_takes_or_no_library_should_read_names_nobody() -> None:
    for kind in IdentifierKind:
        assert normal_identifier(kind, "9" * (LONGEST_IDENTIFIER + 1), "DE") is None
        assert normal_identifier(kind, "a\x00b@example.com", "DE") is None


def test_a_masked_name_shows_two_letters_and_no_length() -> None:
    assert masked_name("Anna Maria Schmidt") == "A••• S•••"
    assert masked_name("anna") == "A•••"
    assert masked_name("  ") is None
    assert masked_name(None) is None
