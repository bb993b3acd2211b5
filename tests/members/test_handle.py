"""Handles: sealed for one partner, one location, fifteen minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.members.handle import HANDLE_LIFE, HandlePlace, handle_key, open_handle, seal_handle
from honeyguide.members.proof import Proof

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = handle_key(b"a secret of this installation")
PLACE = HandlePlace(UUID(int=1), UUID(int=2), "store-7")
MEMBER = uuid4()


@pytest.mark.parametrize("proof", list(Proof))
def test_a_handle_opens_where_it_was_sealed_and_carries_its_proof(proof: Proof) -> None:
    handle = seal_handle(KEY, PLACE, MEMBER, proof, NOW)

    opened = open_handle(KEY, PLACE, handle, NOW + timedelta(minutes=14, seconds=59))

    assert opened is not None
    assert (opened.member_id, opened.proof, opened.expires_at) == (MEMBER, proof, NOW + HANDLE_LIFE)


def test_a_handle_ends_after_fifteen_minutes() -> None:
    handle = seal_handle(KEY, PLACE, MEMBER, Proof.NUMBER, NOW)

    assert open_handle(KEY, PLACE, handle, NOW + HANDLE_LIFE) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(PLACE, program_id=UUID(int=9)),
        replace(PLACE, partner_id=UUID(int=9)),
        replace(PLACE, location="store-8"),
        replace(PLACE, location=None),
        replace(PLACE, location=""),
    ],
)
def test_a_handle_is_nothing_to_another_program_partner_or_location(other: HandlePlace) -> None:
    handle = seal_handle(KEY, PLACE, MEMBER, Proof.NUMBER, NOW)

    assert open_handle(KEY, other, handle, NOW) is None


def test_no_location_and_an_empty_one_are_two_places() -> None:
    handle = seal_handle(KEY, replace(PLACE, location=None), MEMBER, Proof.NUMBER, NOW)

    assert open_handle(KEY, replace(PLACE, location=""), handle, NOW) is None


@given(st.integers(0, 55), st.characters(codec="utf-8"))
def test_no_letter_of_a_handle_can_be_changed(place: int, letter: str) -> None:
    handle = seal_handle(KEY, PLACE, MEMBER, Proof.NUMBER, NOW)

    tampered = handle[:place] + letter + handle[place + 1 :]

    assert tampered == handle or open_handle(KEY, PLACE, tampered, NOW) is None


@given(st.text(max_size=80))
def test_whatever_is_no_handle_opens_nothing(text: str) -> None:
    assert open_handle(KEY, PLACE, text, NOW) is None


def test_a_handle_of_another_installation_opens_nothing() -> None:
    handle = seal_handle(handle_key(b"another secret"), PLACE, MEMBER, Proof.APPROVED, NOW)

    assert open_handle(KEY, PLACE, handle, NOW) is None
