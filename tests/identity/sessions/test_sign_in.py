"""Members sign in by a code; whoever guesses, replays, floods or asks who is a member, gets nowhere and learns nothing."""

import asyncio
import logging
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter

import pytest

from builders.platform import GALLERY
from builders.same_time import assert_same_time
from builders.signing_in import SigningIn, open_program, signing_in
from honeyguide.database import Database
from honeyguide.identity.sessions.code import MOST_AN_HOUR, MOST_TRIES
from honeyguide.identity.sessions.limits import CODES_AT_ONCE
from honeyguide.testing.mail import code_in, text_of


async def test_a_member_signs_in_by_the_code_that_was_sent_to_the_address(door: SigningIn) -> None:
    await door.platform.enrol("anna@example.test")

    answer = await door.sign_in("Anna@Example.test")

    assert (answer["token_type"], answer["expires_in"], answer["joined"]) == ("Bearer", 600, False)
    me = (await door.me(answer["access_token"])).json()
    assert me["data"]["me"]["memberNumber"]
    assert door.mail.faults == []


async def test_who_is_unknown_joins_by_the_code_where_the_program_lets_people_join(door: SigningIn) -> None:
    answer = await door.sign_in("new@example.test", display_name="Nova", locale="de")

    assert answer["joined"] is True
    assert (await door.me(answer["access_token"])).json()["data"]["me"]["displayName"] == "Nova"


async def test_who_is_unknown_gets_no_letter_where_the_program_takes_nobody(database: Database, database_url: str, home: Path) -> None:
    closed = open_program().replace("by_email: true", "by_email: false")
    async with signing_in(database, database_url, home, closed) as door:
        await door.platform.enrol("anna@example.test")

        unknown, known = await door.ask("nobody@example.test"), await door.ask("anna@example.test")
        await door.mail.wait_for(1)

    assert (unknown.status_code, unknown.content) == (known.status_code, known.content) == (202, b'{"sent":true}')
    assert [str(letter["To"]) for letter in door.mail.letters] == ["anna@example.test"]


async def test_letters_are_in_the_language_that_was_asked_for_and_name_the_program(door: SigningIn) -> None:
    await door.code("anna@example.test", locale="de-AT")

    assert "Ihr Code für" in str(door.mail.letters[-1]["Subject"]) and "Niemand" not in text_of(door.mail.letters[-1]).split()[0]


async def test_a_code_counts_once(door: SigningIn) -> None:
    code = await door.code("anna@example.test")
    first = await door.token(email="anna@example.test", code=code)

    replayed = await door.token(email="anna@example.test", code=code)

    assert (first.status_code, replayed.status_code, replayed.json()["error"]) == (200, 400, "invalid_grant")


