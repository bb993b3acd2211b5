"""An operator's official badges stand on the add page in the place of the buttons that it draws itself."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from honeyguide.wallet.add.badges import badge, load_badges
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.add.page import add_routes

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="158" height="50"><rect width="158" height="50"/></svg>'


@pytest.fixture
def folder(tmp_path: Path, passes_dir: Path) -> Callable[..., Path]:
    """A folder of styles with these badges."""
    (tmp_path / "membership.pass").symlink_to(passes_dir / "membership.pass")
    (tmp_path / "badges").mkdir()

    def filled(**badges: bytes) -> Path:
        for name, content in badges.items():
            (tmp_path / "badges" / name).write_bytes(content)
        return tmp_path

    return filled


async def test_the_page_shows_the_official_badge_in_the_visitors_language(shop, worker, folder):
    """A46: with a name for who hears it, under the same policy; a wallet without badge keeps the drawn button."""
    german = SVG.replace(b"158", b"160")
    settings = shop.wallet.settings.model_copy(update={"passes_dir": folder(**{"apple.en.svg": SVG, "apple.de.svg": german})})
    transport = httpx.ASGITransport(app=Starlette(routes=add_routes(replace(shop.wallet, settings=settings), worker.google)))
    link = add_url(settings, shop.program.program_id, await shop.member(), "membership", datetime.now(UTC))

    async with httpx.AsyncClient(transport=transport, base_url=settings.url) as http:
        pages = {language: await http.get(link, headers={"Accept-Language": language}) for language in ("en", "de", "pl")}

    for language, picture in (("en", SVG), ("de", german), ("pl", SVG)):
        page = pages[language]
        shown = re.search(r'<a class="badge" href="[^"]+\.pkpass"><img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)">', page.text)
        assert (b64decode(shown[1]), "Apple Wallet" in shown[2]) == (picture, True)
        assert "button google" in page.text
        assert "button apple" not in page.text
        assert "img-src data:;" in page.headers["content-security-policy"]


def test_what_is_no_badge_is_left_out_and_named(folder, passes_dir, caplog):
    """Files are bounded, and pictures that do something are refused."""
    icon = (passes_dir / "membership.pass/icon.png").read_bytes()
    bad = {
        "apple.en.svg": SVG.replace(b"<rect", b"<script>x</script><rect"),
        "apple.de.svg": SVG + b" " * 65_536,
        "apple.da.svg": b"no picture",
        "apple.pl.svg": SVG.replace(b"<rect", b"<rect onload='x'"),
        "google.de.png": icon[:60],
        "wallet.en.svg": SVG,
    }

    badges = load_badges(folder(**bad, **{"google.en.png": icon}) / "badges")

    assert {wallet: set(found) for wallet, found in badges.items()} == {"apple": set(), "google": {"en"}}
    assert badge(badges, "google", "zh-Hans") == badges["google"]["en"]
    assert badge(badges, "apple", "en") is None
    assert all(name in caplog.text for name in bad)
    assert load_badges(passes_dir / "nowhere") == {"apple": {}, "google": {}}
