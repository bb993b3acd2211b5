"""Sealed notes: known again as ours, and forged, moved to another context or spelled otherwise by nobody."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.sealed import Keys, opened, purpose_key, seal

KEY = purpose_key(b"a secret of this installation", "test v1")
NOTE = b"a note of some bytes"
CONTEXT = b"this program"
SEALED = seal(KEY, NOTE, CONTEXT)


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=64))
def test_a_note_opens_as_what_was_sealed(note: bytes, context: bytes):
    assert opened(KEY, seal(KEY, note, context), len(note), context) == note


def test_what_was_given_out_opens_after_every_update():
    assert purpose_key(b"secret", "handle v1").hex() == "7a28f33153bcbfebff75cddbee54adc33c5b48474de8cc1ba0579782ab169624"
    assert seal(bytes(32), b"note", b"context") == "bm90ZXoDfXwZkpJnU8rL2SSTBq4"


@pytest.mark.parametrize("place", range(len(NOTE) + 16))
def test_every_changed_byte_of_note_or_seal_is_noticed(place: int):
    raw = bytearray(urlsafe_b64decode(SEALED + "=" * (-len(SEALED) % 4)))
    raw[place] ^= 1

    assert opened(KEY, urlsafe_b64encode(raw).rstrip(b"=").decode(), len(NOTE), CONTEXT) is None


@given(st.binary(max_size=32))
def test_a_note_is_nothing_in_another_context(other: bytes):
    assert other == CONTEXT or opened(KEY, SEALED, len(NOTE), other) is None


def test_bytes_that_move_from_the_context_into_the_note_open_nothing():
    raw = urlsafe_b64decode(SEALED + "=" * (-len(SEALED) % 4))

    moved = urlsafe_b64encode(CONTEXT[-3:] + raw).rstrip(b"=").decode()

    assert opened(KEY, moved, len(NOTE), CONTEXT[:-3]) is None
    with pytest.raises(ValueError, match="several sizes"):
        opened(KEY, moved, range(1, 100), CONTEXT[:-3])


def test_a_key_for_another_purpose_or_of_another_installation_opens_nothing():
    assert opened(purpose_key(b"a secret of this installation", "test v2"), SEALED, len(NOTE), CONTEXT) is None
    assert opened(purpose_key(b"another secret", "test v1"), SEALED, len(NOTE), CONTEXT) is None


@pytest.mark.parametrize("size", [len(NOTE) - 1, len(NOTE) + 1, range(1, len(NOTE)), range(len(NOTE) + 1, 99)])
def test_a_note_of_another_size_opens_nothing(size: int | range):
    assert opened(KEY, seal(KEY, NOTE), size) is None


@pytest.mark.parametrize(
    "sealed", [SEALED[:-1], SEALED + "A", SEALED + "=", SEALED + "\n", " " + SEALED[1:], "é" * len(SEALED), "", "=" * len(SEALED)]
)
def test_text_that_was_cut_stretched_or_spelled_otherwise_opens_nothing(sealed: str):
    assert opened(KEY, sealed, len(NOTE), CONTEXT) is None


def test_another_spelling_of_the_same_bytes_opens_nothing():
    note = b"12"  # 18 bytes with the seal fill their letters; one more leaves bits to play with
    sealed = seal(KEY, note + b"3")
    twins = [sealed[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    same_bytes = [twin for twin in twins if urlsafe_b64decode(twin + "==") == urlsafe_b64decode(sealed + "==")]

    assert len(same_bytes) > 1
    assert [twin for twin in same_bytes if opened(KEY, twin, 3) is not None] == [sealed]
    plain = next(text for n in range(999) if {"-", "_"} & set(text := seal(KEY, n.to_bytes(2, "big"))))
    assert opened(KEY, plain.replace("-", "+").replace("_", "/"), 2) is None


@given(st.text(max_size=80))
def test_whatever_is_no_sealed_note_opens_nothing(text: str):
    assert opened(KEY, text, range(1, 60)) is None


def test_what_was_sealed_under_a_former_secret_still_opens_and_the_newest_seals() -> None:
    old, both = purpose_key(b"the old secret", "test v1"), purpose_key(Keys(b"the new secret", (b"the old secret",)), "test v1")

    handed_out = seal(old, NOTE, CONTEXT)

    assert opened(both, handed_out, len(NOTE), CONTEXT) == NOTE
    assert seal(both, NOTE, CONTEXT) == seal(purpose_key(b"the new secret", "test v1"), NOTE, CONTEXT)
    assert opened(old, seal(both, NOTE, CONTEXT), len(NOTE), CONTEXT) is None
    assert "secret" not in repr(both) and old.hex() not in repr(both)


def test_a_server_that_only_knows_of_the_next_secret_opens_what_a_restarted_one_seals() -> None:
    """The first of two rounds of restarts (docs/security.md): nobody notices the rotation."""
    not_yet = purpose_key(Keys(b"the old secret", (b"the new secret",)), "test v1")
    already = purpose_key(Keys(b"the new secret", (b"the old secret",)), "test v1")

    assert opened(not_yet, seal(already, NOTE, CONTEXT), len(NOTE), CONTEXT) == NOTE
    assert opened(already, seal(not_yet, NOTE, CONTEXT), len(NOTE), CONTEXT) == NOTE
