"""Lookups on a real PostgreSQL: many at once, each answered in its place, none telling why it found nobody."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from honeyguide.database import Database
from honeyguide.members.handle import HandlePlace, handle_key, seal_handle
from honeyguide.members.identifiers import IdentifierKind
from honeyguide.members.lookup import MOST_LOOKUPS, LookupKind, LookupPolicy, MemberLookup, find_member, find_members
from honeyguide.members.member_number import ENTROPY_BYTES, member_number
from honeyguide.members.proof import Proof
from honeyguide.members.search import MemberPage, search_members
from honeyguide.members.store import Identifier, NewMember, insert_identifiers, insert_member

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROGRAM, OTHER_PROGRAM, GROCER, FUEL = (UUID(int=n) for n in range(1, 5))
KEY = handle_key(b"secret")
POLICY = LookupPolicy(PROGRAM, GROCER, KEY, "DE")


async def member(database: Database, n: int, program: UUID = PROGRAM, **names: str) -> tuple[UUID, str]:
    """Member n: id n, number from n, enrolled n seconds after NOW; two a second where `n` is even."""
    member_id, number = UUID(int=1000 + n), member_number(n.to_bytes(ENTROPY_BYTES, "big"))
    identifiers = [Identifier(IdentifierKind.NUMBER, number), *(Identifier(IdentifierKind(kind), value) for kind, value in names.items())]
    async with database.transaction() as connection:
        await insert_identifiers(connection, program, member_id, identifiers)
        enrolled_at = NOW + timedelta(seconds=n // 2)
        profile = NewMember(program, member_id, number, "en", enrolled_at, None, email=names.get("email"), phone=names.get("phone"))
        await insert_member(connection, profile)
    return member_id, number


async def test_each_lookup_is_answered_in_its_place(database: Database) -> None:
    anna, number = await member(database, 1, email="anna@example.test", barcode="HG-barcode")
    bert, _ = await member(database, 2, phone="+4930901820")
    handle = seal_handle(KEY, HandlePlace(PROGRAM, GROCER, None), bert, Proof.PRESENT, NOW)

    found = await find_members(
        database.pool,
        POLICY,
        [
            MemberLookup(LookupKind.PHONE, "030 901820"),
            MemberLookup(LookupKind.EMAIL, "nobody@example.test"),
            MemberLookup(LookupKind.EMAIL, "ANNA@example.test"),
            MemberLookup(LookupKind.HANDLE, handle),
            MemberLookup(LookupKind.NUMBER, "not a number"),
            MemberLookup(LookupKind.NUMBER, number),
            MemberLookup(LookupKind.BARCODE, "HG-barcode"),
            MemberLookup(LookupKind.EMAIL, "anna@example.test"),
        ],
        NOW,
    )

    assert [one.member_id if one else None for one in found] == [bert, None, anna, bert, None, anna, anna, anna]
    assert [one.proof for one in found if one] == [Proof.NUMBER, Proof.NUMBER, Proof.PRESENT, Proof.NUMBER, Proof.NUMBER, Proof.NUMBER]


async def test_five_hundred_lookups_are_one_statement_and_more_are_a_bug(database: Database) -> None:
    anna, number = await member(database, 1)
    lookups = [MemberLookup(LookupKind.NUMBER, number)] * MOST_LOOKUPS

    found = await find_members(database.pool, POLICY, lookups, NOW)

    assert [one and one.member_id for one in found] == [anna] * MOST_LOOKUPS
    with pytest.raises(ValueError, match="501"):
        await find_members(database.pool, POLICY, [*lookups, lookups[0]], NOW)


async def test_a_handle_serves_nobody_else_nowhere_else_and_not_for_ever(database: Database) -> None:
    anna, _ = await member(database, 1)
    await member(database, 1, program=OTHER_PROGRAM)
    handle = seal_handle(KEY, HandlePlace(PROGRAM, GROCER, "store-7"), anna, Proof.NUMBER, NOW)
    here = MemberLookup(LookupKind.HANDLE, handle, "store-7")
    tampered = MemberLookup(LookupKind.HANDLE, handle[:20] + ("A" if handle[20] != "A" else "B") + handle[21:], "store-7")

    assert await find_member(database.pool, POLICY, here, NOW) is not None
    for policy, lookup, now in [
        (LookupPolicy(PROGRAM, FUEL, KEY), here, NOW),
        (LookupPolicy(OTHER_PROGRAM, GROCER, KEY), here, NOW),
        (LookupPolicy(PROGRAM, None, KEY), here, NOW),
        (POLICY, MemberLookup(LookupKind.HANDLE, handle, "store-8"), NOW),
        (POLICY, here, NOW + timedelta(minutes=15)),
        (POLICY, tampered, NOW),
    ]:
        assert await find_member(database.pool, policy, lookup, now) is None


async def test_members_of_another_program_and_closed_members_are_nobody(database: Database) -> None:
    _, number = await member(database, 1, program=OTHER_PROGRAM)
    _, closed = await member(database, 2)
    await database.pool.execute("UPDATE member SET status = 'CLOSED' WHERE member_number = $1", closed)

    assert await find_member(database.pool, POLICY, MemberLookup(LookupKind.NUMBER, number), NOW) is None
    assert await find_member(database.pool, POLICY, MemberLookup(LookupKind.NUMBER, closed), NOW) is None


async def test_pages_in_both_directions_are_the_whole_list_in_one_order(database: Database) -> None:
    everybody = [(await member(database, n))[0] for n in range(11)]

    forward = await _walk(database, from_end=False)
    backward = await _walk(database, from_end=True)

    assert forward == everybody
    assert backward == everybody


async def test_operators_search_by_number_its_beginning_email_and_phone(database: Database) -> None:
    anna, number = await member(database, 1, email="anna@example.test")
    bert, _ = await member(database, 2, phone="+4930901820")
    other, _ = await member(database, 10**11, email="carl@example.test")

    async def search(text: str) -> list[UUID]:
        page = await search_members(database.pool, PROGRAM, text, limit=10, phone_region="DE")
        return [one.member_id for one in page.members]

    assert await search(number) == [anna]
    assert await search(number[:6]) == [anna, bert]
    assert await search(" Anna@example.test") == [anna]
    assert await search("030 901820") == [bert]
    assert await search("+49 30 901820") == [bert]
    assert await search("000") == []
    assert await search("%") == []
    assert await search("") == [anna, bert, other]


async def _walk(database: Database, *, from_end: bool) -> list[UUID]:
    members: list[UUID] = []
    page: MemberPage | None = None
    while page is None or page.more:
        edge = page.members[0 if from_end else -1].key if page else None
        page = await search_members(
            database.pool, PROGRAM, None, limit=3, after=None if from_end else edge, before=edge if from_end else None, from_end=from_end
        )
        ids = [one.member_id for one in page.members]
        members = ids + members if from_end else members + ids
    return members
