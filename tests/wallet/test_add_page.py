"""The page that adds the card: for both wallets, in the visitor's language, and helpful when there is no card."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import zxingcpp
from PIL import Image
from starlette.applications import Starlette

from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.testing.serving import Serving
from honeyguide.wallet.add_link import add_url
from honeyguide.wallet.add_page import add_routes
from honeyguide.wallet.devices import device_routes

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
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
    assert "<dt>Points</dt><dd>1,234</dd>" in english.text
    assert "<dt>Punkte</dt><dd>1.234</dd>" in german.text
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


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize(
    ("name", "size", "language"),
    [("phone-en", "402,1000", "en"), ("phone-de", "360,1000", "de"), ("desktop-en", "1440,900", "en"), ("desktop-de", "1280,860", "de")],
)
async def test_the_page_looks_right_in_a_browser(shop, worker, link, tmp_path, name, size, language):
    """On a desktop the card's barcode and the code of the page can be scanned from the screen; on a phone both would be in the way."""
    member = await shop.member(name="Ada Lovelace")
    await shop.give(member, 1840)
    serving = await Serving.start(Starlette(routes=[*add_routes(shop.wallet, worker.google), *device_routes(shop.wallet)]), "127.0.0.1", 0)
    ARTIFACTS.mkdir(exist_ok=True)
    picture = ARTIFACTS / f"add-page-{name}.png"
    address = link(member)  # once: a minute later it would be another
    await screenshot(serving.url + address, picture, size, language, tmp_path)
    await serving.stop()

    read = {code.text for code in zxingcpp.read_barcodes(Image.open(picture))}
    on_card = {(await shop.pass_of(member)).barcode} if name.startswith("desktop") else set()
    to_page = {shop.wallet.settings.url + address} if name.startswith("desktop") else set()
    assert read == on_card | to_page


async def screenshot(url: str, picture: Path, size: str, language: str, profile: Path) -> None:
    await asyncio.to_thread(
        subprocess.run,
        [
            CHROMIUM,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-device-scale-factor=2",
            f"--user-data-dir={profile}",
            f"--window-size={size}",
            f"--accept-lang={language}",
            f"--lang={language}",
            f"--screenshot={picture}",
            url,
        ],
        check=True,
        timeout=60,
        capture_output=True,
    )
