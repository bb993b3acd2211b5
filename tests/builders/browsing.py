"""The member's page in a real browser, of a server at which members sign in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from builders.clock import Clock
from builders.npm import Npm
from builders.signing_in import SigningIn, open_program, signing_in
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.demo.ports import free_port
from honeyguide.testing.mail import code_in
from honeyguide.testing.serving import Serving

try:
    from playwright.async_api import async_playwright, expect
except ImportError:  # then the tests skip
    async_playwright = expect = None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
# Waiting ends with a sentence of its own instead of the test's time-out.
PATIENCE_MS = 25_000


@dataclass
class Browsing:
    """A page in a browser; `complaints` are what it wrote to its console, and errors nobody caught."""

    door: SigningIn
    url: str
    browser: Any
    complaints: list[str] = field(default_factory=list)

    async def open(self, language: str = "en", size: Mapping[str, int] = PHONE, fragment: str = "", script: str = "", **more: Any) -> Any:
        """`script` runs before the page's own."""
        context = await self.browser.new_context(viewport=size, locale=language, reduced_motion="reduce", **more)
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        if script:
            await page.add_init_script(script)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.clock.install()
        await page.goto(f"{self.url}/member/demo{fragment}")
        await page.wait_for_selector("main:not([hidden])")  # its scripts fetch words before they show anything
        return page

    async def sign_in(self, page: Any, email: str) -> None:
        """As a person does: the address, the letter, the code."""
        before = len(self.door.mail.letters)
        await page.fill("#email", email)
        await page.click("#sign-in-go")
        await self.door.mail.wait_for(before + 1)
        await page.fill("#code", code_in(self.door.mail.letters[-1]))
        await page.click("#sign-in-go")
        await page.wait_for_selector("#member-number:not(:empty)")

    async def as_member(
        self, member_id: UUID, language: str = "en", size: Mapping[str, int] = PHONE, *, state: str = "live", **more: Any
    ) -> Any:
        """By the link that `make demo` prints."""
        token = self.door.platform.token(Audience.MEMBER, str(member_id))
        page = await self.open(language, size, f"#token={token}", **more)
        await page.wait_for_selector(f"#connection[data-state={state}]")
        await page.wait_for_selector("#qr svg")
        return page

    async def axe(self, page: Any, npm: Npm) -> list[str]:
        """What axe-core finds wrong, as `rule: element`."""
        await page.evaluate(npm.file("axe-core/axe.min.js").read_text())  # by the debugger: the page's policy lets no such script in
        found = await page.evaluate("axe.run(document)")
        return [f"{one['id']}: {node['html'][:150]}" for one in found["violations"] for node in one["nodes"]]

    async def shoot(self, page: Any, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        await page.screenshot(path=ARTIFACTS / f"member-demo-{name}.png", full_page=True)


@pytest_asyncio.fixture
async def browsing(database: Database, database_url: str, home: Path) -> AsyncIterator[Browsing]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    if async_playwright is None:
        pytest.skip("playwright for Python is not installed")
    expect.set_options(timeout=PATIENCE_MS)
    port = free_port("127.0.0.1", 0)
    async with signing_in(database, database_url, home, open_program(), clock=Clock(datetime.now(UTC)), port=port) as door:
        serving = await Serving.start(door.platform.app, "127.0.0.1", port)
        try:
            async with async_playwright() as driver:
                browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                try:
                    yield Browsing(door, serving.url, browser)
                finally:
                    await browser.close()
        finally:
            await serving.stop()
