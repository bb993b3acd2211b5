"""All passes of a member in one download (A36, A47)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from honeyguide.programs.apply_program import apply_program
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.add.page import add_routes
from honeyguide.wallet.apple import bundle as bundles
from honeyguide.wallet.assembly import open_wallet


@pytest.fixture
async def two_styles(shop):
    """A program with a second style, drawn by the same folder."""
    second = "  second:\n    template: membership\n    title: {en: Second, de: Zweite}\n    balances: [points]\n"
    source = shop.program.source.replace("\npasses:\n", f"\npasses:\n{second}", 1)
    async with shop.database.pool.acquire() as connection:
        applied = await apply_program(connection, source=source, applied_by="test", now=datetime.now(UTC))
    await shop.programs.refresh()
    wallet = open_wallet(shop.wallet.settings, shop.database, shop.programs, shop.wallet.clock)
    yield replace(shop, program=applied, wallet=wallet)
    wallet.close()


async def test_a_phone_adds_all_passes_of_a_member_at_once(two_styles):
    """A36, A46, A47: type, length, HEAD; a pass whose links were called in is not handed out by another one's link."""
    shop, member = two_styles, await two_styles.member()
    second = await shop.pass_of(member, "second")
    path = add_url(shop.wallet.settings, shop.program.program_id, member, "membership", datetime.now(UTC)) + ".pkpasses"
    app = Starlette(routes=add_routes(shop.wallet, None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=shop.wallet.settings.url) as http:
        iphone = VirtualIPhone(ca=shop.wallet.apple.ca, http=http, say=lambda _: None)

        safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
        page = await http.get(path.removesuffix(".pkpasses"), headers={"User-Agent": safari})
        chrome = await http.get(path.removesuffix(".pkpasses"), headers={"User-Agent": safari.replace("Version/19.0", "CriOS/140.0")})
        both = await iphone.install_bundle((await http.get(path)).content)
        head = await iphone.head(path)
        await shop.database.pool.execute("UPDATE pass SET generation = 2 WHERE pass_id = $1", second.key.pass_id)
        one = await iphone.install_bundle((await http.get(path)).content)
        forged = await http.get("/add/nonsense.pkpasses")

    assert len({installed.serial for installed in both}) == 2
    assert head.headers["content-type"] == "application/vnd.apple.pkpasses"
    assert (head.headers["cache-control"], int(head.headers["content-length"]) > 0) == ("no-store", True)
    assert [installed.serial == second.serial for installed in one] == [False]
    assert forged.status_code == 404
    # Safari is offered both ways, another browser of iOS the single pass only.
    assert [text in page.text for text in (".pkpasses", '.pkpass"', "Add all your cards at once")] == [True, True, True]
    assert (".pkpasses" in chrome.text, '.pkpass"' in chrome.text) == (False, True)


def test_a_bundle_has_ten_passes_and_150_mb_at_most(monkeypatch):
    """A47."""
    assert bundles.bundle([b"x"] * 12).count(b"PK\1\2") == 10
    monkeypatch.setattr(bundles, "LARGEST_BUNDLE", 2_500)
    assert bundles.bundle([bytes(1_000)] * 5).count(b"PK\1\2") == 2
