"""The page that adds the card: for both wallets, in the visitor's language, and helpful when there is no card."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.testing.serving import Serving
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.add.page import add_routes
from honeyguide.wallet.add.texts import TEXTS
from honeyguide.wallet.add.visitor import Visitor, visitor_of

IPHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)"}
ANDROID = {"User-Agent": "Mozilla/5.0 (Linux; Android 16)"}


@pytest.fixture
def link(shop):
    """The path of a member's link, as enrolment gives it."""

    def make(member, style="membership", now=None, **changes):
        url = add_url(shop.wallet.settings, shop.program.program_id, member, style, now or datetime.now(UTC), **changes)
        return url.removeprefix(shop.wallet.settings.url)

    return make


@pytest.fixture
async def served(shop, worker, connected):
    """Pages with both wallets."""
    transport = httpx.ASGITransport(app=Starlette(routes=add_routes(shop.wallet, worker.google)))
    async with httpx.AsyncClient(transport=transport, base_url=shop.wallet.settings.url) as client:
        yield client


async def test_the_link_of_an_enrolment_issues_the_pass(shop, http, link):
    member = await shop.member()

    page = await http.get(link(member))
    again = await http.get(link(member))

    assert (page.status_code, again.status_code) == (200, 200)
    assert await shop.database.pool.fetchval("SELECT count(*) FROM pass WHERE member_id = $1", member) == 1


async def test_the_page_shows_the_card_in_the_visitors_language(shop, http, link):
    member = await shop.member(name="Zoë <script>alert(1)</script>")
    await shop.give(member, 1234)

    english = await http.get(link(member), headers={"Accept-Language": "fr, en-GB;q=0.8"})
    german = await http.get(link(member), headers={"Accept-Language": "de-AT,en;q=0.5"})

    assert "Your card is ready" in english.text
    assert "Ihre Karte ist bereit" in german.text
    assert "<dt>Points</dt><dd><bdi>1,234</bdi></dd>" in english.text
    assert "<dt>Points</dt><dd><bdi>1.234</bdi></dd>" in german.text  # the unit's name is the program's, in the card's language
    assert ("<dt>Member</dt>" in english.text, "<dt>Mitglied</dt>" in german.text) == (True, True)
    assert "<script" not in english.text
    assert "&lt;script&gt;" in english.text


async def test_the_page_is_kept_by_nobody_and_runs_nothing(shop, http, link):
    page = await http.get(link(await shop.member()))

    policy = page.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert policy.startswith("default-src 'none'")
    assert f'<style nonce="{nonce[1]}">' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "style=" not in page.text
    assert "http://" not in re.sub(r'xmlns="[^"]+"', "", page.text)


async def test_the_download_is_a_pass_that_an_iphone_takes(shop, http, link):
    """A36, A46."""
    member = await shop.member()
    await shop.give(member, 30)
    url = link(member) + ".pkpass"
    iphone = VirtualIPhone(ca=shop.wallet.apple.ca, http=http, say=lambda _: None)

    installed = await iphone.install(url)
    head, got = await http.head(url), await http.get(url)

    assert iphone.fields(installed.serial)["points"] == "30"
    assert got.headers["content-type"] == "application/vnd.apple.pkpass"
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["content-disposition"] == 'inline; filename="membership.pkpass"'
    assert (head.content, head.headers["content-length"]) == (b"", str(len(got.content)))
    assert "transfer-encoding" not in got.headers


async def test_a_phone_that_installs_the_newest_pass_is_not_pushed(shop, http, link, worker):
    """A44: nothing to hear, nothing to fetch, no line in the phone's log."""
    member = await shop.member()
    iphone = VirtualIPhone(ca=shop.wallet.apple.ca, http=http, say=lambda _: None)

    await iphone.install(link(member) + ".pkpass")
    await worker.deliver()

    assert len(worker.apns.pushes) == 0


async def test_a_phone_that_registers_after_a_change_is_pushed(shop, http, link, worker):
    """X1: the pass changed between its download and its registration."""
    member = await shop.member()
    iphone = VirtualIPhone(ca=shop.wallet.apple.ca, http=http, say=lambda _: None)
    worker.apns.connect(iphone.push_token, lambda push: iphone.on_push(push.topic))
    installed = await iphone.install(link(member) + ".pkpass", register=False)
    await shop.give(member, 5)
    await worker.deliver()

    await iphone.register(installed.serial)
    await worker.deliver()

    async with asyncio.timeout(3):
        while iphone.fields(installed.serial)["points"] != "5":  # noqa: ASYNC110  a simulated phone sets no event
            await asyncio.sleep(0.01)
    assert iphone.log == []


async def test_android_saves_by_the_link_on_the_page(shop, served, worker, link):
    """G11: inserted first, then a skinny link."""
    member = await shop.member()
    await shop.give(member, 8)
    serving = await Serving.start(Starlette(routes=add_routes(shop.wallet, worker.google)), "127.0.0.1", 0)
    android = VirtualAndroid(worker.google_simulator)

    await android.save(serving.url + link(member))
    await serving.stop()

    assert android.screen["Points"] == "8"


async def test_an_iphone_costs_google_nothing_until_the_button_is_tapped(shop, served, worker, link):
    member = await shop.member()

    page = await served.get(link(member), headers=IPHONE)
    button = re.search(r'class="button google" href="([^"]+)"', page.text)
    before = len(worker.google_simulator.objects)
    click = await served.get(unescape(button[1]))

    assert before == 0
    assert click.status_code == 303
    assert click.headers["location"].startswith(worker.google_simulator.save_url)
    assert len(click.headers["location"]) <= 1800
    assert page.text.index("button apple") < page.text.index("button google")


