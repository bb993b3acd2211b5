"""Who a provider's person is here: known, linked once, new, or nobody."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from builders.programs import source
from honeyguide.caller import Caller
from honeyguide.identity.providers import store
from honeyguide.identity.providers.erased import ErasedSignIns
from honeyguide.identity.refusal import Refusal
from honeyguide.ledger.books import broken_rows
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied

EMAIL = {"email": "anna@example.test", "email_verified": True}


async def a_member(entry: Any, email: str = "anna@example.test") -> UUID:
    """Somebody who is a member by another way."""
    await entry.trust(provider_id="seed", client_audiences=("seed",), options={"enrols": True})
    found = await entry.sign_in(sub=f"seed-{email}", aud="seed", email=email, email_verified=True)
    assert isinstance(found, Caller)
    return found.member_id


@pytest.fixture
async def anna(entry: Any, superuser_url: str) -> UUID:
    """A member known by her e-mail address, who never signed in at a provider."""
    member = await a_member(entry)
    connection = await asyncpg.connect(superuser_url)
    await connection.execute("DELETE FROM sign_in_identity")
    await connection.close()
    return member


async def test_who_is_unknown_is_nobody_where_the_provider_neither_links_nor_enrols(entry: Any, anna: UUID) -> None:
    await entry.trust()

    assert await entry.sign_in(**EMAIL) is Refusal.NO_MEMBER
    assert await entry.database.pool.fetchval("SELECT count(*) FROM sign_in_identity") == 0


async def test_a_new_person_becomes_a_member_with_name_language_and_verified_address(entry: Any) -> None:
    await entry.trust(options={"enrols": True})

    found = await entry.sign_in(**{**EMAIL, "email": "Anna@Example.Test"}, name="Anna S.", locale="de_DE")

    row = await entry.database.pool.fetchrow(
        "SELECT locale, status, display_name, email FROM member JOIN person USING (program_id, member_id) WHERE member_id = $1",
        found.member_id,
    )
    assert tuple(row) == ("de-DE", "ACTIVE", "Anna S.", "anna@example.test")
    assert await entry.database.pool.fetchval("SELECT kind FROM transaction WHERE member_id = $1", found.member_id) == "ENROLMENT"
    assert await broken_rows(entry.database.pool) == []


@pytest.mark.parametrize("name", ["Anna \u202eS.", "a\nb", "", 7, ["Anna"], "x" * 500])
async def test_what_is_no_name_is_left_out(entry: Any, name: Any) -> None:
    await entry.trust(options={"enrols": True})

    found = await entry.sign_in(name=name, locale="x" * 99)

    assert await entry.database.pool.fetchval("SELECT display_name FROM person WHERE member_id = $1", found.member_id) is None


@pytest.mark.parametrize(
    ("said", "is_let_in"),
    [
        (None, False),
        ("1990", False),
        ("0000-05-05", False),
        ("1990-13-41", False),
        ("2020-01-01", False),
        (19900101, False),
        ("1990-01-31", True),
    ],
)
async def test_an_age_gate_holds_for_who_signs_in_at_a_provider_too(entry: Any, said: Any, is_let_in: bool) -> None:
    text = source(more="age: {minimum: 16}\n").replace("code: club", "code: first", 1)
    async with entry.database.transaction() as connection:
        applied = await apply_program(connection, source=text, applied_by="test", now=entry.now)
        assert isinstance(applied, Applied), applied
    await entry.members.programs.refresh()
    await entry.trust(options={"enrols": True})

    found = await entry.sign_in(birthdate=said)

    assert isinstance(found, Caller) is is_let_in
    assert is_let_in or found is Refusal.NO_MEMBER


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_unverified_address_names_nobody(entry: Any, anna: UUID, verified: Any) -> None:
    await entry.trust(options={"enrols": True, "links_by": "verified_email"})

    found = await entry.sign_in(email="anna@example.test", email_verified=verified)

    assert isinstance(found, Caller) and found.member_id != anna
    assert await entry.database.pool.fetchval("SELECT email FROM person WHERE member_id = $1", found.member_id) is None


async def test_a_verified_address_links_once_where_the_provider_may(entry: Any, anna: UUID) -> None:
    await entry.trust(options={"links_by": "verified_email"})

    assert (await entry.sign_in(**EMAIL)).member_id == anna
    # Without the address, or with another one, the subject goes on meaning her.
    assert (await entry.sign_in()).member_id == anna
    assert (await entry.sign_in(email="other@example.test", email_verified=True)).member_id == anna


async def test_an_address_that_moved_to_somebody_else_does_not_open_the_account(entry: Any, anna: UUID) -> None:
    await entry.trust(options={"links_by": "verified_email"})
    assert (await entry.sign_in(**EMAIL)).member_id == anna

    assert await entry.sign_in(sub="newcomer", **EMAIL) is Refusal.NO_MEMBER

    await entry.trust(options={"links_by": "verified_email", "enrols": True})
    newcomer = await entry.sign_in(sub="newcomer", **EMAIL)
    assert isinstance(newcomer, Caller) and newcomer.member_id != anna
    assert await entry.database.pool.fetchval("SELECT email FROM person WHERE member_id = $1", newcomer.member_id) is None


async def test_an_address_does_not_link_where_the_provider_may_not(entry: Any, anna: UUID) -> None:
    await entry.trust(options={"enrols": True})

    found = await entry.sign_in(**EMAIL)

    assert isinstance(found, Caller) and found.member_id != anna


async def test_a_frozen_member_reads_on_but_is_not_linked_and_gets_no_second_membership(entry: Any, anna: UUID) -> None:
    await entry.trust(options={"enrols": True, "links_by": "verified_email"})
    bert = await entry.sign_in(sub="bert")
    await entry.database.pool.execute("UPDATE member SET status = 'FROZEN'")

    assert await entry.sign_in(sub="bert", jti="2") == bert
    assert await entry.sign_in(**EMAIL) is Refusal.NO_MEMBER


@pytest.mark.parametrize("status", ["CLOSED", "ERASED"])
async def test_who_left_is_not_let_in_nor_enrolled_again_by_an_app_that_goes_on_asking(entry: Any, status: str) -> None:
    await entry.trust(options={"enrols": True})
    found = await entry.sign_in()
    if status == "ERASED":
        async with entry.database.transaction() as connection:
            assert await entry.members.erased.forget(connection, entry.programs[0], [found.member_id]) == {"sign_ins": 1}
            assert await entry.members.erased.forget(connection, entry.programs[0], [found.member_id]) == {"sign_ins": 0}
        assert "anna" not in await entry.database.pool.fetchval("SELECT subject FROM sign_in_identity")
    await entry.database.pool.execute("UPDATE member SET status = $1", status)

    assert await entry.sign_in(jti="2") is Refusal.NO_MEMBER
    assert await entry.database.pool.fetchval("SELECT count(*) FROM member") == 1


async def test_an_erased_person_is_known_again_after_the_secret_key_was_rotated(entry: Any) -> None:
    before, after = ErasedSignIns.of(b"old" * 20), ErasedSignIns.of(b"new" * 20, b"old" * 20)

    assert before.names("https://idp.example", "anna")[0] in after.names("https://idp.example", "anna")
    assert before.names("https://idp.example", "anna")[0] not in after.names("https://idp.example", "bert")


async def test_a_merged_member_goes_on_as_the_other(entry: Any) -> None:
    await entry.trust(options={"enrols": True})
    anna, bert = await entry.sign_in(), await entry.sign_in(sub="bert")
    await entry.database.pool.execute(
        "UPDATE member SET status = 'MERGED', merged_into = $2 WHERE member_id = $1", anna.member_id, bert.member_id
    )

    assert await entry.sign_in(jti="2") == bert


async def test_whoever_was_merged_is_looked_up_again_within_a_minute(entry: Any) -> None:
    await entry.trust(options={"enrols": True})
    token = entry.idp.token(**entry.claims())
    bert, anna = await entry.sign_in(sub="bert"), await entry.ask(token)  # the first one's keys were new: it is not kept
    await entry.database.pool.execute(
        "UPDATE member SET status = 'MERGED', merged_into = $2 WHERE member_id = $1", anna.member_id, bert.member_id
    )
    assert await entry.ask(token) == anna

    entry.now += timedelta(seconds=66)

    assert await entry.ask(token) == bert


async def test_a_crowd_of_first_requests_makes_one_member(entry: Any) -> None:
    await entry.trust(options={"enrols": True, "links_by": "verified_email"})

    found = await asyncio.gather(*(entry.sign_in(jti=str(n), **EMAIL) for n in range(12)))

    assert len({caller.subject for caller in found}) == 1
    assert await entry.database.pool.fetchval("SELECT count(*) FROM member") == 1
    assert await entry.database.pool.fetchval("SELECT count(*) FROM identifier WHERE kind = 'email'") == 1


async def test_two_people_who_claim_one_member_at_once_share_nothing(entry: Any, anna: UUID) -> None:
    await entry.trust(options={"links_by": "verified_email"})

    found = await asyncio.gather(*(entry.sign_in(sub=f"sub-{n}", **EMAIL) for n in range(8)))

    assert sum(isinstance(one, Caller) for one in found) == 1
    (kept,) = await store.sign_ins_of(entry.database.pool, entry.programs[0], [anna])
    assert kept.issuer == entry.idp.issuer
