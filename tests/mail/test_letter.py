"""A letter is what it says and nothing else."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from uuid import UUID

import pytest

from honeyguide.mail.letter import AddressUnfit, Letter, message_of, recipient, sender_of
from honeyguide.testing.mail import faults_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SENDER = sender_of("Loyalty <loyalty@shop.test>")


def letter(to: str = "anna@example.test", subject: str = "Hello", text: str = "Hello Anna\n", html: str = "<p>Hello</p>") -> Letter:
    return Letter(to, subject, text, html, NOW + timedelta(minutes=10))


def test_a_letter_goes_to_one_person_with_text_and_html() -> None:
    message = message_of(letter(), SENDER, NOW, UUID(int=1))

    raw = message.as_bytes()
    read = message_from_bytes(raw, policy=policy.SMTP)
    assert faults_of(raw, read, ["anna@example.test"]) == []
    assert (str(read["From"]), str(read["Auto-Submitted"])) == ("Loyalty <loyalty@shop.test>", "auto-generated")


@pytest.mark.parametrize(
    "to",
    [
        "anna@example.test\r\nBcc: eve@example.test",
        "anna@example.test\nX: y",
        "anna@example.test, eve@example.test",
        "anna@example.test;eve@example.test",
        "<anna@example.test>",
        "anna@example.test\u2028Bcc:x",
        "anna @example.test",
        '"a b"@example.test',
        "a@b@example.test",
        "@example.test",
        "anna@",
        "a" * 250 + "@example.test",
        "",
    ],
)
def test_an_address_that_could_be_two_or_a_header_is_refused(to: str) -> None:
    with pytest.raises(AddressUnfit):
        recipient(to)


def test_a_subject_cannot_begin_another_header() -> None:
    evil = "Your code\r\nBcc: eve@example.test\r\n\r\nbody\u202e\u2028"

    raw = message_of(letter(subject=evil), SENDER, NOW, UUID(int=1)).as_bytes()

    read = message_from_bytes(raw, policy=policy.SMTP)
    assert read["Bcc"] is None and faults_of(raw, read, ["anna@example.test"]) == []
    assert str(read["Subject"]) == "Your code Bcc: eve@example.test body"


def test_a_mailbox_of_another_script_is_written_as_it_is() -> None:
    raw = message_of(letter(to="анна@пример.test"), SENDER, NOW, UUID(int=1)).as_bytes()

    assert "анна@пример.test".encode() in raw


def test_long_and_strange_texts_are_folded() -> None:
    raw = message_of(
        letter(subject="ü" * 500, text="x" * 5_000 + "\n", html="<p>" + "ö" * 5_000 + "</p>"), SENDER, NOW, UUID(int=1)
    ).as_bytes()

    assert max(map(len, raw.split(b"\r\n"))) <= 998
