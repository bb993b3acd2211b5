"""The member's page in a browser: what a person sees, live, on a phone, in three languages, and after being offline."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image

from builders.browsing import DESKTOP, Browsing, expect
from builders.eventually import eventually
from builders.npm import Npm
from builders.platform import Platform, key

QUANTITIES = "#activity .quantity"
KEPT = "honeyguide-refresh-token"
REFRESHED = f"import('/member/demo/session.js').then((s) => s.accessToken({{ fresh: true }})).then(() => sessionStorage.getItem('{KEPT}'))"
NO_SOCKETS = "window.WebSocket = class extends WebSocket { constructor(url, names) { super(url.replace('graphql', 'nothing'), names); } }"


async def anna(platform: Platform, *amounts: str, name: str | None = "Anna Adler") -> UUID:
    member = await platform.enrol("anna@example.test", displayName=name)
    for amount in amounts:
        await platform.post(amount)
    return member


async def ask_approval(platform: Platform, points: str) -> Any:
    given = {"idempotencyKey": key(), "reference": key(), "unit": "points", "quantity": points, "askApproval": True, "location": "7"}
    return await platform.till("Authorize", input={**given, "member": {"email": "anna@example.test"}})


async def shown_code(page: Any) -> str:
    """What a scanner reads from the screen."""
    picture = Image.open(BytesIO(await page.locator("#qr").screenshot()))
    [found] = zxingcpp.read_barcodes(picture)
    return str(found.text)


async def test_a_member_signs_in_by_a_code_and_sees_what_happens_as_it_happens(browsing: Browsing, npm: Npm) -> None:
    platform = browsing.door.platform
    await anna(platform, "1400.00")
    page = await browsing.open()
    assert await browsing.axe(page, npm) == []

    await browsing.sign_in(page, "anna@example.test")
    await page.wait_for_selector("#connection[data-state=live]")

    # All that there is
    assert await page.text_content("#member-name") == "Anna Adler"
    assert await page.text_content("#tier") == "Forager"
    assert await page.text_content("#progress p") == "\u20682,100.00\u2069 more to \u2068Honeyguide\u2069"
    assert await page.text_content("#accounts .big") == "2,100"
    assert await page.locator("#ways li").count() == 4
    assert (await page.get_attribute("#wallet a", "href")).startswith(f"{platform.settings.url}/add/")
    await page.click("#activity summary")
    assert "1 point per $1.00, on $1,400.00" in await page.text_content("#activity details")

    # A duplicated tab has a copy of the refresh token, which counts once: both stay signed in
    copied = await page.evaluate(f"sessionStorage.getItem('{KEPT}')")
    twin = await page.context.new_page()
    await twin.add_init_script(f"sessionStorage.setItem('{KEPT}', '{copied}')")
    await twin.goto(page.url)
    await twin.wait_for_selector("#connection[data-state=live]")
    handed_on = await page.evaluate(REFRESHED)
    assert copied != handed_on == await twin.evaluate(f"sessionStorage.getItem('{KEPT}')")
    await twin.close()

    # A purchase, without reload; the open "Why?" stays open
    await platform.post("10.00")
    await expect(page.locator(QUANTITIES)).to_have_text(["+12 points", "+2,100 points"])
    await expect(page.locator("#accounts .big")).to_have_text("2,112")
    await expect(page.locator("#announcer")).to_contain_text("Purchase at Grocer")
    assert await page.locator("#activity details[open]").count() == 1

    # The card changes by itself
    first, first_text = await shown_code(page), await page.text_content("#card-text")
    identified = await platform.till("Identify", input={"by": {"barcode": first}})
    browsing.door.clock.move(seconds=30)
    await page.clock.fast_forward(31_000)
    await expect(page.locator("#card-text")).not_to_have_text(first_text)
    assert identified["__typename"] == "MemberIdentified"
    assert await shown_code(page) != first

    # A till asks, the member agrees
    asked = await ask_approval(platform, "1500")
    await page.wait_for_selector("#approvals:not([hidden])")
    assert await browsing.axe(page, npm) == []
    await browsing.shoot(page, "approval")
    await page.click("text=Approve")
    await page.wait_for_selector("#approvals", state="hidden")
    assert (await platform.till("Reservation", id=asked["hold"]["id"]))["approval"] == "APPROVED"

    # Signed out, nothing of hers is left, and the session has ended
    await page.click("#sign-out")
    await page.wait_for_selector("#sign-in-form")
    assert await page.evaluate("sessionStorage.length") == 0
    left = await page.evaluate("document.body.textContent")  # of what is hidden, too
    assert [one for one in ("2,1", "more to", "Adler", "Purchase at Grocer") if one in left] == []
    assert browsing.complaints == []

    async def ended() -> bool:
        return bool(await platform.services.database.pool.fetchval("SELECT count(*) = 1 FROM session WHERE revoked_at IS NOT NULL"))

    await eventually(ended)


async def test_offline_says_so_and_what_happened_meanwhile_comes_when_back_all_of_it_and_once(browsing: Browsing) -> None:
    platform = browsing.door.platform
    member = await anna(platform, "10.00")
    page = await browsing.as_member(member)

    await page.context.set_offline(True)
    await page.wait_for_selector("#connection[data-state=away]")
    assert (await page.text_content("#connection")).startswith("Offline, as of")
    for amount in range(101, 126):
        await platform.post(f"{amount}.00")
    await expect(page.locator(QUANTITIES)).to_have_text(["+10 points"])  # what was known stays to be seen
    await page.context.set_offline(False)
    await page.evaluate("dispatchEvent(new Event('online'))")

    edges = (await platform.as_member(member, "{ me { activity(first: 50) { edges { node { quantity } } } } }"))["me"]["activity"]["edges"]
    assert len(edges) == 26
    await expect(page.locator(QUANTITIES)).to_have_text([f"+{edge['node']['quantity']} points" for edge in edges])
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live")


async def test_older_rows_come_by_more_and_new_ones_also_where_no_web_socket_gets_through(browsing: Browsing) -> None:
    member = await anna(browsing.door.platform, *(f"{amount}.00" for amount in range(1, 24)))
    page = await browsing.as_member(member)

    await page.click("#more")

    await expect(page.locator(QUANTITIES)).to_have_count(23)
    assert (await page.locator(QUANTITIES).all_text_contents())[-1] == "+1 points"
    await expect(page.locator("#more")).to_be_hidden()
    behind_a_proxy = await browsing.as_member(member, script=NO_SOCKETS, state="polling")
    await browsing.door.platform.post("24.00")
    await behind_a_proxy.clock.fast_forward(15_000)
    await expect(behind_a_proxy.locator(QUANTITIES).first).to_have_text("+24 points")
    await expect(behind_a_proxy.locator("#connection")).to_have_text("Looks for changes every 15 seconds")


@pytest.mark.parametrize(
    ("language", "scheme", "direction", "needed"),
    [
        ("de", "dark", "ltr", "Noch \u2068937,60\u2069 bis \u2068Sammler\u2069"),
        ("ar", "light", "rtl", "تبقّى \u2068937.60\u2069 للوصول إلى"),
    ],
)
async def test_the_page_speaks_languages_of_both_directions(
    browsing: Browsing, npm: Npm, language: str, scheme: str, direction: str, needed: str
) -> None:
    member = await anna(browsing.door.platform, "62.40", name="Anna Adler" if language == "de" else None)
    await ask_approval(browsing.door.platform, "30")
    page = await browsing.as_member(member, language, color_scheme=scheme)

    assert await page.get_attribute("html", "dir") == direction
    assert (await page.text_content("#progress p")).startswith(needed)
    spoken = "de" if language == "de" else "en"  # the program has no Arabic texts: they say which they are, to screen readers too
    assert await page.get_attribute("#accounts .unit", "lang") == await page.get_attribute("#activity h3", "lang") == spoken
    assert await page.is_visible("#texts-language") == (language == "ar")
    for name, size in (("phone", None), ("desktop", DESKTOP)):
        if size:
            await page.set_viewport_size(size)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        await browsing.shoot(page, f"{language}-{scheme}-{name}")
    assert await browsing.axe(page, npm) == []
    await page.select_option("#language", "en")
    await expect(page.locator("#activity h3").first).to_have_text("Reserved at Grocer")
    await expect(page.locator("html")).to_have_attribute("dir", "ltr")
    assert browsing.complaints == []
