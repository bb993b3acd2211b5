"""Odd requests to every route that people and apps open without a token: none is answered by a fault, none leaves a row."""

import random
from urllib.parse import quote

from builders.signing_in import SigningIn

ODD = (
    "",
    "\x00",
    "a\x00b",
    "é\u202e",
    "💥" * 50,
    "x" * 7_000,
    "../..",
    "%s{}",
    "-1",
    "' OR 1=1 --",
    "=",
    "\u0130@\u212a.test",
    "@",
    "0" * 8,
    "１２３４５６７８",
)
FORMS = (
    "email",
    "code",
    "step",
    "claim",
    "birth_date",
    "display_name",
    "guardian",
    "locale",
    "device",
    "program",
    "refresh_token",
    "token",
    "grant_type",
)
STEPS = ("email", "code", "details", "card", "agree")
GRANTS = ("refresh_token", "urn:honeyguide:grant-type:one-time-code")


async def test_odd_requests_meet_refusals_and_never_a_fault(door: SigningIn) -> None:
    chance = random.Random(4)
    paths = [
        "/join",
        "/join/grocer-and-fuel",
        "/join/{}",
        "/identify/{}",
        "/guardian/{}",
        "/export/{}",
        "/claim/{}",
        "/oauth/token",
        "/oauth/revoke",
    ]
    statuses = set()
    for _ in range(60):
        path = chance.choice(paths).format(quote(chance.choice(ODD)[:300], safe=""))
        form = {name: chance.choice(ODD) for name in chance.sample(FORMS, chance.randint(0, 6))}
        form |= {"step": chance.choice(STEPS)} if chance.random() < 0.7 else {}
        form |= {"grant_type": chance.choice(GRANTS)} if chance.random() < 0.7 else {}
        headers = {"Accept-Language": chance.choice(("de", "x" * 900, ";q=1,,", "*"))}
        if chance.random() < 0.3:
            answer = await door.http.get(path, headers=headers)
        else:
            answer = await door.http.post(path, data=form, headers=headers)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, (path, form)

    assert 404 in statuses and 400 in statuses
    assert await door.platform.services.database.pool.fetchval("SELECT count(*) FROM person WHERE email IS NOT NULL") == 0


async def test_odd_json_at_sign_in_meets_a_refusal(door: SigningIn) -> None:
    bodies = [
        b'{"email": "a@b.test", "locale": "\\ud800"}',
        b'{"email": "\\ud800@b.test"}',
        b"[" * 5_000,
        b'{"email": 1e999}',
        b"\xff",
        b"{}",
        b"null",
    ]
    bodies += [b'{"email": "a@b.test", "program": "' + b"x" * 5_000 + b'"}', '{"email": "a@b.test", "locale": "💥"}'.encode()]

    answers = [
        (await door.http.post("/member/sign-in", content=body, headers={"Content-Type": "application/json"})).status_code for body in bodies
    ]

    assert max(answers) < 500, answers


async def test_a_strangers_page_sends_no_form_here_from_an_old_browser_either(door: SigningIn) -> None:
    foreign = await door.http.post("/join/grocer-and-fuel", data={"step": "card"}, headers={"Origin": "https://evil.test"})
    opaque = await door.http.post("/join/grocer-and-fuel", data={"step": "card"}, headers={"Origin": "null"})
    own = await door.http.post("/join/grocer-and-fuel", data={"step": "card"}, headers={"Origin": door.platform.settings.url})

    assert (foreign.status_code, opaque.status_code, own.status_code) == (403, 303, 303) and await door.members() == 2


async def test_a_strangers_page_sends_no_letters_by_a_visitors_browser(door: SigningIn) -> None:
    form, foreign = {"email": "anna@example.test"}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}

    sent = await door.http.post("/member/sign-in", data=form, headers=foreign)
    asked = await door.http.post("/member/sign-in", json=form, headers=foreign)  # browsers ask before they send this
    by_app = await door.http.post("/member/sign-in", data=form)

    assert (sent.status_code, asked.status_code, by_app.status_code) == (400, 202, 202)
