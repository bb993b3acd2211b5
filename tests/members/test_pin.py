"""A PIN: hard to guess, tried a few times, locked for a time that grows and ends by itself, and nobody is told more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

import pytest

from builders.proof import CIPHER, freeze
from builders.same_time import assert_same_time
from builders.shop import Shop
from honeyguide.identity.credentials import SecretHasher
from honeyguide.members.pin import is_right_pin, is_trivial, pin_state, remove_pin, set_pin
from honeyguide.till.outcomes import Refusal

PIN = "8203"


@pytest.fixture(scope="module")
def hasher() -> Iterator[SecretHasher]:
    hasher = SecretHasher()
    yield hasher
    hasher.close()


async def a_member_with_pin(shop: Shop, hasher: SecretHasher) -> UUID:
    member = await shop.member()
    assert await set_pin(shop.database, CIPHER, hasher, shop.applied.program_id, member, PIN, shop.clock()) is None
    return member


async def right(shop: Shop, hasher: SecretHasher, member: UUID | None, pin: str = PIN) -> bool:
    return await is_right_pin(shop.database.pool, CIPHER, hasher, shop.applied.program_id, member, pin, shop.clock())


@pytest.mark.parametrize(
    "pin", ["0000", "1111", "1234", "4321", "9876", "7890", "1212", "121212", "1984", "2025", "2580", "12345678", "987654"]
)
def test_what_a_stranger_tries_first_is_trivial(pin: str):
    assert is_trivial(pin)


@pytest.mark.parametrize("pin", ["8203", "5927", "60718", "12346"])
def test_other_pins_are_not(pin: str):
    assert not is_trivial(pin)


async def test_a_pin_is_four_to_eight_digits_hard_to_guess_and_not_of_who_is_frozen(shop: Shop, hasher: SecretHasher):
    member, frozen = await shop.member(), await shop.member()
    await freeze(shop, frozen)

    async def refused(pin: str, of: UUID = member) -> Refusal | None:
        return await set_pin(shop.database, CIPHER, hasher, shop.applied.program_id, of, pin, shop.clock())

    for bad in ("", "123", "820382038", "8२०3", "82 03", "1111"):
        assert await refused(bad) == Refusal("INVALID_VALUE", {"path": ["pin"]})
    assert await refused(PIN, frozen) == Refusal("MEMBER_FROZEN")
    assert await refused(PIN, uuid4()) == Refusal("ACCOUNT_CLOSED")
    assert await refused(PIN) is None
    row = await shop.database.pool.fetchrow("SELECT * FROM pin")
    assert PIN.encode() not in bytes(row["sealed_hash"]) and b"argon2" not in bytes(row["sealed_hash"])


async def test_the_third_wrong_try_locks_for_a_minute_and_each_further_one_for_twice_as_long_and_it_ends_by_itself(shop: Shop, hasher):
    member = await a_member_with_pin(shop, hasher)

    async def locked() -> float | None:
        state = await pin_state(shop.database.pool, shop.applied.program_id, member)
        assert state is not None
        return None if state.locked_until is None else (state.locked_until - shop.clock()).total_seconds() / 60

    told = []
    for _ in range(6):
        assert not await right(shop, hasher, member, "7777")
        told.append(await locked())
        assert not (told[-1] and await right(shop, hasher, member))  # the right one neither, while it is locked
        shop.clock.move(minutes=told[-1] or 0)
    assert told == [None, None, 1, 2, 4, 8]

    assert await right(shop, hasher, member)
    assert await locked() is None
    assert not await right(shop, hasher, member, "7777")
    assert await locked() is None


async def test_many_wrong_tries_at_once_are_no_more_than_one_after_the_other(shop: Shop, hasher: SecretHasher):
    member = await a_member_with_pin(shop, hasher)

    guesses = [f"77{number:02}" for number in range(20)]
    answers = await asyncio.gather(*(right(shop, hasher, member, guess) for guess in (*guesses, PIN)))

    state = await pin_state(shop.database.pool, shop.applied.program_id, member)
    assert state is not None and state.wrong <= 3
    assert sum(answers) <= 1


async def test_nobody_no_pin_a_wrong_pin_and_a_locked_one_take_the_same_time(shop: Shop, hasher: SecretHasher):
    with_pin, without = await a_member_with_pin(shop, hasher), await shop.member()
    await right(shop, hasher, None)  # warm

    async def wrong(member: UUID | None, pin: str) -> None:
        assert not await right(shop, hasher, member, pin)

    asked = {"nobody": (None, "7777"), "no pin": (without, "7777"), "wrong": (with_pin, "7777"), "no digits": (with_pin, "x" * 5000)}
    await assert_same_time({name: partial(wrong, *given) for name, given in asked.items()}, within=0.025)


async def test_who_sets_another_pin_or_removes_it_is_unlocked_and_the_old_one_is_gone(shop: Shop, hasher: SecretHasher):
    member, program_id = await a_member_with_pin(shop, hasher), shop.applied.program_id
    for _ in range(4):
        await right(shop, hasher, member, "7777")

    await set_pin(shop.database, CIPHER, hasher, program_id, member, "5927", shop.clock())

    assert not await right(shop, hasher, member)
    assert await right(shop, hasher, member, "5927")
    assert (await remove_pin(shop.database.pool, program_id, member), await remove_pin(shop.database.pool, program_id, member)) == (
        True,
        False,
    )
    assert not await right(shop, hasher, member, "5927")
