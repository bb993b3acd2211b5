"""The link that enrolment gives leads to the card, also of a person who was a member before."""

from __future__ import annotations

from builders.platform import ENROL, Platform, key


async def test_the_link_of_a_known_member_leads_to_the_card_of_now(platform: Platform) -> None:
    """A25: raising the generation kills the links handed out before, not those handed out after."""
    given = {"email": "anna@example.test"}
    first = (await platform.as_partner("grocer", ENROL, {"input": {**given, "idempotencyKey": key()}}))["enrollMember"]
    opened = await platform.http.get(first["addUrl"])
    await platform.services.database.pool.execute("UPDATE pass SET generation = 2")

    again = (await platform.as_partner("grocer", ENROL, {"input": {**given, "idempotencyKey": key()}}))["enrollMember"]

    assert opened.status_code == 200
    assert (await platform.http.get(first["addUrl"])).status_code == 410
    assert (await platform.http.get(again["addUrl"])).status_code == 200
