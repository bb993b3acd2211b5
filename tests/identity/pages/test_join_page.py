"""People join on a page without scripts: with an address, anonymously and identified later, or by the link of a receipt (M64)."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from builders.platform import purchase
from builders.signing_in import SigningIn, open_program, signing_in
from honeyguide.database import Database
from honeyguide.testing.mail import code_in, link_in

AGE = "\nage: {minimum: 13, guardian_until: 16}\nconsents:\n  news: {text: {en: Send me news., de: Bitte Neuigkeiten schicken.}}\n"


def at(page: httpx.Response) -> str:
    """The heading."""
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    assert found is not None, page.text
    return unescape(found[1])


async def send(door: SigningIn, path: str = "/join/grocer-and-fuel", /, **form: str) -> httpx.Response:
    return await door.http.post(path, data=form)


async def test_who_joins_gets_a_code_and_then_the_page_that_adds_the_card(door: SigningIn) -> None:
    first = await door.http.get("/join", follow_redirects=True)
    asked = await send(door, step="email", email="anna@example.test")
    await door.mail.wait_for(1)

    entered = await send(door, step="code", email="anna@example.test", code=code_in(door.mail.letters[0]))

    assert (first.status_code, asked.status_code, entered.status_code) == (200, 200, 303)
    card = await door.http.get(entered.headers["location"])
    assert card.status_code == 200 and "/identify/" not in card.text and await door.member_of("anna@example.test")


@pytest.mark.parametrize(("wish", "words"), [("en", "Send me a code"), ("de-CH,fr;q=0.5", "Code anfordern"), ("fr", "Send me a code")])
async def test_the_page_speaks_the_visitors_language(door: SigningIn, wish: str, words: str) -> None:
    page = await door.http.get("/join/grocer-and-fuel", headers={"Accept-Language": wish})

    assert words in page.text and page.headers["content-language"] in ("en", "de")


async def test_the_page_loads_nothing_runs_nothing_and_tells_nobody(door: SigningIn) -> None:
    page = await door.http.get("/join/grocer-and-fuel")

    policy = page.headers["content-security-policy"]
    assert (
        "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "form-action 'self'" in policy and "unsafe" not in policy
    )
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "<script" not in page.text and "style=" not in page.text and "http" not in re.sub(r"\bhttp-equiv\b", "", page.text)
    assert "set-cookie" not in page.headers


async def test_what_is_typed_is_escaped(door: SigningIn) -> None:
    page = await send(door, step="email", email='"><script>alert(1)</script>@x.test')

    assert "<script" not in page.text


async def test_a_wrong_code_may_be_tried_again_and_guessing_ends(door: SigningIn) -> None:
    code = await door.code("anna@example.test")
    wrong = f"{(int(code) + 1) % 10**8:08}"

    pages = [await send(door, step="code", email="anna@example.test", code=wrong) for _ in range(40)]

    assert pages[0].status_code == 400 and 'role="alert"' in pages[0].text
    assert pages[-1].status_code == 429 and await door.members() == 0


async def test_known_and_unknown_addresses_get_the_same_page(door: SigningIn) -> None:
    await door.platform.enrol("kaa@example.test")

    pages = [(await send(door, step="email", email=f"{who}@example.test")).text.replace(who, "") for who in ("kaa", "kbb")]
    nonceless = {re.sub(r'nonce="[^"]+"', "", page) for page in pages}

    assert len(nonceless) == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"step": "nonsense"},
        {"step": "code"},
        {"step": "email", "email": "x"},
        {"step": "code", "email": "a@b.test", "code": "9" * 8_000},
    ],
)
async def test_a_form_that_is_none_is_answered_by_a_page(door: SigningIn, form: dict[str, str]) -> None:
    page = await send(door, **form)

    assert page.status_code == 400 and "<h1>" in page.text


async def test_another_sites_form_is_refused(door: SigningIn) -> None:
    page = await door.http.post("/join/grocer-and-fuel", data={"step": "card"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert page.status_code == 403 and await door.members() == 0


async def test_an_unknown_program_has_no_page(door: SigningIn) -> None:
    assert (await door.http.get("/join/none-such")).status_code == 404


async def test_a_card_is_had_at_once_and_its_holder_says_later_who_he_is(door: SigningIn) -> None:
    taken = await send(door, step="card")
    card = await door.http.get(taken.headers["location"])
    link = re.search(r'href="(/identify/[^"]+)"', card.text)
    assert taken.status_code == 303 and link is not None

    page = await door.http.get(link[1])
    asked = await send(door, link[1], step="email", email="anna@example.test")
    await door.mail.wait_for(1)
    done = await send(door, link[1], step="code", email="anna@example.test", code=code_in(door.mail.letters[0]))

    assert [one.status_code for one in (page, asked, done)] == [200, 200, 200] and at(done) == "Good to know you"
    assert await door.members() == 1 and await door.member_of("anna@example.test") is not None
    assert (await door.http.get(link[1])).status_code == 404  # the link of who is known changes nothing of him


async def test_the_address_of_another_member_does_not_get_the_card_and_its_owner_is_told(door: SigningIn) -> None:
    owner = await door.platform.enrol("owner@example.test")
    card = await door.http.get((await send(door, step="card")).headers["location"])
    link = re.search(r'href="(/identify/[^"]+)"', card.text)
    assert link is not None

    free = await send(door, link[1], step="email", email="free@example.test")
    taken = await send(door, link[1], step="email", email="owner@example.test")
    await door.mail.wait_for(2)

    assert at(free) == at(taken) and await door.member_of("owner@example.test") == owner
    assert "member" in str(door.mail.to("owner@example.test")[0]["Subject"])


async def test_a_forged_link_of_a_card_is_nobodys(door: SigningIn) -> None:
    for token in ("x", "A" * 76, "A" * 500, "%00"):
        assert (await door.http.get(f"/identify/{token}")).status_code == 404
        assert (await send(door, f"/identify/{token}", step="email", email="eve@example.test")).status_code == 404


async def test_anonymous_cards_are_no_flood(door: SigningIn) -> None:
    pages = [await send(door, step="card") for _ in range(12)]

    assert [page.status_code for page in pages] == [303] * 10 + [429] * 2 and "retry-after" in pages[-1].headers


async def test_no_card_without_a_name_where_the_program_gives_none(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program().replace("anonymous: true", "anonymous: false")) as door:
        page, tried = await door.http.get("/join/grocer-and-fuel"), await send(door, step="card")

        assert "without a name" not in page.text and tried.status_code == 403 and await door.members() == 0


async def test_the_link_of_a_receipt_lets_who_joins_claim_the_purchase_once(door: SigningIn) -> None:
    posted = await door.platform.as_partner("grocer", ANONYMOUS, {"input": purchase(door.clock(), "30.00", None)})
    token = posted["postTransaction"]["claimUrl"].rpartition("/")[2]
    receipt = await door.http.get(f"/claim/{token}")
    assert 'action="/join/grocer-and-fuel"' in receipt.text and token in receipt.text

    results = []
    for who in ("anna", "eve"):
        await send(door, step="email", email=f"{who}@example.test", claim=token)
        await door.mail.wait_for(len(results) + 1)
        results.append(await send(door, step="code", email=f"{who}@example.test", code=code_in(door.mail.letters[-1]), claim=token))

    assert [at(page) for page in results] == ["The purchase is yours", "This receipt cannot be claimed"]
    assert "/add/" in results[0].text and "form" not in (await door.http.get(f"/claim/{token}")).text.split("<main>")[1]


async def _entered(door: SigningIn, email: str, **details: str) -> httpx.Response:
    code = await door.code(email, locale="en")
    asked = await send(door, step="code", email=email, code=code)
    assert at(asked) == "A few words about you", asked.text
    return await send(door, step="details", email=email, code=code, **details)


async def test_who_is_new_is_asked_for_what_the_program_asks_and_nothing_is_ticked_for_him(
    database: Database, database_url: str, home: Path
) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        code = await door.code("anna@example.test")
        asked = await send(door, step="code", email="anna@example.test", code=code)
        missing = await send(door, step="details", email="anna@example.test", code=code)
        joined = await send(
            door,
            step="details",
            email="anna@example.test",
            code=code,
            display_name="Anna",
            birth_date="1990-05-01",
            **{"consent.news": "yes"},
        )

        assert "Send me news." in asked.text and "checked" not in asked.text
        assert (missing.status_code, joined.status_code) == (400, 303)
        rows = await database.pool.fetch("SELECT purpose, given, source FROM consent")
        assert [tuple(row) for row in rows] == [("news", True, "PAGE")]


async def test_who_is_too_young_is_refused_and_nothing_is_stored(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        page = await _entered(door, "kid@example.test", birth_date="2016-01-01", display_name="Kid")
        again = await door.token(email="kid@example.test", code=code_in(door.mail.letters[-1]), birth_date="1990-01-01")

        assert page.status_code == 403 and at(page) == "Not yet" and await door.members() == 0
        assert again.status_code == 400  # another date of birth needs another code


async def test_a_guardian_agrees_before_anything_is_stored(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        born = {"birth_date": "2012-01-01", "display_name": "Kim", "consent.news": "yes"}
        code = await door.code("kim@example.test")
        lacking = await send(door, step="details", email="kim@example.test", code=code, **born)
        own = await send(door, step="details", email="kim@example.test", code=code, guardian="kim@example.test", **born)
        asked = await send(door, step="details", email="kim@example.test", code=code, guardian="parent@example.test", **born)
        await door.mail.wait_for(2)
        link = link_in(door.mail.to("parent@example.test")[0]).removeprefix(door.platform.settings.url)
        stored_before = await door.members()
        seen = await door.http.get(link)
        looked = await door.members()
        agreed, twice = await send(door, link, step="agree"), await send(door, link, step="agree")

        assert 'name="guardian"' in lacking.text and own.status_code == 400 and at(asked) == "Now somebody has to agree"
        assert (stored_before, looked, await door.members()) == (0, 0, 1)
        assert "Kim" in seen.text and "Send me news." in seen.text and at(agreed) == at(twice) == "Thank you"
        assert [tuple(row) for row in await database.pool.fetch("SELECT purpose, given, source FROM consent")] == [
            ("news", True, "GUARDIAN")
        ]
        assert (await door.sign_in("kim@example.test"))["joined"] is False


async def test_a_guardians_link_is_sealed_and_ends(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        await _entered(door, "kim@example.test", birth_date="2012-01-01", guardian="parent@example.test")
        await door.mail.wait_for(2)
        link = link_in(door.mail.to("parent@example.test")[0]).removeprefix(door.platform.settings.url)
        changed = link[:-8] + ("A" * 8 if not link.endswith("A" * 8) else "B" * 8)

        forged = await send(door, changed, step="agree")
        door.clock.move(days=7, seconds=1)
        late = await send(door, link, step="agree")

        assert (forged.status_code, late.status_code, await door.members()) == (404, 404, 0)
        assert "kim" not in link and "2012" not in link


async def test_an_app_is_told_by_reason_what_is_missing(database: Database, database_url: str, home: Path) -> None:
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        code = await door.code("kim@example.test")
        form = {"email": "kim@example.test", "code": code}

        reasons = [
            (await door.token(**form)).json()["reason"],
            (await door.token(**form, birth_date="2012-01-01")).json()["reason"],
            (await door.token(**form, birth_date="1990-13-41")).json()["reason"],
            (await door.token(**form, birth_date="2012-01-01", guardian="parent@example.test")).json()["reason"],
        ]

        assert reasons == ["BIRTH_DATE_REQUIRED", "GUARDIAN_NEEDED", "INVALID_VALUE", "GUARDIAN_ASKED"] and await door.members() == 0


ANONYMOUS = """
mutation ($input: PostTransactionInput!) {
  postTransaction(input: $input) { __typename ... on TransactionPosted { claimUrl } ... on UserError { code message } }
}
"""


async def _anonymous_barcode(door: SigningIn) -> str:
    taken = await send(door, step="card")
    await door.http.get(taken.headers["location"])
    return str(await door.platform.services.database.pool.fetchval("SELECT barcode FROM pass ORDER BY barcode LIMIT 1"))


async def _enrol(door: SigningIn, key: str, **given: object) -> dict[str, object]:
    answer = await door.platform.as_partner("grocer", ENROL_HOLDER, {"input": {"idempotencyKey": key, **given}})
    return answer["enrollMember"]  # type: ignore[no-any-return]


async def test_a_till_that_sees_an_anonymous_card_says_whose_it_is_and_a_retry_hears_the_same(door: SigningIn) -> None:
    barcode = await _anonymous_barcode(door)

    first = await _enrol(door, "till-0000001", email="anna@example.test", holder={"barcode": barcode})
    again = await _enrol(door, "till-0000001", email="anna@example.test", holder={"barcode": barcode})

    assert (first["__typename"], first["replayed"], again["replayed"]) == ("MemberEnrolled", False, True), first
    assert await door.members() == 1 and (await door.sign_in("anna@example.test"))["joined"] is False


async def test_a_card_that_is_somebodys_does_not_become_anothers_at_a_till(door: SigningIn) -> None:
    barcode = await _anonymous_barcode(door)
    await _enrol(door, "till-0000001", email="anna@example.test", holder={"barcode": barcode})

    eve = await _enrol(door, "till-0000002", email="eve@example.test", holder={"barcode": barcode})
    nobody = await _enrol(door, "till-0000003", email="eve@example.test", holder={"barcode": "none such"})
    by_number = await _enrol(door, "till-0000004", email="eve@example.test", holder={"email": "anna@example.test"})

    assert [one["code"] for one in (eve, nobody, by_number)] == ["NOT_ALLOWED", "NOT_FOUND", "NOT_FOUND"]
    assert await door.member_of("eve@example.test") is None


async def test_the_address_of_a_member_is_answered_alike_at_a_till_and_does_not_get_the_card(door: SigningIn) -> None:
    owner, barcode = await door.platform.enrol("owner@example.test"), await _anonymous_barcode(door)

    answer = await _enrol(door, "till-0000001", email="owner@example.test", holder={"barcode": barcode})

    assert answer["__typename"] == "MemberEnrolled" and await door.member_of("owner@example.test") == owner
    assert await door.platform.services.database.pool.fetchval("SELECT count(*) FROM person WHERE email IS NULL") == 1


ENROL_HOLDER = """
mutation ($input: EnrollMemberInput!) {
  enrollMember(input: $input) { __typename ... on MemberEnrolled { replayed handle } ... on UserError { code path } }
}
"""
