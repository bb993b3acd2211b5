"""The web service of iPhones, endpoint by endpoint, as wallet.md numbers its rules."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import httpx
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from honeyguide.wallet.certificates.pass_types import PassTypes
from honeyguide.wallet.phones import phone_door, registrations
from honeyguide.wallet.phones.devices import device_routes
from honeyguide.wallet.renew_command import renew_command


async def test_a_registration_is_new_once(shop, new_phone):
    """R43, A30."""
    phone = await new_phone(await shop.member())

    first, second = await phone.register(), await phone.register()

    assert (first.status_code, second.status_code) == (201, 200)
    assert (await shop.row(phone.row.key)).state == "INSTALLED"


async def test_fifty_parallel_registrations_make_one_row(shop, new_phone):
    """A41."""
    phone = await new_phone(await shop.member())

    answers = await asyncio.gather(*(phone.register() for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert await shop.database.pool.fetchval("SELECT count(*) FROM apple_registration") == 1


async def test_a_new_push_token_replaces_the_old_one_for_all_passes_of_the_phone(shop, new_phone):
    """A41."""
    one, other = await new_phone(await shop.member()), await new_phone(await shop.member())
    other.device, other.push_token = one.device, one.push_token
    await one.register()
    await other.register()

    await one.register(json={"pushToken": "ab" * 32})

    due = await shop.database.pool.fetch("SELECT DISTINCT d.push_token FROM apple_registration r JOIN apple_device d USING (device_id)")
    assert [row["push_token"] for row in due] == ["ab" * 32]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"nonsense",
        b'{"pushToken": 5}',
        b'{"pushToken": "../../etc"}',
        b'{"pushToken": ""}',
        b'{"pushToken":"' + b"a" * 9000,
    ],
)
async def test_a_bad_registration_body_is_refused(shop, new_phone, body):
    """A30, and a push token becomes a path of a request to Apple: hex only."""
    phone = await new_phone(await shop.member())

    assert (await phone.register(json=None, content=body)).status_code == 400


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer x",
        "ApplePass",
        "ApplePass ",
        "ApplePass  {token}",
        "applepass {token}",
        "ApplePass {token}x",
        "ApplePass {token} ",
        "ApplePass {token} {token}",
        "ApplePass " + "a" * 43,
        "ApplePass " + "a" * 20_000,
        "{token}",
    ],
)
async def test_everything_but_the_token_of_this_pass_is_401(shop, new_phone, authorization):
    """A40."""
    phone = await new_phone(await shop.member())
    token = phone.authorization["Authorization"].split()[1]
    headers = {} if authorization is None else {"Authorization": authorization.format(token=token)}

    statuses = [
        (await phone.register(headers=headers)).status_code,
        (await phone.unregister(headers=headers)).status_code,
        (await phone.fetch(headers=headers)).status_code,
        (await phone.fetch(headers=headers, method="HEAD")).status_code,
    ]

    # Servers strip the spaces around a header's value, so only through them is a trailing space the right token.
    expected = 200 if authorization == "ApplePass {token} " and statuses[2] == 200 else 401
    assert set(statuses) <= {expected, 201}


async def test_the_token_of_another_pass_and_an_unknown_pass_are_401(shop, new_phone):
    """A40: an unknown pass answers like a wrong token."""
    phone, stranger = await new_phone(await shop.member()), await new_phone(await shop.member())
    unknown = replace(phone, row=replace(phone.row, serial="f" * 32))

    assert (await phone.fetch(headers=stranger.authorization)).status_code == 401
    assert (await unknown.fetch()).status_code == 401
    assert (await unknown.register()).status_code == 401


async def test_a_pass_is_served_under_its_own_pass_type_only(shop, new_phone, http):
    """X2."""
    phone = await new_phone(await shop.member())

    answer = await http.get(f"/wallet/apple/v1/passes/pass.other/{phone.row.serial}", headers=phone.authorization)

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["%2F", "..", "%00", "é", "a" * 10_000, "%F0%9F%92%A9"])
async def test_strange_path_segments_never_break_the_service(shop, new_phone, http, path):
    phone = await new_phone(await shop.member())

    answers = [
        await http.get(f"/wallet/apple/v1/passes/{path}/{path}", headers=phone.authorization),
        await http.get(f"/wallet/apple/v1/devices/{path}/registrations/{path}", params={"passesUpdatedSince": path}),
        await http.delete(f"/wallet/apple/v1/devices/{path}/registrations/{path}/{path}", headers=phone.authorization),
    ]

    assert all(answer.status_code in (204, 401, 404) for answer in answers)


async def test_text_that_no_database_takes_never_reaches_it(shop, new_phone, http):
    phone = await new_phone(await shop.member())
    registration = f"/wallet/apple/v1/devices/%00/registrations/{shop.wallet.identity.pass_type_id}/{phone.row.serial}"

    listed = await http.get(f"/wallet/apple/v1/devices/{phone.device}/registrations/%00")
    registered = await http.post(registration, headers=phone.authorization, json={"pushToken": phone.push_token})
    unregistered = await http.delete(registration, headers=phone.authorization)

    assert (listed.status_code, registered.status_code, unregistered.status_code) == (204, 400, 200)


async def test_a_phone_comes_back_later_when_the_pass_cannot_be_signed(shop, new_phone, monkeypatch):
    """A48: an expired certificate stops updates, it breaks nothing."""
    phone = await new_phone(await shop.member())
    monkeypatch.setattr(shop.wallet.pass_types.shared.signers[0], "_clock", lambda: datetime.now(UTC) + timedelta(days=800))

    answer = await phone.fetch()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


async def test_a_phone_comes_back_later_when_the_style_is_gone(shop, new_phone):
    """A48: the operator took a style out of the program, or its folder out of passes/."""
    phone = await new_phone(await shop.member())
    await shop.database.pool.execute("UPDATE pass SET style = 'gone'")

    assert (await phone.fetch()).status_code == 503


async def test_no_request_waits_without_end(shop, new_phone, monkeypatch):
    """A48."""
    phone = await new_phone(await shop.member())
    monkeypatch.setattr(phone_door, "_PATIENCE", 0.2)
    async with shop.database.transaction() as busy:
        await busy.execute("SELECT 1 FROM pass FOR UPDATE")
        waited = await phone.register()

    assert waited.status_code == 503
    assert (await phone.register()).status_code == 201


async def test_whoever_comes_while_too_many_wait_is_sent_away_for_a_while(shop, new_phone, monkeypatch):
    """A48: 503 with Retry-After when shedding, and an answer within two seconds."""
    phone = await new_phone(await shop.member())
    monkeypatch.setattr(phone_door, "_PATIENCE", 0.2)
    async with shop.database.transaction() as busy:
        await busy.execute("SELECT 1 FROM pass FOR UPDATE")
        answers = await asyncio.gather(*(phone.register() for _ in range(phone_door.AT_ONCE + 5)))

    assert phone_door._PATIENCE < 2
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"10"}
    assert (await phone.register()).status_code == 201


async def test_hundreds_of_names_of_one_phone_are_taken_and_not_without_end(shop, new_phone, monkeypatch):
    """A42: rate-limited per pass; who is known is never refused, and names that never fetched give way."""
    monkeypatch.setattr(registrations, "NEW_AN_HOUR", 3)
    monkeypatch.setattr(registrations, "PHONES_AT_MOST", 5)
    phone = await new_phone(await shop.member())
    register = lambda number: replace(phone, device=f"name-{number}").register()  # noqa: E731

    in_an_hour = [(await register(number)).status_code for number in range(5)]
    known = (await register(0)).status_code
    await shop.database.pool.execute("UPDATE apple_registration SET registered_at = registered_at - interval '2 hours'")
    later = [(await register(number)).status_code for number in range(3, 7)]
    await shop.database.pool.execute("UPDATE apple_registration SET registered_at = registered_at - interval '2 days'")
    after_days = (await register(9)).status_code

    assert in_an_hour == [201, 201, 201, 429, 429]
    assert known == 200
    assert later == [201, 201, 429, 429]
    assert after_days == 201
    assert await shop.database.pool.fetchval("SELECT count(*) FROM apple_registration") == 5
    assert await shop.database.pool.fetchval("SELECT count(*) FROM apple_device") == 5


async def test_a_known_phone_may_renew_its_token_however_many_hold_the_pass(shop, new_phone, monkeypatch):
    """A41, A42."""
    monkeypatch.setattr(registrations, "PHONES_AT_MOST", 1)
    phone = await new_phone(await shop.member())
    await phone.register()

    renewed = await phone.register(json={"pushToken": "ab" * 32})
    another = await replace(phone, device="another-phone").register()

    assert (renewed.status_code, another.status_code) == (200, 429)


async def test_a_phone_hears_which_passes_changed_since_its_tag(shop, new_phone):
    """A31, A43."""
    member = await shop.member()
    phone = await new_phone(member)
    await phone.register()
    everything = (await phone.changed()).json()

    nothing = await phone.changed(everything["lastUpdated"])
    await shop.give(member, 10)
    unpublished = await phone.changed(everything["lastUpdated"])
    await shop.published_pass(member)
    changed = await phone.changed(everything["lastUpdated"])

    assert everything["serialNumbers"] == [phone.row.serial]
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert unpublished.status_code == 204  # only published tags are listed
    assert changed.json()["serialNumbers"] == [phone.row.serial]
    assert changed.json()["lastUpdated"] != everything["lastUpdated"]
    assert (await phone.changed(changed.json()["lastUpdated"])).status_code == 204


@pytest.mark.parametrize("tag", ["", "nonsense", "0", "1.", "9.999999", "1.1; DROP TABLE pass", "²³.1", "1." + "9" * 40])
async def test_an_unknown_tag_counts_as_none(shop, new_phone, tag):
    """A43: also one of another epoch, handed out before a backup was restored."""
    phone = await new_phone(await shop.member())
    await phone.register()

    assert (await phone.changed(tag)).json()["serialNumbers"] == [phone.row.serial]


async def test_a_device_that_holds_nothing_gets_204(shop, new_phone):
    """A31, R43."""
    phone = await new_phone(await shop.member())

    assert (await phone.changed()).status_code == 204


async def test_a_fetch_gives_the_pass_as_of_now(shop, new_phone):
    """A32, X4: a stale pass is published before it is served."""
    member = await shop.member()
    phone = await new_phone(member)
    await shop.give(member, 77)

    answer = await phone.fetch()

    body = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("pass.json"))
    fields = {field["key"]: field["value"] for section in body["storeCard"].values() if isinstance(section, list) for field in section}
    assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["cache-control"] == "private, no-cache"
    assert fields["points"] == 77
    assert body["serialNumber"] == phone.row.serial


async def test_an_unchanged_pass_is_304_and_a_changed_one_200(shop, new_phone):
    """R43, A32, A45: also when it changed within the same second."""
    member = await shop.member()
    phone = await new_phone(member)
    first = await phone.fetch()

    unchanged = await phone.fetch(since=first.headers["last-modified"])
    answers = []
    since = first.headers["last-modified"]
    for _ in range(3):
        await shop.give(member, 1)
        answers.append(await phone.fetch(since=since))
        since = answers[-1].headers["last-modified"]

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["last-modified"] == first.headers["last-modified"]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert (await phone.fetch(since=since)).status_code == 304


@pytest.mark.parametrize("since", ["nonsense", "0", "Mon, 99 Foo 2026 10:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "\x20"])
async def test_a_strange_date_gets_the_pass(shop, new_phone, since):
    phone = await new_phone(await shop.member())

    assert (await phone.fetch(since=since)).status_code == 200


async def test_head_answers_like_get_without_the_body(shop, new_phone):
    """A46."""
    phone = await new_phone(await shop.member())

    head, got = await phone.fetch(method="HEAD"), await phone.fetch()

    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(got.content)
    assert parsedate_to_datetime(head.headers["last-modified"])


async def test_two_fetches_of_a_version_are_the_same_bytes(shop, new_phone):
    """A26: signed once."""
    phone = await new_phone(await shop.member())

    answers = await asyncio.gather(*(phone.fetch() for _ in range(5)))

    assert len({answer.content for answer in answers}) == 1


async def test_a_listed_pass_never_answers_304_to_who_has_the_listed_tag(shop, new_phone):
    """A44: a change that cancels itself out is not listed."""
    member = await shop.member()
    phone = await new_phone(member)
    await phone.register()
    tag = (await phone.changed()).json()["lastUpdated"]
    await shop.give(member, 5)
    await shop.give(member, -5)

    await shop.published_pass(member)

    assert (await phone.changed(tag)).status_code == 204


async def test_unregistering_twice_is_fine_and_forgets_the_phone_with_its_last_pass(shop, new_phone):
    """A33, A49."""
    phone = await new_phone(await shop.member())
    await phone.register()

    first, second = await phone.unregister(), await phone.unregister()

    assert (first.status_code, second.status_code) == (200, 200)
    assert await shop.database.pool.fetchval("SELECT count(*) FROM apple_device") == 0
    assert (await shop.row(phone.row.key)).state == "ISSUED"
    assert (await phone.fetch()).status_code == 200  # the pass stays valid


async def test_the_former_token_works_until_the_phone_has_the_new_one(shop, new_phone):
    """A25: a new generation heals a leaked pass file."""
    phone = await new_phone(await shop.member())
    await phone.register()
    await shop.database.pool.execute("UPDATE pass SET generation = 2, shown = -1")

    with_former = await phone.fetch()
    renewed = replace(phone, row=await shop.row(phone.row.key))
    with_former_again = await phone.fetch()
    with_new = await renewed.fetch()

    assert with_former.status_code == 200
    assert with_former_again.status_code == 401
    assert with_new.status_code == 200
    assert renewed.authorization["Authorization"].split()[1].encode() in with_new.content


async def test_a_phone_that_was_off_while_its_token_was_replaced_twice_finds_its_way(shop, new_phone):
    """A25: the former token serves until the phone has fetched the new one; nobody new comes in by it."""
    phone = await new_phone(await shop.member())
    await phone.register()
    await shop.database.pool.execute("UPDATE pass SET generation = 3, shown = -1")

    copy = await replace(phone, device="who-copied-the-file").register()
    renewed = await phone.register(json={"pushToken": "cd" * 32})
    fetched = await phone.fetch()

    assert (copy.status_code, renewed.status_code, fetched.status_code) == (401, 200, 200)
    assert (await phone.fetch()).status_code == 401


async def test_a_renewed_pass_reaches_its_phone_by_a_push_and_leaves_copies_behind(shop, new_phone, database_url, monkeypatch):
    """A25: `honeyguide pass renew`; a copy that registered and never fetches keeps the former token alive for 30 days at most."""
    phone = await new_phone(await shop.member())
    await phone.register()
    await replace(phone, device="a-copy").register()
    tag = (await phone.changed()).json()["lastUpdated"]
    monkeypatch.setenv("DATABASE_URL", database_url)

    said = await asyncio.to_thread(CliRunner().invoke, renew_command, [phone.row.serial])
    unknown = await asyncio.to_thread(CliRunner().invoke, renew_command, ["f" * 32])
    await shop.wallet.publisher.publish(phone.row.key, shop.wallet.clock())

    assert (said.exit_code, unknown.exit_code) == (0, 1), said.output
    acts = await shop.database.pool.fetch("SELECT actor, subject FROM audit WHERE action = 'RENEW_PASS'")
    assert [(act["actor"][:4], act["subject"]) for act in acts] == [("cli:", str(phone.row.key.member_id))]
    assert await shop.database.pool.fetchval("SELECT count(*) FROM apple_registration WHERE pushed_tag < wanted_tag") == 2
    assert (await phone.changed(tag)).json()["serialNumbers"] == [phone.row.serial]
    assert (await phone.fetch()).status_code == 200
    assert (await phone.fetch()).status_code == 200  # the copy still lags
    await shop.database.pool.execute("UPDATE pass SET renewed_at = renewed_at - interval '31 days'")
    assert (await phone.fetch()).status_code == 401
    assert (await replace(phone, row=await shop.row(phone.row.key)).fetch()).status_code == 200


async def test_whoever_asks_with_head_has_fetched_nothing(shop, new_phone):
    """A31, A32, A46: HEAD leaves the phone as far behind as it is, and as little told."""
    member = await shop.member()
    phone = await new_phone(member)
    await phone.register()
    await shop.give(member, 5)
    row = await shop.published_pass(member)

    listed_at = "SELECT listed_at FROM apple_registration"
    told = await shop.database.pool.fetchval(listed_at)

    listed = await phone.http.head(f"/wallet/apple/v1/devices/{phone.device}/registrations/{phone.wallet.identity.pass_type_id}")
    await phone.fetch(method="HEAD")
    await phone.fetch(method="HEAD", since=format_datetime(row.modified_at, usegmt=True))

    assert (listed.status_code, listed.content) == (200, b"")
    assert await shop.database.pool.fetchval("SELECT fetched_tag < wanted_tag FROM apple_registration")
    assert await shop.database.pool.fetchval(listed_at) == told


async def test_log_lines_are_taken_counted_and_bounded(shop, http):
    """A34, A50."""
    line = "[2026-11-22 10:00:00 +0000] Get pass task (pass type pass.x, serial number abc123; ...) encountered error: Unexpected response code 500"
    post = lambda content: http.post("/wallet/apple/v1/log", content=content)  # noqa: E731

    taken = await post(json.dumps({"logs": [line, "\x1b[31mforged\nline", 7]}))

    assert taken.status_code == 200
    first = shop.wallet.notes.log.lines[0]
    assert (first.task, first.serial, first.code) == ("fetch", "abc123", 500)
    assert (await post(b"nonsense")).status_code == 400
    assert (await post(b'{"logs": "x"}')).status_code == 400
    assert (await post(b'{"logs": ["' + b"x" * 100_000 + b'"]}')).status_code == 413
    for _ in range(10):
        await post(json.dumps({"logs": ["x"] * 50}))
    assert shop.wallet.notes.log.dropped > 0
    assert len(shop.wallet.notes.log.lines) <= 200


async def test_a_database_that_is_down_sends_phones_away_for_a_while(shop, new_phone):
    """A48."""
    phone = await new_phone(await shop.member())
    await shop.database.close()

    answer = await phone.fetch()

    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_a_phone_that_registers_late_hears_of_what_it_missed(shop, new_phone):
    """X1: downloaded, changed, then registered; another pass of the phone has a newer tag already."""
    member, other_member = await shop.member(), await shop.member()
    phone, other = await new_phone(member), await new_phone(other_member)
    other.device, other.push_token = phone.device, phone.push_token
    await shop.give(member, 5)
    await shop.published_pass(member)
    await shop.give(other_member, 5)
    await shop.published_pass(other_member)
    await other.register()
    tag = (await other.changed()).json()["lastUpdated"]

    await phone.register()

    assert (await phone.changed(tag)).json()["serialNumbers"] == [phone.row.serial]
    await phone.fetch()
    assert (await phone.changed(tag)).status_code == 204


async def test_a_log_line_of_a_stranger_forges_nothing_and_names_no_phone(shop, http, caplog):
    """A50: who knows a phone's id may ask which passes it holds."""
    caplog.set_level(logging.INFO)
    device = "0123456789abcdef0123456789abcdef"
    line = f"Register task (for device {device}, pass type pass.x, serial number 5) \x1b[31m \u009b31m \u2028 2026 ERROR forged"

    await http.post("/wallet/apple/v1/log", content=json.dumps({"logs": [line]}))

    assert "for device (hidden), pass type pass.x" in caplog.text
    assert device not in caplog.text + shop.wallet.notes.log.lines[0].text
    assert not {"\x1b", "\u009b", "\u2028"} & set(caplog.text)


async def test_a_phone_keeps_getting_updates_after_the_secret_key_was_replaced(shop, new_phone):
    phone = await new_phone(await shop.member())
    former = shop.wallet.identity.token_key
    shared = shop.wallet.pass_types.shared

    def under(**keys):
        return replace(shop.wallet, pass_types=PassTypes(replace(shared, identity=replace(shared.identity, **keys))))

    rotated, dropped = under(token_key=b"n" * 32, former_token_keys=(former,)), under(token_key=b"n" * 32)

    async def status(wallet):
        transport = httpx.ASGITransport(app=Starlette(routes=device_routes(wallet)))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            return (await http.get(phone.pass_url, headers=phone.authorization)).status_code

    assert await status(rotated) == 200
    assert await status(dropped) == 401