async def test_android_sees_its_own_wallet_first(shop, served, link):
    page = await served.get(link(await shop.member()), headers=ANDROID)

    assert page.text.index("button google") < page.text.index("button apple")


async def test_google_finds_the_logo_where_the_class_says(shop, served, worker, link):
    """G20."""
    await served.get(link(await shop.member()), headers=ANDROID)
    (program_class,) = worker.google_simulator.classes.values()

    logo = await served.get(program_class["programLogo"]["sourceUri"]["uri"])

    assert logo.status_code == 200
    assert logo.headers["content-type"] == "image/png"
    assert "immutable" in logo.headers["cache-control"]


@pytest.mark.parametrize(("language", "words"), [("en", "works for 24 hours|expired"), ("de", "abgelaufen")])
async def test_an_expired_link_says_what_to_do(shop, http, link, language, words):
    path = link(await shop.member(), now=datetime.now(UTC) - timedelta(hours=25))

    page = await http.get(path, headers={"Accept-Language": language})
    download = await http.get(path + ".pkpass")

    assert (page.status_code, download.status_code) == (410, 410)
    assert re.search(words, page.text)
    assert "<li>" in page.text


@pytest.mark.parametrize("token", ["nonsense", "a" * 3000, "%C3%A9", "..%2F..", "' OR 1=1"])
async def test_a_link_that_is_not_ours_is_404(http, token):
    page, download = await http.get(f"/add/{token}"), await http.get(f"/add/{token}.pkpass")

    assert (page.status_code, download.status_code) == (404, 404)


async def test_links_to_nobody_and_of_an_older_generation_are_gone(shop, http, link):
    member, nobody = await shop.member(), "00000000-0000-4000-8000-000000000000"
    await shop.pass_of(member)
    await shop.database.pool.execute("UPDATE pass SET generation = 2")

    answers = [await http.get(link(member)), await http.get(link(UUID(nobody))), await http.get(link(member, "other"))]

    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert (await http.get(link(member, generation=2))).status_code == 200


async def test_a_database_that_is_down_asks_for_patience(shop, http, link):
    path = link(await shop.member())
    await shop.database.close()

    page = await http.get(path)

    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert "minute" in page.text


@pytest.mark.parametrize(
    ("language", "words", "direction"),
    [
        ("pl", "Twoja karta jest gotowa", "ltr"),
        ("da", "Dit kort er klar", "ltr"),
        ("zh-CN", "您的卡已准备好", "ltr"),
        ("ar-EG", "بطاقتك جاهزة", "rtl"),
    ],
)
async def test_the_page_speaks_six_languages_by_header_and_by_address(shop, http, link, language, words, direction):
    path = link(await shop.member())

    by_header = await http.get(path, headers={"Accept-Language": language})
    by_address = await http.get(path, params={"lang": language}, headers={"Accept-Language": "en"})
    unknown = await http.get("/add/nonsense", params={"lang": language})

    assert words in by_header.text
    assert words in by_address.text
    assert f'dir="{direction}"' in by_header.text
    assert f'dir="{direction}"' in unknown.text
    assert (await http.get(path, params={"lang": '"><script>'})).text.count("<script") == 0


def test_every_language_has_every_word():
    assert {language: set(texts) ^ set(TEXTS["en"]) for language, texts in TEXTS.items()} == {key: set() for key in TEXTS}
    assert [language for language, texts in TEXTS.items() if "{program}" not in texts["title"]] == []


@pytest.mark.parametrize(
    ("agent", "visitor"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Version/26.0 Mobile/15E148 Safari/604.1",
            Visitor("apple", False, True),
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Version/16.0 Mobile Safari/604.1",
            Visitor("apple", False, True),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML) CriOS/140.0 Mobile Safari/604.1",
            Visitor("apple", False, False),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Mobile/15E148 Instagram 300.0",
            Visitor("apple", True, False),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Mobile/15E148",
            Visitor("apple", True, False),
        ),
        ("Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML) Chrome/140.0 Mobile Safari/537.36", Visitor("android")),
        (
            "Mozilla/5.0 (Linux; Android 16; Pixel 10; wv) AppleWebKit/537.36 (KHTML) Version/4.0 Chrome/140.0 Mobile",
            Visitor("android", True),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML) Version/26.0 Safari/605.1.15",
            Visitor("desktop", False, True),
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36", Visitor("desktop")),
        ("", Visitor("desktop")),
    ],
)
def test_the_visitors_device_is_known_by_its_browser(agent, visitor):
    """A47: only Safari takes several passes at once."""
    assert visitor_of(agent) == visitor


async def test_the_picture_is_cut_where_a_wallet_cuts(shop, served, link):
    """A12, G5."""
    member = await shop.member(name="Bartholomäus Freiherr von Sonnenschein-Wolkenstein")

    page = await served.get(link(member), headers=ANDROID)

    assert "<dd><bdi>Bartholomäus Freiherr v…</bdi></dd>" in page.text
    assert "<dd><bdi>Fledgl…</bdi></dd>" in page.text  # by Google
    assert "<dd><bdi>Fledgling</bdi></dd>" in page.text  # by Apple


async def test_a_browser_inside_of_an_app_is_told_to_open_another(shop, http, link):
    path = link(await shop.member())

    inside = await http.get(
        path, headers={"User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile Instagram 300", "Accept-Language": "da"}
    )

    assert "åbn siden i Safari" in inside.text
    assert "open this page in Safari" not in (await http.get(path)).text
