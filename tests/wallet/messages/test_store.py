"""What stands on a member's passes as a message."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from builders.clock import Clock
from honeyguide.wallet.messages.store import messages_shown

WRITE = """
INSERT INTO pass_message (program_id, member_id, message_id, kind, occasion, header, body, notify, posted_at, ends_at)
VALUES ($1, $2, $3, 'welcome', $4, '{"en": "Hello"}', '{"en": "Good to see you."}', true, $5, $6)
"""


async def test_messages_that_have_not_ended_are_shown_newest_first(shop):
    clock = Clock()
    program_id, member_id = shop.program.program_id, await shop.member()
    ids = [uuid4() for _ in range(3)]
    for place, (message_id, ends) in enumerate(zip(ids, (None, clock(), clock() + timedelta(days=1)), strict=True)):
        posted_at = clock() - timedelta(hours=3 - place)
        await shop.database.pool.execute(WRITE, program_id, member_id, message_id, str(place), posted_at, ends)

    shown = await messages_shown(shop.database.pool, program_id, member_id, clock())

    assert [message.id for message in shown] == [ids[2], ids[0]]
    assert (shown[0].header, shown[0].notify) == ({"en": "Hello"}, True)
    assert await messages_shown(shop.database.pool, program_id, uuid4(), clock()) == []
