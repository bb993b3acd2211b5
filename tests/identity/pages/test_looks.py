"""The pages as a browser shows them, for eyes; each in both languages, on a phone and a desktop."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from builders.signing_in import open_program, signing_in
from honeyguide.database import Database

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARTIFACTS = Path(__file__).parents[3] / "test-artifacts"
AGE = "\nage: {minimum: 13, guardian_until: 16}\nconsents:\n  news: {text: {en: Send me news and offers., de: Bitte Neuigkeiten und Angebote schicken.}}\n"


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize(("language", "size"), [("en", "402,900"), ("de", "360,1000"), ("de", "1280,860")])
async def test_the_pages_look_right_in_a_browser(
    database: Database, database_url: str, home: Path, tmp_path: Path, language: str, size: str
) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    async with signing_in(database, database_url, home, open_program(AGE)) as door:
        headers = {"Accept-Language": language}
        code = await door.code("anna@example.test")
        form = {"email": "anna@example.test", "code": code}
        at = "/join/grocer-and-fuel"
        pages = {
            "email": await door.http.get(at, headers=headers),
            "code": await door.http.post(at, data={"step": "code", **form, "code": "11111111"}, headers=headers),
            "details": await door.http.post(
                at, data={"step": "details", **form, "birth_date": "2012-01-01", "display_name": "Anna"}, headers=headers
            ),
            "asked": await door.http.post(
                at, data={"step": "details", **form, "birth_date": "2012-01-01", "guardian": "p@example.test"}, headers=headers
            ),
        }
        for name, page in pages.items():
            file = tmp_path / f"{name}.html"
            file.write_text(page.text)
            picture = ARTIFACTS / f"join-{name}-{language}-{size.partition(',')[0]}.png"
            await asyncio.to_thread(_shoot, file, picture, size, tmp_path / "profile")

            with Image.open(picture) as seen:
                assert len(seen.convert("RGB").resize((64, 64)).getcolors(4096) or ()) > 4, f"{name} is blank"


def _shoot(file: Path, picture: Path, size: str, profile: Path) -> None:
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={profile}",
        f"--window-size={size}",
    ]
    subprocess.run([str(CHROMIUM), *options, f"--screenshot={picture}", file.as_uri()], check=True, timeout=60, capture_output=True)
