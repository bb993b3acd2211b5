"""The four kinds of message through a member's year: written once, drawn on the pass, gone when their reason is."""

from __future__ import annotations

from uuid import UUID

import pytest

from builders.platform import Platform, running_platform
from builders.programs import rule, source
from honeyguide.programs.current import Applied
from honeyguide.transactions.sweep_due import sweep_due
from honeyguide.wallet.issue_pass import PassIssued, issue_pass
from honeyguide.wallet.messages import store
from honeyguide.wallet.messages.sweep import sweep_messages
from honeyguide.wallet.store import PassRow

UNITS = """
points: {kind: points, name: {en: {one: point, other: points}, de: {one: Punkt, other: Punkte}}, expiry: {after: {months: 12}}}
"""
LADDER = """
metrics:
  spend: {counts: spend, name: Spend}
period: {kind: calendar_year}
warning: {days: 60}
levels:
  bronze: {name: Bronze}
  gold: {name: Gold, needs: {spend: 1000}}
"""
PASSES = """
passes:
  membership: {title: {en: Card, de: Karte}, balances: [points]}
consents:
  offers: {text: {en: Offers, de: Angebote}}
pass_messages:
  welcome:
    header: {en: Welcome, de: Willkommen}
    body: {en: "Good to see you at {program}.", de: "Schön, Sie bei {program} zu sehen."}
  points_expire:
    unit: points
    header: {en: Points expire, de: Punkte verfallen}
    body: {en: "{quantity} on {date}.", de: "{quantity} am {date}."}
  tier_at_risk:
    header: {en: "Keep {tier}", de: "{tier} behalten"}
    body: {en: "{missing} until {date}, or you are {drops_to}.", de: "{missing} bis {date}, sonst {drops_to}."}
  win_back:
    unit: points
    purpose: offers
    after_days: 300
    header: {en: Come back, de: Kommen Sie wieder}
    body: {en: "{quantity} wait for you.", de: "{quantity} warten auf Sie."}
"""
PROGRAM = (
    source(
        earning=rule("spend", "earn: 1, per: 1"),
        units=UNITS,
        tiers=LADDER,
        partners="shop: {name: Shop, issues: [points], window_days: 400}",
        more=PASSES,
    )
    .replace("locales: [en]", "locales: [en, de]")
    .replace("terms: Be nice.", "terms: {en: Be nice., de: Seien Sie nett.}")
    .replace("title: rule", "title: {en: Rule, de: Regel}")
)


@pytest.fixture
async def platform(database, database_url, tmp_path):
    async with running_platform(database, database_url, tmp_path, PROGRAM) as running:
        yield running


def applied(platform: Platform) -> Applied:
    return platform.services.programs.current(platform.program_id)


CONSENT = """
INSERT INTO consent (program_id, member_id, consent_id, purpose, given, at, source, text_version)
VALUES ($1, $2, gen_random_uuid(), 'offers', true, $3, 'APP', 1)
"""


async def sweep(platform: Platform) -> None:
    services = platform.services
    await sweep_due(services.till, services.database, applied(platform), platform.clock())
    await sweep_messages(services.database, services.wallet.vault, applied(platform), platform.clock())


async def shown(platform: Platform, member: UUID) -> list[tuple[str, str]]:
    """What stands on the passes, in English."""
    found = await store.messages_shown(platform.services.database.pool, platform.program_id, member, platform.clock())
    return [(message.header["en"], message.body["en"]) for message in found]


async def news(platform: Platform, member: UUID) -> str | None:
    """What the pass says, drawn when it is stale."""
    row = await pass_of(platform, member)
    face = (await platform.services.wallet.current(row)).face
    return face.get("message.news")


async def pass_of(platform: Platform, member: UUID) -> PassRow:
    async with platform.services.database.transaction() as connection:
        issued = await issue_pass(
            connection, program_id=platform.program_id, member_id=member, style="membership", styles=("membership",), now=platform.clock()
        )
    assert isinstance(issued, PassIssued)
    return issued.issued


async def test_a_members_year_on_the_pass(platform):
    """R34, R57, X1, A14: joined on 22 November 2026, gold in January 2027, and away from then on."""
    anna = await platform.enrol(partner="shop", consents=[])
    await pass_of(platform, anna)

    await sweep(platform)
    await sweep(platform)
    assert await shown(platform, anna) == [("Welcome", "Good to see you at Club.")]
    assert await news(platform, anna) == "Welcome\nGood to see you at Club."

    platform.clock.move(days=15)
    await sweep(platform)
    assert await shown(platform, anna) == []
    assert await news(platform, anna) is None

    platform.clock.move(days=40)
    await platform.post("1500.00", partner="shop")
    platform.clock.move(days=310)
    await sweep(platform)
    assert await shown(platform, anna) == []

    platform.clock.move(days=30)
    await sweep(platform)
    assert await news(platform, anna) == "Points expire\n1,500 points on January 16, 2028."

    platform.clock.move(days=60)
    await sweep(platform)
    assert await shown(platform, anna) == []  # she was not asked whether she may be written to about offers

    await platform.services.database.pool.execute(CONSENT, platform.program_id, anna, platform.clock())
    platform.clock.move(minutes=16)
    await sweep(platform)
    assert await shown(platform, anna) == [("Come back", "0 points wait for you.")]

    await platform.post("10.00", partner="shop")
    platform.clock.move(minutes=16)
    await sweep(platform)
    assert await shown(platform, anna) == []

    platform.clock.move(days=270)
    await sweep(platform)
    assert await shown(platform, anna) == [("Keep Gold", "$990.00 until December 31, 2028, or you are Bronze.")]

    await platform.post("1000.00", partner="shop")
    platform.clock.move(minutes=16)
    await sweep(platform)
    assert await news(platform, anna) is None


async def test_a_walk_is_bounded_goes_on_where_it_stopped_and_rests(platform, monkeypatch):
    """As after a kill: whoever was looked at stays so, and what is written twice is written once."""
    monkeypatch.setattr("honeyguide.wallet.messages.sweep._BATCH", 2)
    monkeypatch.setattr("honeyguide.wallet.messages.sweep._ROUND", 2)
    members = [await platform.enrol(f"m{number}@example.test", partner="shop", consents=[]) for number in range(3)]
    for member in members:
        await pass_of(platform, member)

    told = []
    for _ in range(3):
        await sweep(platform)
        told.append(sum([len(await shown(platform, member)) for member in members]))

    assert told == [2, 3, 3]
    walk = await platform.services.database.pool.fetchrow("SELECT done, begun_at FROM pass_message_walk")
    assert (walk["done"], walk["begun_at"]) == (True, platform.clock())