async def test_of_two_who_use_a_code_at_once_one_gets_in(door: SigningIn) -> None:
    code = await door.code("anna@example.test")

    answers = await asyncio.gather(*(door.token(email="anna@example.test", code=code) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400] and await door.members() == 1


async def test_a_code_of_another_address_is_no_code(door: SigningIn) -> None:
    code = await door.code("eve@example.test")
    await door.code("anna@example.test")

    answer = await door.token(email="anna@example.test", code=code)

    assert answer.json()["error"] == "invalid_grant" and await door.members() == 0


async def test_after_five_tries_the_code_is_dead_and_the_next_one_works(door: SigningIn) -> None:
    code = await door.code("anna@example.test")
    wrong = [f"{(int(code) + 1 + step) % 10**8:08}" for step in range(MOST_TRIES)]
    for guess in wrong:
        assert (await door.token(email="anna@example.test", code=guess)).status_code == 400

    dead = await door.token(email="anna@example.test", code=code)
    alive = await door.token(email="anna@example.test", code=await door.code("anna@example.test"))

    assert (dead.status_code, alive.status_code) == (400, 200)


async def test_who_has_the_code_and_lacks_something_else_does_not_use_the_tries_up(door: SigningIn) -> None:
    code = await door.code("anna@example.test")

    lacking = [await door.token(email="anna@example.test", code=code, locale="no language") for _ in range(MOST_TRIES + 1)]
    joined = await door.token(email="anna@example.test", code=code)

    assert {answer.json()["path"] for answer in lacking} == {"locale"} and joined.status_code == 200


async def test_a_mailbox_gets_five_letters_an_hour_and_that_ends_by_itself(door: SigningIn) -> None:
    for _ in range(MOST_AN_HOUR):
        await door.code("anna@example.test")
    last = code_in(door.mail.letters[-1])

    more = [await door.ask("anna@example.test") for _ in range(5)]
    await asyncio.sleep(0.1)

    assert {answer.status_code for answer in more} == {202} and len(door.mail.letters) == MOST_AN_HOUR
    assert (await door.token(email="anna@example.test", code=last)).status_code == 200  # the flood took nothing from whom it was for
    door.clock.move(minutes=61)
    assert await door.code("anna@example.test")


async def test_a_code_ends_after_ten_minutes(door: SigningIn) -> None:
    code = await door.code("anna@example.test")
    door.clock.move(minutes=10, seconds=1)

    assert (await door.token(email="anna@example.test", code=code)).status_code == 400


async def test_from_one_address_so_many_codes_are_asked_for_and_then_one_now_and_then(door: SigningIn) -> None:
    answers = [await door.ask(f"anna{number}@example.test") for number in range(CODES_AT_ONCE + 3)]

    assert [answer.status_code for answer in answers[-3:]] == [429] * 3 and int(answers[-1].headers["retry-after"]) <= 10


@pytest.mark.parametrize("email", ["x@y", "anna@localhost", "anna@example.test\u202e", "a@b@c.test", "anna@exa mple.test"])
async def test_what_could_have_been_meant_as_an_address_is_answered_alike(door: SigningIn, email: str) -> None:
    answer = await door.ask(email)

    assert answer.status_code in (202, 400) and door.mail.letters == []
    assert email.isprintable() == (answer.status_code == 202)


@pytest.mark.parametrize(
    "email", ["anna@example.test\r\nBcc: eve@example.test", "anna@example.test\nX: 1", "anna@example.test,eve@example.test"]
)
async def test_a_header_cannot_be_injected_by_the_address(door: SigningIn, email: str) -> None:
    await door.ask(email)
    await asyncio.sleep(0.1)

    assert door.mail.letters == [] and door.mail.tried == 0


async def test_nothing_of_it_is_logged_or_stored_readable(door: SigningIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = await door.code("anna@example.test")
    answer = (await door.token(email="anna@example.test", code=code)).json()

    pool = door.platform.services.database.pool
    stored = str(
        [tuple(row) for row in await pool.fetch("SELECT * FROM one_time_code")]
        + [tuple(row) for row in await pool.fetch("SELECT * FROM session")]
    )
    said = caplog.text + stored
    assert "anna@example" not in said and code not in said and answer["refresh_token"] not in said and answer["access_token"] not in said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"email": 5}',
        b'{"email": "a@b.test", "locale": null}',
        b'{"email":"' + b"a" * 9_000 + b'"}',
        b'{"email":"a\\u0000@b.test"}',
        b"\xff\xfe",
    ],
)
async def test_what_is_no_request_is_refused(door: SigningIn, body: bytes) -> None:
    answer = await door.http.post("/member/sign-in", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


async def test_nothing_is_taken_from_the_address_of_a_request(door: SigningIn) -> None:
    code = await door.code("anna@example.test")

    asked = await door.http.post("/member/sign-in?email=anna@example.test", json={"email": "anna@example.test"})
    form = {"grant_type": "urn:honeyguide:grant-type:one-time-code", "email": "anna@example.test", "code": code}
    told = await door.http.post(f"/oauth/token?code={code}", data=form)
    read = await door.http.get("/oauth/token", params=form)

    assert (asked.status_code, told.status_code, read.status_code) == (400, 400, 405)


async def test_known_and_unknown_are_told_apart_by_neither_words_nor_time(door: SigningIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("honeyguide.identity.buckets.Buckets.wait", lambda *_: 0.0)
    for number in range(20):
        await door.platform.enrol(f"known{number}@example.test")
    answers, number = set(), count()

    async def guess(kind: str) -> None:
        email = f"{kind}{next(number) % 20}@example.test"
        asked = await door.ask(email)
        told = await door.token(email=email, code="12345678")
        answers.add((asked.status_code, asked.content, told.status_code, told.content))

    # Both leave on a grid of 25 ms: half a step apart would be another step.
    await assert_same_time({kind: partial(guess, kind) for kind in ("known", "unknown")}, within=0.0125)
    assert len(answers) == 1


@pytest.mark.parametrize("missing", ["email", "code"])
async def test_what_is_missing_is_said(door: SigningIn, missing: str) -> None:
    form = {"email": "anna@example.test", "code": "12345678"}
    del form[missing]

    assert (await door.token(**form)).json()["error"] == "invalid_request"


async def test_a_mail_host_that_is_down_delays_no_answer_and_changes_none(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home) as door:
        door.mail.answers = ["451 later"] * 100
        began = perf_counter()
        answers = [await door.ask(f"anna{number}@example.test") for number in range(10)]

        assert {answer.status_code for answer in answers} == {202} and perf_counter() - began < 5
        assert len(door.platform.services.sign_in_desk.outbox) <= 10


def test_the_gallery_says_how_people_join() -> None:
    assert "joins:" in GALLERY.read_text()
