"""A rotating code proves once that the member is there: attacks on it, and what an honest till may repeat."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from builders.proof import CIPHER, code_of, freeze, scanned
from builders.shop import Shop
from honeyguide.database import Database
from honeyguide.encryption import Cipher, Undecipherable
from honeyguide.members import cards
from honeyguide.members.card import MOST_RENEWALS, CardShown, card_now, renew_card
from honeyguide.members.handle import HANDLE_LIFE
from honeyguide.members.lookup import LookupKind, MemberLookup, find_member
from honeyguide.members.proof import Proof
from honeyguide.members.rotating_code import CardCode
from honeyguide.till.outcomes import Refusal


async def renewed(shop: Shop, member_id) -> CardShown | Refusal:
    return await renew_card(shop.database, CIPHER, shop.applied.program_id, member_id, shop.clock())


async def test_r51_a_code_is_used_up_by_whoever_comes_first_and_a_retry_there_finds_the_same(shop: Shop):
    member = await shop.member()
    code = await code_of(shop, member)

    first = await scanned(shop, code, location="main")
    shop.clock.move(seconds=20)
    again = await scanned(shop, code, location="main")
    elsewhere = [await scanned(shop, code), await scanned(shop, code, "fuel", "main"), await scanned(shop, code, "fuel")]

    assert first is not None and first.member_id == member
    assert again == first
    assert elsewhere == [None, None, None]


async def test_a_retry_of_a_code_ends_with_its_handle(shop: Shop):
    code, at = await code_of(shop, await shop.member()), shop.clock()
    await scanned(shop, code)

    shop.clock.move(minutes=14)
    late = await scanned(shop, code, scanned_at=at)
    shop.clock.move(minutes=1)
    too_late = await scanned(shop, code, scanned_at=at)

    assert late is not None and too_late is None
    assert timedelta(minutes=15) == HANDLE_LIFE


async def test_two_servers_that_get_one_code_at_the_same_moment_give_it_to_exactly_one_till(shop: Shop, database_url: str):
    code = await code_of(shop, await shop.member())
    second = await Database.open(database_url, pool_size=8)

    places = [(partner, location) for partner in ("grocer", "fuel") for location in (None, "main")] * 3
    answers = await asyncio.gather(
        *(
            scanned(replace(shop, database=database), code, partner, location)
            for number, (partner, location) in enumerate(places)
            for database in [second if number % 2 else shop.database]
        )
    )
    await second.close()

    winners = {place for place, answer in zip(places, answers, strict=True) if answer is not None}
    assert len(winners) == 1
    assert len({answer for answer in answers if answer is not None}) == 1


async def test_a_stale_code_a_code_of_the_future_and_one_whose_scan_is_lied_about_prove_nothing(shop: Shop):
    member = await shop.member()
    code, at = await code_of(shop, member), shop.clock()
    shop.clock.move(minutes=2)
    new = await code_of(shop, member)

    assert await scanned(shop, code) is None  # stale
    assert await scanned(shop, code, scanned_at=shop.clock() + timedelta(hours=1)) is None
    assert await scanned(shop, new, scanned_at=at) is None  # it was not shown then
    assert await scanned(shop, code, scanned_at=at) is not None  # a till that was out of reach for two minutes
    shop.clock.move(minutes=14)
    assert await scanned(shop, new, scanned_at=at) is None
    assert await scanned(shop, new, "fuel", scanned_at=at + timedelta(minutes=2)) is not None


async def test_the_code_of_a_renewed_card_and_the_code_of_one_card_on_another_prove_nothing(shop: Shop):
    anna, bert = await shop.member(), await shop.member()
    old, other = await code_of(shop, anna), await code_of(shop, bert)

    assert isinstance(await renewed(shop, anna), CardShown)
    new = await code_of(shop, anna)

    assert new.card_id != old.card_id
    assert await scanned(shop, old) is None
    assert await scanned(shop, CardCode(new.card_id, other.code)) is None
    assert await scanned(shop, CardCode("A" * 16, new.code)) is None
    presented = await scanned(shop, new)
    assert presented is not None and presented.member_id == anna


async def test_a_new_card_may_show_a_code_in_the_same_half_minute_in_which_the_old_one_was_used(shop: Shop):
    member = await shop.member()
    await scanned(shop, await code_of(shop, member))

    await renewed(shop, member)

    assert await scanned(shop, await code_of(shop, member)) is not None


async def test_cards_are_renewed_a_few_times_a_day_and_not_by_who_is_frozen_or_nobody(shop: Shop):
    member, frozen = await shop.member(), await shop.member()
    await code_of(shop, member)
    await freeze(shop, frozen)

    answers = [await renewed(shop, member) for _ in range(MOST_RENEWALS + 1)]
    shop.clock.move(days=1, seconds=1)
    tomorrow = await renewed(shop, member)

    assert [isinstance(answer, CardShown) for answer in answers] == [True] * MOST_RENEWALS + [False]
    assert isinstance(tomorrow, CardShown)
    assert await renewed(shop, frozen) == Refusal("MEMBER_FROZEN")
    assert await renewed(shop, shop.applied.program_id) == Refusal("ACCOUNT_CLOSED")


async def test_two_phones_that_ask_for_a_first_card_at_once_show_the_same(shop: Shop):
    member = await shop.member()

    codes = await asyncio.gather(*(code_of(shop, member) for _ in range(8)))

    assert len(set(codes)) == 1


async def test_a_card_names_nobody_and_its_key_lies_sealed_for_its_row(shop: Shop):
    member = await shop.member()
    other = await shop.member()
    code = await code_of(shop, member)
    await code_of(shop, other)
    pool = shop.database.pool
    number = await pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", member)

    assert number not in f"{code.card_id}{code.code}"
    await pool.execute(
        "UPDATE card_key SET sealed_key = (SELECT sealed_key FROM card_key WHERE member_id = $2) WHERE member_id = $1", member, other
    )
    with pytest.raises(Undecipherable):
        await code_of(shop, member)


async def test_a_key_under_a_former_secret_is_sealed_anew_when_the_card_is_shown(shop: Shop):
    member, program_id = await shop.member(), shop.applied.program_id
    before = Cipher.of([b"the secret of yesterday"], b"members")
    both = Cipher.of([b"the secret of today", b"the secret of yesterday"], b"members")
    shown = await card_now(shop.database, before, program_id, member, shop.clock())

    rotated = await card_now(shop.database, both, program_id, member, shop.clock())

    assert rotated == shown
    today = Cipher.of([b"the secret of today"], b"members")
    assert await card_now(shop.database, today, program_id, member, shop.clock()) == shown


async def test_an_offline_tills_code_says_whose_purchase_it_was_for_one_receipt_and_proves_nothing(shop: Shop):
    member, pool = await shop.member(), shop.database.pool
    code, at = await code_of(shop, member), shop.clock()
    policy = replace(shop.desk().policy, cipher=CIPHER)
    text = f"HG1-{code.card_id}-{code.code}"
    shop.clock.move(hours=3)
    await renewed(shop, member)  # the phone was lost meanwhile; the purchase was before

    async def named(moment=None, value=text, kind=LookupKind.BARCODE, receipt="r-1"):
        return await find_member(pool, policy, MemberLookup(kind, value, as_of=moment, receipt=receipt), shop.clock())

    offline = await named(at + timedelta(minutes=3))  # an offline clock goes wrong
    assert offline is not None and (offline.member_id, offline.proof) == (member, Proof.NUMBER)
    assert await named(at + timedelta(minutes=30)) is None
    assert await named() is None  # online it is exchanged for a handle first
    assert await named(at, f"HG1-{code.card_id}-00000000") is None
    assert await named(at) == offline  # the same receipt, posted again
    assert await named(at, receipt="r-2") is None
    assert await pool.fetchval("SELECT count(*) FROM used_code") == 1


async def test_used_codes_and_ended_cards_are_forgotten_in_rounds_by_age(shop: Shop):
    member = await shop.member()
    await scanned(shop, await code_of(shop, member))
    await renewed(shop, member)
    shop.clock.move(hours=2)
    await scanned(shop, await code_of(shop, member))

    asked = shop.database.pool, shop.applied.program_id, shop.clock() - timedelta(hours=1)
    of_another = shop.database.pool, uuid4(), shop.clock()

    assert (await cards.forget_used_codes(*of_another), await cards.forget_ended_cards(*of_another)) == (0, 0)
    assert (await cards.forget_used_codes(*asked), await cards.forget_ended_cards(*asked)) == (1, 1)
    pool = shop.database.pool
    assert await pool.fetchval("SELECT count(*) FROM used_code") == 1
    assert await pool.fetchval("SELECT count(*) FROM card_key") == 1


async def test_brute_force_of_a_code_meets_nothing_that_differs(shop: Shop):
    code = await code_of(shop, await shop.member())
    guesses = [CardCode(code.card_id, f"{number:08}") for number in range(200) if f"{number:08}" != code.code]

    answers = [await scanned(shop, guess) for guess in guesses]

    assert answers == [None] * len(guesses)
    assert await scanned(shop, code) is not None
