"""Member numbers: random, checkable, one spelling."""

from hypothesis import given
from hypothesis import strategies as st

from honeyguide.members.member_number import ENTROPY_BYTES, LENGTH, member_number, normal_member_number

entropy = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


@given(entropy)
def test_a_number_has_thirteen_digits_and_names_itself(raw: bytes) -> None:
    number = member_number(raw)

    assert len(number) == LENGTH
    assert normal_member_number(number) == number


@given(entropy, st.integers(0, LENGTH - 1), st.integers(1, 9))
def test_one_wrong_digit_is_found(raw: bytes, place: int, off: int) -> None:
    number = member_number(raw)

    wrong = number[:place] + str((int(number[place]) + off) % 10) + number[place + 1 :]

    assert normal_member_number(wrong) is None


@given(entropy, st.integers(0, LENGTH - 2))
def test_two_swapped_neighbours_are_found(raw: bytes, place: int) -> None:
    number = member_number(raw)

    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert swapped == number or normal_member_number(swapped) is None


def test_blanks_and_dashes_do_not_matter_and_other_scripts_are_no_digits() -> None:
    number = member_number(bytes(ENTROPY_BYTES))

    assert normal_member_number(f" {number[:4]} {number[4:8]}-{number[8:]}\n") == number
    assert normal_member_number("\N{ARABIC-INDIC DIGIT ONE}" * LENGTH) is None
    assert normal_member_number(number[:-1]) is None


def test_too_little_randomness_is_a_bug() -> None:
    try:
        member_number(b"few")
    except ValueError:
        return
    raise AssertionError("a number was made of three bytes")
