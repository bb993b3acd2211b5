"""The page's files as they are served: their types, what they may reach, whom the server draws codes for, and the words of each language."""

import json
import re
from pathlib import Path

import pytest
import zxingcpp
from babel import Locale
from PIL import Image

from builders.platform import running_platform
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.member_demo.files import page_files
from honeyguide.settings import Settings

SITE = Path(__file__).parents[2] / "src/honeyguide/member_demo/site"
TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
LANGUAGES = ("en", "de", "ar")


async def test_files_come_with_their_types_a_strict_policy_and_a_tag(database: Database, database_url: str, home: Path) -> None:
    async with running_platform(database, database_url, home) as platform:
        page = await platform.http.get("/member/demo")
        script = await platform.http.get("/member/demo/app.js")
        unchanged = await platform.http.get("/member/demo/app.js", headers={"If-None-Match": script.headers["etag"]})
        documents = (await platform.http.get("/member/demo/documents.json")).json()
        elsewhere = [await platform.http.get(f"/member/demo/{path}") for path in ("", "../routes.py", "..%2froutes.py", "words", "none.js")]

        assert (page.headers["content-type"], script.headers["content-type"]) == (TYPES["html"], TYPES["js"])
        assert "script-src 'self'" in page.headers["content-security-policy"] and "unsafe" not in page.headers["content-security-policy"]
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", documents[name]) for name in ("Dashboard", "NewerActivity", "NewActivity", "Card"))
        assert [answer.status_code for answer in elsewhere] == [404] * 5


async def test_a_code_is_drawn_for_members_alone_and_within_bounds(database: Database, database_url: str, home: Path) -> None:
    async with running_platform(database, database_url, home) as platform:
        token = platform.token(Audience.MEMBER, str(await platform.enrol()))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
        drawn = await platform.http.post("/member/demo/qr", content="HG1-ABC", headers=headers)
        refused = [
            await platform.http.post("/member/demo/qr", content="HG1", headers={"Content-Type": "text/plain"}),
            await platform.http.post("/member/demo/qr", content="HG1", headers={**headers, "Authorization": "Bearer x"}),
            await platform.http.post("/member/demo/qr", content="x" * 201, headers=headers),
            await platform.http.post("/member/demo/qr", content=b"\xff", headers=headers),
            await platform.http.post("/member/demo/qr", content="", headers=headers),
        ]

    rows = drawn.json()["rows"]
    picture = Image.new("L", (len(rows) + 8, len(rows) + 8), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            picture.putpixel((x + 4, y + 4), 255 * (module == "0"))
    [found] = zxingcpp.read_barcodes(picture.resize((300, 300), Image.Resampling.NEAREST))
    assert found.text == "HG1-ABC"
    assert [answer.status_code for answer in refused] == [401, 401, 400, 400, 400]


def test_the_page_is_served_in_development_and_elsewhere_only_when_it_was_asked_for() -> None:
    production = {"environment": "production", "secret_key": "s" * 40, "public_url": "https://loyalty.example"}

    assert Settings().offers_member_demo
    assert not Settings(member_demo=False).offers_member_demo
    assert not Settings(**production).offers_member_demo  # type: ignore[arg-type]
    assert Settings(**production, member_demo=True).offers_member_demo  # type: ignore[arg-type]


def test_nothing_comes_from_elsewhere_and_no_text_becomes_html() -> None:
    for path in SITE.rglob("*.*"):
        text = path.read_text()
        hosts = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"')]*", text)
        assert set(hosts) <= {"http://www.w3.org/2000/svg"}, path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|style=|\son[a-z]+=\"", text), path.name
    page = (SITE / "index.html").read_text()
    assert all(re.search(r"\ssrc=", tag) for tag in re.findall(r"<script[^>]*>", page)) and "<style" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_text_every_value_and_every_plural_form(language: str) -> None:
    words, english = (json.loads((SITE / f"words/{name}.json").read_text()) for name in (language, "en"))
    forms = {*Locale(language).plural_form.tags, "other"}

    assert words.keys() == english.keys()
    for key, text in words.items():
        if isinstance(english[key], dict):
            assert text.keys() == forms, key
        else:
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    words = json.loads((SITE / "words/en.json").read_text())
    code = "".join(path.read_text() for path in [*SITE.glob("*.js"), SITE / "index.html"])
    marked = set(re.findall(r'data-word="(\w+)"', code)) | set(re.findall(r'say\("(\w+)"', code))

    assert marked <= words.keys()
    assert {key for key in words if f'"{key}"' not in code} == set()


def test_every_import_of_the_page_is_served() -> None:
    files = page_files()
    for path in SITE.glob("*.js"):
        assert all(name in files for name in re.findall(r'from "\./([\w.]+)"', path.read_text())), path.name
