"""Attacks on the letter to a guardian, and the letter to the guardian of who joined at a till (R57)."""

import asyncio
from pathlib import Path

import pytest

from builders.platform import key
from builders.signing_in import SigningIn, open_program, signing_in
from honeyguide.database import Database
from honeyguide.testing.mail import code_in, link_in

AGE = "\nage: {minimum: 13, guardian_until: 16}\nconsents:\n  news: {text: {en: Send me news., de: Bitte Neuigkeiten schicken.}}\n"
ENROL = """
mutation ($input: EnrollMemberInput!) {
  enrollMember(input: $input) { __typename ... on MemberEnrolled { replayed handle } ... on UserError { code path } }
}
"""
KIM = {"email": "kim@example.test", "displayName": "Kim", "birthDate": "2012-01-01", "guardian": "parent@example.test"}


async def ask(door: SigningIn, email: str, guardian: str) -> str:
    """Who joins by an app, and what he is told."""
    await door.ask(email)
    async with asyncio.timeout(10):
        while not door.mail.to(email):  # guardians' letters may come between  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    form = {"email": email, "code": code_in(door.mail.to(email)[-1]), "birth_date": "2012-01-01", "guardian": guardian}
    return str((await door.token(**form)).json()["reason"])


async def enrol(door: SigningIn, **given: object) -> dict[str, object]:
    answer = await door.platform.as_partner("grocer", ENROL, {"input": {"idempotencyKey": key(), **KIM, **given}})
    return answer["enrollMember"]  # type: ignore[no-any-return]


def link_to(door: SigningIn, guardian: str) -> str:
    return link_in(door.mail.to(guardian)[-1]).removeprefix(door.platform.settings.url)


@pytest.mark.parametrize("own", ["kim+mum@example.test", "KIM+MUM@example.test", "kim@example.test"])
async def test_nobody_is_his_own_guardian_by_another_spelling_of_his_mailbox(
    database: Database, database_url: str, home: Path, own: str
) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        till = await enrol(door, guardian=own)

        assert await ask(door, "kim@example.test", own) == "INVALID_VALUE"
        assert (till["code"], till["path"]) == ("INVALID_VALUE", ["guardian"])
        assert await door.members() == 0


async def test_strangers_mailboxes_are_not_filled_by_naming_them_as_guardians(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        told = [await ask(door, f"eve{n}@example.test", f"victim+{n}@example.test") for n in range(7)]
        await door.mail.wait_for(12)

        to_victim = [letter for letter in door.mail.letters if "victim" in str(letter["To"])]
        assert told == ["GUARDIAN_ASKED"] * 7 and len(to_victim) == 5


async def test_who_was_erased_does_not_come_back_by_the_old_letter_of_a_guardian(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        await ask(door, "kim@example.test", "parent@example.test")
        await door.mail.wait_for(2)
        link = link_to(door, "parent@example.test")
        await door.http.post(link, data={"step": "agree"})
        pool = database.pool
        await pool.execute("DELETE FROM identifier WHERE kind = 'email'")
        await pool.execute("UPDATE member SET status = 'CLOSED'")

        again = await door.http.post(link, data={"step": "agree"})

        assert (again.status_code, await door.members()) == (200, 1)


async def test_the_guardian_of_who_joined_at_a_till_gets_a_letter_looks_and_agrees(
    database: Database, database_url: str, home: Path
) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        await enrol(door, consents=[{"purpose": "news", "given": True}])
        await door.mail.wait_for(1)
        link = link_to(door, "parent@example.test")
        kim = await door.member_of("kim@example.test")
        details = door.platform.services.vault

        async def waits() -> bool:
            row = await database.pool.fetchrow("SELECT birth_date, time_zone, quiet_hours, guardian FROM person")
            return details.opened(door.platform.program_id, kim, row).waits_for_guardian

        seen = await door.http.get(link)
        before = await waits()
        agreed, twice = await door.http.post(link, data={"step": "agree"}), await door.http.post(link, data={"step": "agree"})

        assert "Kim" in seen.text and "Send me news." in seen.text and "Nothing is stored" not in seen.text
        assert (before, await waits(), agreed.status_code, twice.status_code) == (True, False, 200, 200)
        rows = await database.pool.fetch("SELECT purpose, given, source FROM consent")
        assert [tuple(row) for row in rows] == [("news", True, "GUARDIAN")] and await door.members() == 1


async def test_a_till_that_names_another_guardian_for_a_member_writes_to_nobody(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        await enrol(door)
        other = await enrol(door, guardian="mallory@example.test")
        adult = await enrol(door, email="anna@example.test", birthDate="1990-01-01", guardian="mallory@example.test")
        await door.ask("anna@example.test")  # its letter comes behind all others
        await door.mail.wait_for(2)

        assert (other["__typename"], adult["__typename"]) == ("MemberEnrolled", "MemberEnrolled")
        assert door.mail.to("mallory@example.test") == [] and len(door.mail.to("parent@example.test")) == 1


async def test_a_guardians_link_ends_with_the_membership(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        await enrol(door)
        await door.mail.wait_for(1)
        link = link_to(door, "parent@example.test")
        await database.pool.execute("UPDATE member SET status = 'CLOSED'")

        assert (await door.http.post(link, data={"step": "agree"})).status_code == 404
