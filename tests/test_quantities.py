"""Amounts become integers in minor units exactly, or are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.quantities import Rate, Rounding, TooLarge, TooManyDecimals, from_minor, to_minor


@given(st.integers(-(2**62), 2**62), st.integers(0, 6))
def test_minor_units_and_decimals_are_each_others_inverse(minor: int, decimals: int):
    assert to_minor(from_minor(minor, decimals), decimals) == minor


@pytest.mark.parametrize("amount", ["1.001", "0.0000001", "NaN", "Infinity", "1." + "0" * 70 + "1", "1E-30"])
def test_what_is_finer_than_a_cent_is_refused(amount: str):
    with pytest.raises(TooManyDecimals):
        to_minor(Decimal(amount), 2)


@pytest.mark.parametrize("amount", ["1E+1000000", "92233720368547758.08", "-1E+18"])
def test_what_does_not_fit_into_the_books_is_refused(amount: str):
    with pytest.raises(TooLarge):
        to_minor(Decimal(amount), 2)


def test_zeros_behind_the_cents_are_no_decimals():
    assert to_minor(Decimal("1.500"), 2) == 150


def test_a_rate_rounds_once_in_the_direction_that_is_named():
    assert [Rate("1.5").of(3, rounding) for rounding in Rounding] == [4, 5, 5, 4]


def test_a_rate_is_never_a_float():
    with pytest.raises(TypeError):
        Rate(1.5)  # type: ignore[arg-type]
