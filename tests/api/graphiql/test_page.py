"""GraphiQL in development: pinned scripts, a policy that lets nothing else run, no token in the page, and it works in a browser."""

import base64
import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from builders.npm import Npm, npm  # noqa: F401
from builders.on_socket import Served, served  # noqa: F401
from builders.platform import Platform
from honeyguide.api.graphiql.page import HOST, SCRIPTS, STYLE
from honeyguide.settings import Settings
from honeyguide.web import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARTIFACTS = Path(__file__).parents[3] / "test-artifacts"
PATIENCE_MS = 25_000


async def test_the_page_is_there_in_development_for_browsers_with_examples_of_its_audience(platform: Platform) -> None:
    for audience, operation in (("member", "Dashboard"), ("partner", "Quote"), ("operator", "Approvals")):
        page = await platform.http.get(f"/{audience}/graphql", headers={"Accept": "text/html"})
        given = json.loads(re.search(r'type="application/json">(.*?)</script>', page.text)[1])  # type: ignore[index]

        assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
        assert given["audience"] == audience and given["tabs"][0]["name"] == operation
        assert "If this stays, the browser cannot reach it: send queries with curl" in page.text


async def test_only_pinned_scripts_run_in_it_and_no_token_is_in_it(platform: Platform) -> None:
    (platform.settings.data_dir / "demo.json").write_text('{"member": {"token": "eyJ-secret"}}')
    first, second = [await platform.http.get("/member/graphql", headers={"Accept": "text/html"}) for _ in range(2)]
    nonce = re.search(r"script-src 'nonce-([\w-]+)';", first.headers["content-security-policy"])[1]  # type: ignore[index]
    scripts = re.findall(r"<script(.*?)>", first.text)

    assert nonce not in second.text
    assert (
        "default-src 'none'" in first.headers["content-security-policy"] and "unsafe-eval" not in first.headers["content-security-policy"]
    )
    assert all(f'nonce="{nonce}"' in one or 'type="application/json"' in one for one in scripts)
    assert [one.url in first.text and one.integrity in first.text for one in (*SCRIPTS, STYLE)] == [True] * 4
    assert "eyJ" not in first.text
    assert first.headers["cache-control"] == "no-store"


async def test_in_production_there_is_none() -> None:
    given: dict[str, Any] = {"environment": "production", "secret_key": SecretStr("s" * 40), "public_url": "https://loyalty.example"}
    app = create_app(Settings(**given))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        answer = await http.get("/member/graphql", headers={"Accept": "text/html"})

    assert answer.status_code == 406


def test_the_hashes_are_those_of_the_packages(npm: Npm) -> None:  # noqa: F811
    for asset in (*SCRIPTS, STYLE):
        content = npm.file(f"{asset.package.rpartition('@')[0]}/{asset.path}").read_bytes()
        version = json.loads(npm.file(f"{asset.package.rpartition('@')[0]}/package.json").read_text())["version"]

        assert asset.package.endswith(f"@{version}")
        assert asset.integrity == "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_in_a_browser_an_example_runs_and_the_token_leaves_the_address(served: Served, npm: Npm) -> None:  # noqa: F811
    playwright = pytest.importorskip("playwright.async_api", reason="needs playwright for Python")
    os.environ.setdefault("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
    complaints: list[str] = []
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="en")
            page.set_default_timeout(PATIENCE_MS)
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.route(f"{HOST}/**", lambda route: route.fulfill(**_from_npm(npm, route.request.url)))
            await page.goto(f"{served.member['url']}#token={served.member['token']}")
            await page.click("button.graphiql-execute-button")
            await page.wait_for_selector(".result-window :text('memberNumber')")
            answer = await page.inner_text(".result-window")
            variables = await page.inner_text("section[aria-label=Variables]")
            tabs = await page.locator("[role=tab]").all_inner_texts()
            ARTIFACTS.mkdir(exist_ok=True)
            await page.screenshot(path=ARTIFACTS / "graphiql-member.png")
            await page.click("[role=tab]:has-text('Accounts')")
            await page.wait_for_timeout(1_000)  # GraphiQL reads the name of the operation a moment later
            await page.click("button.graphiql-execute-button")
            await page.wait_for_selector(".result-window :text('accountChanged')")
            await page.click("button.graphiql-execute-button")
            kept = await page.evaluate("JSON.stringify(localStorage)")
            address = page.url
        finally:
            await browser.close()

    assert "Anna Adler" in answer and '"activity": 5' in variables.replace("\u200b", "")
    assert tabs[:2] == ["Dashboard", "HowToEarn"]
    assert "token" not in urlsplit(address).fragment
    assert served.member["token"] not in kept
    assert complaints == []


def _from_npm(npm: Npm, url: str) -> dict[str, Any]:  # noqa: F811
    """What the public host would send of a package."""
    package, _, path = urlsplit(url).path.removeprefix("/").partition("/")
    kind = "text/css" if path.endswith(".css") else "text/javascript"
    return {"path": npm.file(f"{package.rpartition('@')[0]}/{path}"), "headers": {"Access-Control-Allow-Origin": "*", "Content-Type": kind}}
