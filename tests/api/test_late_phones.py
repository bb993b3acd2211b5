"""An operator sees which phones lag and what phones complain of; nobody else does, and no secret of a phone is in it."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

from builders.platform import Platform
from honeyguide.api.types.node import NodeId, NodeKind

LATE = """query ($first: Int, $after: String, $last: Int, $before: String) {
  latePhones(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { member style behindSince fetchedAt pushedAt version tries } }
    pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
  }
}"""
LOG = "{ phoneLog { at task passType serial code text } }"
ISSUE = "mutation ($input: IssuePassInput!) { issuePass(input: $input) { __typename } }"
BEHIND = "{ me { passes { devices { behind version } } } }"


async def a_late_phone(platform: Platform, email: str, hours: float | None) -> str:
    member_id = await platform.enrol(email)
    await platform.as_member(member_id, ISSUE, {"input": {"style": "membership"}})
    pool, device, now = platform.services.database.pool, uuid4().hex, platform.clock()
    await pool.execute("INSERT INTO apple_device (device_id, push_token, updated_at) VALUES ($1, $2, $3)", device, "ab" * 32, now)
    await pool.execute(
        "INSERT INTO apple_registration (device_id, pass_id, program_id, member_id, pass_type, registered_at, behind_since)"
        " SELECT $1, pass_id, program_id, member_id, 'pass.x', $3, $4 FROM pass WHERE member_id = $2",
        device, member_id, now, None if hours is None else now - timedelta(hours=hours),
    )  # fmt: skip
    return str(NodeId(NodeKind.MEMBER, member_id))


async def test_r44_phones_that_lag_are_listed_the_longest_first_in_pages(platform: Platform) -> None:
    """R44: since when, and what the phone last pulled."""
    late = {hours: await a_late_phone(platform, f"m{hours}@example.test", hours) for hours in (2, 9, 5, None)}

    first = (await platform.as_operator(LATE, {"first": 2}))["latePhones"]
    rest = (await platform.as_operator(LATE, {"first": 2, "after": first["pageInfo"]["endCursor"]}))["latePhones"]
    back = (await platform.as_operator(LATE, {"last": 1, "before": rest["pageInfo"]["startCursor"]}))["latePhones"]

    assert [edge["node"]["member"] for edge in (*first["edges"], *rest["edges"])] == [late[9], late[5], late[2]]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert [edge["node"]["member"] for edge in back["edges"]] == [late[5]]
    devices = await platform.services.database.pool.fetch("SELECT device_id FROM apple_device")
    assert not any(row["device_id"] in json.dumps([first, rest]) for row in devices)


async def test_a_version_that_shows_nothing_new_leaves_no_phone_behind(platform: Platform) -> None:
    """R44: `behind` is about what the phone shows, not about numbers of versions."""
    member_id = await platform.enrol("anna@example.test")
    await platform.as_member(member_id, ISSUE, {"input": {"style": "membership"}})
    pool = platform.services.database.pool
    await pool.execute("UPDATE pass SET shown = changed, tag = 7")
    await pool.execute("INSERT INTO apple_device (device_id, push_token, updated_at) VALUES ('d', 'ab', now())")
    await pool.execute(
        "INSERT INTO apple_registration (device_id, pass_id, program_id, member_id, pass_type, registered_at, fetched_tag, fetched_version)"
        " SELECT 'd', pass_id, program_id, member_id, 'pass.x', now(), 7, 0 FROM pass"
    )

    async def behind() -> bool:
        return bool((await platform.as_member(member_id, BEHIND))["me"]["passes"][0]["devices"][0]["behind"])

    level = await behind()
    await pool.execute("UPDATE pass SET tag = 8")
    published = await behind()
    await pool.execute("UPDATE pass SET tag = 7, shown = changed - 1")
    stale = await behind()

    assert (level, published, stale) == (False, True, True)


async def test_a50_what_phones_log_is_shown_as_it_was_sent_and_to_the_programs_own_operators(platform: Platform) -> None:
    """A50: never trusted; device ids hidden; lines about another program's passes are not ours."""
    await a_late_phone(platform, "anna@example.test", None)
    pool, notes = platform.services.database.pool, platform.services.wallet.notes
    serial = await pool.fetchval("SELECT serial FROM pass")
    await pool.execute("INSERT INTO program (program_id, code, created_at) VALUES ($1, 'other', now())", other := uuid4())
    await pool.execute("INSERT INTO identifier (program_id, kind, value, member_id) VALUES ($1, 'pass', 'theirs', $2)", other, uuid4())
    lines = [
        f"Get pass task (pass type pass.x, serial number {serial}) encountered error: Unexpected response code 500",
        "Get pass task (pass type pass.x, serial number theirs) encountered error: Unexpected response code 500",
        "Register task (for device 0123456789abcdef) \x00<script>alert(1)</script>\u202e\u2028",
    ]

    for chunk in (lines, ["x"] * 5):
        notes.log.take(json.dumps({"logs": chunk}).encode(), platform.clock())
    await notes.write(platform.services.database, platform.clock)
    told = (await platform.as_operator(LOG))["phoneLog"]

    assert [line["task"] for line in told] == ["OTHER"] * 5 + ["REGISTER", "FETCH"]
    assert (told[-1]["serial"], told[-1]["code"]) == (serial, 500)
    assert told[-2]["text"] == "Register task (for device (hidden)) \ufffd<script>alert(1)</script>\ufffd\ufffd"


async def test_a50_the_log_never_grows_beyond_its_places(platform: Platform) -> None:
    """A50: a stranger may send lines without end."""
    pool, notes = platform.services.database.pool, platform.services.wallet.notes
    for hour in range(60):
        notes.log.take(json.dumps({"logs": [f"line {hour}"] * 20}).encode(), platform.clock() + timedelta(hours=hour))
        await notes.write(platform.services.database, platform.clock)

    assert await pool.fetchval("SELECT count(*) FROM phone_log") == 1_000
