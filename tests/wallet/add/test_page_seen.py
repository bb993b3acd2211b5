"""The add page in a real browser: six languages, a phone and a desktop; the pictures stay in test-artifacts/ for people to look at.

Chinese is drawn as boxes there where Debian's fonts-noto-cjk is missing; visitors' phones have their own fonts, and no server draws text.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from PIL import Image
from starlette.applications import Starlette

from builders.browsing import ARTIFACTS, CHROMIUM, async_playwright
from builders.npm import Npm
from honeyguide.testing.serving import Serving
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.add.page import add_routes
from honeyguide.wallet.add.texts import TEXTS

pytestmark = pytest.mark.skipif(CHROMIUM is None or async_playwright is None, reason="no chromium or no playwright")

PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}, "device_scale_factor": 2}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Version/26.0 Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML) Chrome/140.0 Mobile Safari/537.36"
# A value that stands away from its label, as one of another script easily does.
APART = """() => [...document.querySelectorAll(".card dl")].map(one => ["dt", "dd bdi"].map(name => {
  const range = document.createRange(); range.selectNodeContents(one.querySelector(name)); return range.getBoundingClientRect(); }))
  .filter(([label, value]) => value.width && Math.min(Math.abs(label.left - value.left), Math.abs(label.right - value.right)) > 9)
  .map(([label, value]) => `${label.left}-${label.right} over ${value.left}-${value.right}`)"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > innerWidth + 1
  || one.getBoundingClientRect().left < -1).map(one => one.tagName + "." + one.className).slice(0, 5)"""


@pytest.fixture
async def pages(shop, worker, connected):
    """A browser without JavaScript for the pages, and the address of a card with a long name."""
    member = await shop.member(name="Ada Lovelace-Wolkenstein")
    await shop.give(member, 1840)
    serving = await Serving.start(Starlette(routes=add_routes(shop.wallet, worker.google)), "127.0.0.1", 0)
    base = shop.wallet.settings.url

    def address(now: datetime | None = None) -> str:
        return add_url(shop.wallet.settings, shop.program.program_id, member, "membership", now or datetime.now(UTC)).removeprefix(base)

    ARTIFACTS.mkdir(exist_ok=True)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser, serving.url, address, (await shop.pass_of(member)).barcode
        await browser.close()
    await serving.stop()


async def look(browser, url: str, name: str, npm: Npm, **context) -> list[str]:
    """What is wrong: for people who cannot see (axe), by its width, or said by the browser; the picture is kept."""
    opened = await browser.new_context(**context)
    page, wrong = await opened.new_page(), []
    page.on(
        "console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") and "status of 4" not in said.text else None
    )
    await page.goto(url)
    await page.screenshot(path=ARTIFACTS / f"add-page-{name}.png", full_page=True)
    wrong += [f"too wide: {one}" for one in await page.evaluate(TOO_WIDE)]
    wrong += [f"apart: {one}" for one in await page.evaluate(APART)]
    await page.evaluate(npm.file("axe-core/axe.min.js").read_text())  # by the debugger: the page's policy lets no such script in
    found = await page.evaluate("axe.run(document)")
    wrong += [f"{one['id']}: {node['html'][:150]}" for one in found["violations"] for node in one["nodes"]]
    await opened.close()
    return [f"{name}: {one}" for one in wrong]


async def test_the_page_can_be_read_by_everybody_in_six_languages(pages, npm):
    """axe has no finding, nothing is wider than the screen, and on a desktop both codes can be scanned."""
    browser, base, address, barcode = pages
    path, wrong = address(), []

    for language in TEXTS:
        agent = IPHONE if language in ("en", "pl", "ar") else ANDROID
        wrong += await look(browser, f"{base}{path}?lang={language}", f"phone-{language}", npm, user_agent=agent, **PHONE)
        wrong += await look(browser, f"{base}{path}?lang={language}", f"desktop-{language}", npm, **DESKTOP)

    assert wrong == []
    read = {code.text for code in zxingcpp.read_barcodes(Image.open(ARTIFACTS / "add-page-desktop-de.png"))}
    assert barcode in read
    assert any(text.endswith(path) for text in read)


async def test_what_stands_in_the_way_looks_as_good(pages, npm):
    browser, base, address, _ = pages
    expired, wrong = address(datetime.now(UTC) - timedelta(hours=25)), []

    for name, path in (("expired", expired), ("unknown", "/add/nonsense")):
        for language in ("en", "zh-Hans", "ar"):
            wrong += await look(browser, f"{base}{path}?lang={language}", f"{name}-{language}", npm, **PHONE)

    assert wrong == []


async def test_without_javascript_the_page_is_whole(pages):
    browser, base, address, _ = pages
    page = await (await browser.new_context(java_script_enabled=False, user_agent=IPHONE)).new_page()

    await page.goto(base + address())

    assert await page.locator("a.button.apple").is_visible()
    assert (await page.locator("a.button.apple").get_attribute("href")).endswith(".pkpass")
    assert await page.locator("script").count() == 0
