"""In a member's quiet hours the card changes, and the phone is not asked to tell of it (R57)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from honeyguide.members.people import write_person
from honeyguide.members.person import Details
from honeyguide.programs.quiet_hours import QuietHours
from honeyguide.testing.android import VirtualAndroid


async def test_r57_in_quiet_hours_a_card_changes_without_waking_anybody(shop, worker):
    member = await shop.member()
    row = await shop.published_pass(member)
    assert await worker.google.bring(row, patience=5)
    android = VirtualAndroid(worker.google_simulator)
    await android.save(await worker.google.save_link(row))

    await lasting(shop, member, quiet=True)
    await shop.give(member, 42)
    await worker.deliver()
    await worker.google.settle()
    during, balance = list(android.notifications), android.screen["Points"]
    await lasting(shop, member, quiet=False)
    await shop.give(member, 8)
    await worker.deliver()
    await worker.google.settle()

    assert (during, balance) == ([], "42")
    assert (len(android.notifications), android.screen["Points"]) == (1, "50")


async def lasting(shop, member, *, quiet: bool) -> None:
    """Quiet hours around the present, or twelve hours away from it."""
    middle = datetime.now(UTC) + timedelta(hours=0 if quiet else 12)
    hours = QuietHours((middle - timedelta(hours=2)).time().replace(second=0), (middle + timedelta(hours=2)).time().replace(second=0))
    program_id = shop.program.program_id
    details = Details(time_zone="UTC", quiet_hours=hours)
    async with shop.database.transaction() as connection:
        await write_person(connection, program_id, member, "Ada", shop.wallet.vault.sealed(program_id, member, details))
