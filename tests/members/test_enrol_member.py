"""Enrolment on a real PostgreSQL: one person is one member, and the answer does not tell who was one before."""

import asyncio
import time
from dataclasses import fields, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.members.answer_grid import ANSWER_GRID_SECONDS
from honeyguide.members.enrol_member import EnrolMember, EnrolmentRejected, MemberEnrolled, enrol_member
from honeyguide.members.enrolment_terms import EnrolmentTerms
from honeyguide.members.handle import handle_key
from honeyguide.members.lookup import LookupKind, LookupPolicy, MemberLookup, find_member
from honeyguide.members.proof import Proof
from honeyguide.members.store import members_by_id
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.outcomes import KeyConflict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROGRAM = UUID(int=1)
GROCER = Caller(Audience.PARTNER, PROGRAM, str(UUID(int=2)), frozenset({"enrol"}))
TERMS = EnrolmentTerms(
    program_version=1,
    default_locale="en",
    base_tier="bronze",
    handle_key=handle_key(b"secret"),
    claims=ClaimHasher.of(b"secret"),
    phone_region="DE",
)
POLICY = LookupPolicy(PROGRAM, GROCER.partner_id, TERMS.handle_key, "DE")
COUNTS = """SELECT (SELECT count(*) FROM member) AS member, (SELECT count(*) FROM standing) AS standing,
    (SELECT count(*) FROM transaction WHERE kind = 'ENROLMENT') AS transaction, (SELECT count(*) FROM claim) AS claim"""


def wish(email: str | None = "anna@example.test", phone: str | None = None, key: str | None = None) -> EnrolMember:
    return EnrolMember(key or f"key-{uuid4()}", email, phone)


async def enrolled(database: Database, request: EnrolMember, caller: Caller = GROCER) -> MemberEnrolled:
    outcome = await enrol_member(database, caller, request, TERMS, NOW)
    assert isinstance(outcome, MemberEnrolled), outcome
    return outcome


async def test_a_person_becomes_a_member_with_a_number_and_opened_books(database: Database) -> None:
    outcome = await enrolled(database, replace(wish("Anna@Example.TEST", "030 901820"), locale="de-AT", location="store-7"))

    profile = (await members_by_id(database.pool, PROGRAM, [outcome.member_id]))[outcome.member_id]
    assert (profile.email, profile.phone, profile.locale, profile.enrolled_at) == ("anna@example.test", "+4930901820", "de-AT", NOW)
    assert dict(await database.pool.fetchrow(COUNTS)) == {"member": 1, "standing": 1, "transaction": 1, "claim": 1}
    found = await find_member(database.pool, POLICY, MemberLookup(LookupKind.HANDLE, outcome.handle, "store-7"), NOW)
    assert found is not None
    assert (found.member_number, found.proof) == (profile.member_number, Proof.NUMBER)


async def test_the_same_key_gives_the_same_member_and_says_that_it_is_a_replay(database: Database) -> None:
    request = wish()

    first, again = await enrolled(database, request), await enrolled(database, request)

    assert (first.replayed, again.replayed) == (False, True)
    assert first.member_id == again.member_id
    assert dict(await database.pool.fetchrow(COUNTS)) == {"member": 1, "standing": 1, "transaction": 1, "claim": 1}


async def test_a_key_used_for_another_person_is_a_conflict_and_writes_nothing(database: Database) -> None:
    await enrolled(database, wish("anna@example.test", key="key-0001"))

    outcome = await enrol_member(database, GROCER, wish("bert@example.test", key="key-0001"), TERMS, NOW)

    assert outcome == KeyConflict()
    assert await database.pool.fetchval("SELECT count(*) FROM identifier WHERE value = 'bert@example.test'") == 0
    assert dict(await database.pool.fetchrow(COUNTS)) == {"member": 1, "standing": 1, "transaction": 1, "claim": 1}


async def test_who_is_a_member_already_gets_the_same_answer_and_stays_unchanged(database: Database) -> None:
    first = await enrolled(database, wish("anna@example.test"))

    again = await enrolled(database, wish("ANNA@example.test", "+4930901820"), Caller(Audience.PARTNER, PROGRAM, str(UUID(int=3))))

    assert again.member_id == first.member_id
    assert [getattr(again, f.name) for f in fields(again) if f.name in ("replayed", "expires_at")] == [first.expires_at, first.replayed]
    assert len(again.handle) == len(first.handle)
    # The phone is not attached: who knows an address must not get a way in.
    assert await database.pool.fetchval("SELECT count(*) FROM identifier WHERE kind = 'phone'") == 0
    assert (await members_by_id(database.pool, PROGRAM, [first.member_id]))[first.member_id].phone is None


