"""Sealed columns: bound to their row, opened under every key that is still known."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from honeyguide.encryption import OVERHEAD, Cipher, Undecipherable, column_key, row_context

OLD, NEW = b"an older secret of this installation", b"the newest secret of this installation"
ANNA = row_context(b"card_key", UUID(int=1), UUID(int=2))
BEN = row_context(b"card_key", UUID(int=1), UUID(int=3))


def cipher(*secrets: bytes, purpose: bytes = b"card") -> Cipher:
    return Cipher.of(secrets or (NEW,), purpose)


@given(plain=some.binary(max_size=300), context=some.binary(max_size=80))
def test_what_was_sealed_opens_again(plain: bytes, context: bytes) -> None:
    sealed = cipher().seal(plain, context)

    assert cipher().open(sealed, context) == plain
    assert len(sealed) == len(plain) + OVERHEAD


def test_a_value_copied_into_another_members_row_does_not_open() -> None:
    sealed = cipher().seal(b"the key of Anna's card", ANNA)

    with pytest.raises(Undecipherable):
        cipher().open(sealed, BEN)


def test_a_value_does_not_open_in_another_column_or_for_another_purpose() -> None:
    sealed = cipher().seal(b"secret", ANNA)

    with pytest.raises(Undecipherable):
        cipher().open(sealed, row_context(b"pin", UUID(int=1), UUID(int=2)))
    with pytest.raises(Undecipherable):
        cipher(purpose=b"person").open(sealed, ANNA)


def test_each_changed_byte_is_noticed() -> None:
    sealed = cipher().seal(b"secret", ANNA)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Undecipherable):
            cipher().open(bytes(changed), ANNA)


@pytest.mark.parametrize("cut", [0, 1, 5, 17, 32])
def test_a_cut_value_is_refused(cut: int) -> None:
    with pytest.raises(Undecipherable):
        cipher().open(cipher().seal(b"", ANNA)[:cut], ANNA)


def test_after_a_rotation_old_values_open_and_are_named_as_old() -> None:
    old, both = cipher(OLD), cipher(NEW, OLD)
    sealed = old.seal(b"secret", ANNA)

    assert both.open(sealed, ANNA) == b"secret"
    assert both.needs_rotation(sealed)
    again = both.seal(b"secret", ANNA)
    assert not both.needs_rotation(again)
    assert cipher(NEW).open(again, ANNA) == b"secret"


def test_a_key_that_is_gone_is_said_without_the_value() -> None:
    sealed = cipher(OLD).seal(b"secret", ANNA)

    with pytest.raises(Undecipherable, match="not known") as refused:
        cipher(NEW).open(sealed, ANNA)

    assert "secret" not in str(refused.value)


def test_equal_values_look_different_each_time() -> None:
    assert cipher().seal(b"secret", ANNA) != cipher().seal(b"secret", ANNA)


def test_no_two_contexts_write_the_same_bytes() -> None:
    assert row_context(b"a", UUID(bytes=b"b" * 16)) != row_context(b"a" + b"b" * 16)


def test_a_key_of_the_wrong_length_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Cipher((b"short",))


def test_keys_of_two_purposes_differ_and_neither_is_the_secret() -> None:
    assert len({column_key(NEW, b"card"), column_key(NEW, b"person"), column_key(OLD, b"card"), NEW}) == 4


def test_a_cipher_does_not_show_its_keys() -> None:
    assert column_key(NEW, b"card").hex() not in repr(cipher())