async def test_known_and_unknown_are_answered_on_the_same_grid_of_time(database: Database) -> None:
    await enrolled(database, wish("anna@example.test"))
    taken: dict[str, list[float]] = {"known": [], "unknown": []}

    for n in range(5):
        for who, email in (("known", "anna@example.test"), ("unknown", f"new-{n}@example.test")):
            started = time.perf_counter()
            await enrolled(database, wish(email))
            taken[who].append(time.perf_counter() - started)

    assert min(taken["known"] + taken["unknown"]) >= ANSWER_GRID_SECONDS * 0.9


async def test_an_email_and_a_phone_of_two_members_mean_the_emails_member(database: Database) -> None:
    anna = await enrolled(database, wish("anna@example.test"))
    bert = await enrolled(database, wish(None, "+4930901820"))

    outcome = await enrolled(database, wish("anna@example.test", "+4930901820"))

    assert outcome.member_id == anna.member_id != bert.member_id
    assert await database.pool.fetchval("SELECT member_id FROM identifier WHERE kind = 'phone'") == bert.member_id


async def test_a_known_phone_with_a_new_email_means_the_phones_member(database: Database) -> None:
    bert = await enrolled(database, wish(None, "+4930901820"))

    outcome = await enrolled(database, wish("new@example.test", "+4930901820"))

    assert outcome.member_id == bert.member_id
    assert await database.pool.fetchval("SELECT count(*) FROM identifier WHERE kind = 'email'") == 0


async def test_enrolments_of_one_person_at_once_make_one_member(database: Database) -> None:
    spellings = ["anna@example.test", "Anna@Example.test"] * 12

    outcomes = await asyncio.gather(
        *(enrolled(database, wish(email, "+4930901820" if n % 3 else None)) for n, email in enumerate(spellings))
    )

    assert len({outcome.member_id for outcome in outcomes}) == 1
    assert dict(await database.pool.fetchrow(COUNTS)) == {"member": 1, "standing": 1, "transaction": 1, "claim": len(spellings)}


async def test_one_key_at_once_enrols_once(database: Database) -> None:
    request = wish("anna@example.test", key="key-0001")

    outcomes = await asyncio.gather(*(enrolled(database, request) for _ in range(24)))

    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * 23
    assert len({outcome.member_id for outcome in outcomes}) == 1


async def test_crossed_emails_and_phones_at_once_end_without_a_deadlock(database: Database) -> None:
    crossed = [wish(f"p{n % 3}@example.test", f"+4930901{820 + (n * 2 + 1) % 3}") for n in range(24)]

    outcomes = await asyncio.gather(*(enrolled(database, request) for request in crossed))

    assert len({outcome.member_id for outcome in outcomes}) == await database.pool.fetchval("SELECT count(*) FROM member") <= 3
    dangling = "SELECT count(*) FROM identifier LEFT JOIN member USING (program_id, member_id) WHERE member.member_id IS NULL"
    assert await database.pool.fetchval(dangling) == 0


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (EnrolMember("key-0001"), EnrolmentRejected("MEMBER_REQUIRED", ("email",))),
        (EnrolMember("key-0001", "no address"), EnrolmentRejected("INVALID_IDENTIFIER", ("email",))),
        (EnrolMember("key-0001", "anna@example.test", "911 call me"), EnrolmentRejected("INVALID_IDENTIFIER", ("phone",))),
        (EnrolMember("key-0001", "anna@example.test", locale="klingon"), EnrolmentRejected("INVALID_LOCALE", ("locale",))),
        (EnrolMember("key-0001", "anna@example.test", locale="de-AT@euro"), EnrolmentRejected("INVALID_LOCALE", ("locale",))),
    ],
)
async def test_bad_input_is_refused_with_its_field_and_writes_nothing(
    database: Database, request_: EnrolMember, refusal: EnrolmentRejected
) -> None:
    outcome = await enrol_member(database, GROCER, request_, TERMS, NOW)

    assert outcome == refusal
    assert dict(await database.pool.fetchrow(COUNTS)) == {"member": 0, "standing": 0, "transaction": 0, "claim": 0}
