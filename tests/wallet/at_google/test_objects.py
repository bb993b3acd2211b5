"""Objects at Google against the simulator and the database: what wakes, what shows, who shares the limit (G4, G7-G9, G13, G14, R45)."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from honeyguide.encryption import Cipher
from honeyguide.members.card import card_now, renew_card
from honeyguide.members.rotating_code import code_at, read_code, step_of
from honeyguide.testing.google_errors import Fail
from honeyguide.wallet.assembly import open_google
from honeyguide.wallet.at_google.allowance import ObjectAllowance
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.at_google.metrics import google_queue
from honeyguide.wallet.at_google.objects import keep_google_object
from honeyguide.wallet.at_google.rate import SharedLimiter
from honeyguide.wallet.google.client import SIMULATED_ISSUER
from honeyguide.wallet.google.limiter import calls_per_second
from honeyguide.wallet.store import PassRow


@pytest.fixture
def worker(shop, worker):
    """Delivery at noon of tomorrow, by the program's clock: at night nobody is woken (R57)."""
    noon = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(12), shop.program.program.zone)
    worker.google._wallet = replace(worker.google._wallet, clock=lambda: noon)
    return worker


async def saved(shop, worker) -> tuple[UUID, PassRow]:
    """A member whose card is on an Android phone."""
    member = await shop.member()
    row = await shop.published_pass(member)
    assert await worker.google.bring(row, patience=5)
    worker.google_simulator.objects[object_id(row)]["hasUsers"] = True
    await shop.database.pool.execute("UPDATE google_object SET saved = true WHERE pass_id = $1", row.key.pass_id)
    return member, row


def object_id(row: PassRow) -> str:
    return f"{SIMULATED_ISSUER}.{row.key.pass_id.hex}"


def at_google(worker, row: PassRow) -> dict[str, Any]:
    return worker.google_simulator.objects[object_id(row)]


async def notified(shop, row: PassRow) -> int:
    return await shop.database.pool.fetchval("SELECT cardinality(notified_at) FROM google_object WHERE pass_id = $1", row.key.pass_id)


async def post(shop, member: UUID, *, notify: bool = True, ends_at: datetime | None = None, said: str = "Hello") -> UUID:
    """A message on the member's cards, as the worker writes it."""
    message_id = uuid4()
    await shop.database.pool.execute(
        "INSERT INTO pass_message (program_id, member_id, message_id, kind, occasion, header, body, notify, posted_at, ends_at)"
        " VALUES ($1, $2, $3, 'welcome', $4, $5, $6, $7, $8, $9)",
        shop.program.program_id, member, message_id, message_id.hex, {"en": said, "de": "Hallo"}, {"en": "Welcome", "de": "Willkommen"},
        notify, datetime.now(UTC) - timedelta(seconds=1), ends_at,
    )  # fmt: skip
    return message_id


async def test_g8_r45_a_pass_wakes_its_owner_three_times_in_a_day_whatever_process_asks_and_the_balance_arrives_all_the_same(
    shop, worker
) -> None:
    member, row = await saved(shop, worker)
    woken: list[bool] = []

    async def changed(_: Any, __: Any, notified: bool) -> None:
        woken.append(notified)

    worker.google_simulator.watch(object_id(row), changed)

    for points in (1, 2, 3, 4, 5):
        await shop.give(member, points)
        await worker.deliver()  # each round counts in the database alone

    calls = [status for method, path, status in worker.google_simulator.calls if method == "PATCH"]
    assert calls == [200] * 5
    assert woken == [True] * 3 + [False] * 2
    assert at_google(worker, row)["loyaltyPoints"]["balance"] == {"int": 15}


async def test_g8_of_many_that_ask_at_once_three_are_allowed_and_a_day_later_three_more(shop, worker) -> None:
    _, row = await saved(shop, worker)
    now = datetime.now(UTC)

    def asked(at: datetime) -> ObjectAllowance:
        return ObjectAllowance(shop.database.pool, row.key, at)

    together = await asyncio.gather(*(asked(now + timedelta(microseconds=n)).take() for n in range(8)))
    later = [await asked(now + timedelta(hours=24, seconds=n)).take() for n in range(4)]
    await asked(now + timedelta(hours=24, seconds=2)).give_back()
    again = await asked(now + timedelta(hours=24, seconds=5)).take()
    await asked(now + timedelta(hours=48)).exhausted()

    assert together.count(True) == 3
    assert later == [True, True, True, False]
    assert again
    assert not await asked(now + timedelta(hours=48, seconds=1)).take()


async def test_g8_messages_share_the_three_come_in_every_language_once_and_leave_when_they_end(shop, worker) -> None:
    member, row = await saved(shop, worker)
    ids = [await post(shop, member, said=f"No. {number}") for number in range(4)]
    await worker.deliver()
    await worker.deliver()

    messages = at_google(worker, row)["messages"]
    assert [UUID(one["id"]) for one in messages] == ids
    assert [one["messageType"] for one in messages] == ["TEXT_AND_NOTIFY"] * 3 + ["TEXT"]
    assert messages[0]["localizedHeader"]["translatedValues"] == [{"language": "de", "value": "Hallo"}]
    assert sum(path.endswith("addMessage") for _, path, _ in worker.google_simulator.calls) == 4

    await shop.database.pool.execute("UPDATE pass_message SET gone = true WHERE message_id = $1", ids[0])
    await shop.give(member, 10)
    await worker.deliver()

    assert [UUID(one["id"]) for one in at_google(worker, row)["messages"]] == ids[1:]
    assert sum(path.endswith("addMessage") for _, path, _ in worker.google_simulator.calls) == 4


async def test_g8_when_google_counted_more_the_message_comes_as_text_and_one_whose_answer_was_lost_stands_there_once(shop, worker) -> None:
    member, row = await saved(shop, worker)
    worker.google_simulator.notifications.use_up(object_id(row))
    first = await post(shop, member)
    await worker.deliver()

    second = await post(shop, member, notify=False)
    await worker.delivery.publish_round()
    worker.google_simulator.script(Fail(503, lost=True))  # the PATCH of nothing is not sent, so this is the message
    await worker.deliver()
    await shop.database.pool.execute("UPDATE google_object SET retry_at = '-infinity'")
    await worker.deliver()

    tried = [status for _, path, status in worker.google_simulator.calls if path.endswith("addMessage")]
    assert tried == [403, 200, 503]
    assert [UUID(one["id"]) for one in at_google(worker, row)["messages"]] == [first, second]
    assert await notified(shop, row) == 3


async def test_g8_a_message_wakes_nobody_twice_though_the_worker_was_killed_before_the_answer(shop, worker) -> None:
    member, row = await saved(shop, worker)
    woken: list[bool] = []

    async def changed(_: Any, __: Any, notified: bool) -> None:
        woken.append(notified)

    worker.google_simulator.watch(object_id(row), changed)
    message = await post(shop, member)
    await worker.delivery.publish_round()
    worker.google_simulator.api.latency = lambda: 0.0 if woken else 0.05  # the answer comes after the message is there
    await worker.google.round(Counter())
    while not woken:  # noqa: ASYNC110  a phone is no event
        await asyncio.sleep(0.001)
    for task in list(worker.google._under_way):
        task.cancel()
    await asyncio.gather(*worker.google._under_way, return_exceptions=True)
    await shop.database.pool.execute("UPDATE google_object SET retry_at = '-infinity'")

    await worker.deliver()

    assert [UUID(one["id"]) for one in at_google(worker, row)["messages"]] == [message]
    assert woken.count(True) == 1


async def test_x2_under_another_issuer_a_card_is_another_object(shop, worker, connected, egress) -> None:
    _, row = await saved(shop, worker)
    moved = connected.model_copy(update={"google_issuer_id": "3388000000000000001"})
    google = open_google(moved, egress, lambda: datetime.now(UTC), shop.database)
    assert google is not None
    delivery = GoogleDelivery(worker.google._wallet, google)

    assert await delivery.bring(row, patience=5)

    objects = worker.google_simulator.objects
    assert {one.partition(".")[0] for one in objects if one.endswith(row.key.pass_id.hex)} == {SIMULATED_ISSUER, moved.google_issuer_id}
    kept = await shop.database.pool.fetchrow("SELECT object_id, saved, sent_tag > 0 AS sent FROM google_object")
    assert tuple(kept) == (f"{moved.google_issuer_id}.{row.key.pass_id.hex}", False, True)


async def test_g8_ten_messages_are_kept_at_most(shop, worker) -> None:
    member, row = await saved(shop, worker)
    for _ in range(9):
        await post(shop, member, notify=False)
    await worker.deliver()
    for _ in range(3):
        await post(shop, member, notify=False)
    await worker.deliver()

    assert len(at_google(worker, row)["messages"]) == 10
    assert {status for _, _, status in worker.google_simulator.calls} == {200}


async def test_g13_a_closed_card_is_inactive_and_blank_with_its_messages_and_its_code(shop, worker) -> None:
    member, row = await saved(shop, worker)
    await post(shop, member)
    await worker.deliver()

    await shop.database.pool.execute("UPDATE member SET status = 'CLOSED' WHERE member_id = $1", member)
    await shop.database.pool.execute("UPDATE standing SET version = version + 1 WHERE member_id = $1", member)
    await worker.deliver()

    assert set(at_google(worker, row)) == {"id", "classId", "state", "hasUsers", "version"}
    assert at_google(worker, row)["state"] == "INACTIVE"


async def test_g14_the_phone_shows_the_apps_code_its_key_rests_sealed_and_a_renewed_card_reaches_it(shop, worker) -> None:
    member, row = await saved(shop, worker)
    cipher, ids, now = Cipher.of(shop.wallet.settings.secrets, b"members"), (shop.program.program_id, member), datetime.now(UTC)

    before = shown_code(worker, row, now)
    in_app = (await card_now(shop.database, cipher, *ids, now)).message
    kept = await shop.database.pool.fetchval("SELECT sent_body::text FROM google_object WHERE pass_id = $1", row.key.pass_id)
    key = at_google(worker, row)["rotatingBarcode"]["totpDetails"]["parameters"][0]["key"]
    renewed = await renew_card(shop.database, cipher, *ids, now)
    await worker.deliver()

    assert before == in_app
    assert key not in kept and key.lower() not in kept
    assert "barcode" not in at_google(worker, row)  # a static one can be copied, and the program did not allow it
    assert shown_code(worker, row, now) == renewed.message != before  # type: ignore[union-attr]


def shown_code(worker, row: PassRow, now: datetime) -> str:
    """What an Android phone draws: RFC 6238 by Google's fields alone."""
    barcode = at_google(worker, row)["rotatingBarcode"]
    details = barcode["totpDetails"]
    assert (details["algorithm"], details["periodMillis"], details["parameters"][0]["valueLength"]) == ("TOTP_SHA1", "30000", 8)
    text = barcode["valuePattern"].replace("{totp_value_0}", code_at(bytes.fromhex(details["parameters"][0]["key"]), step_of(now)))
    assert read_code(text) is not None
    return str(text)


async def test_g9_processes_share_one_bucket_and_a_batch_takes_as_many_turns_as_it_has_calls(shop) -> None:
    loop, project = asyncio.get_running_loop(), uuid4().hex
    one, other = (SharedLimiter(shop.database, project, 200, burst=1) for _ in range(2))
    started, times = loop.time(), []

    async def call(limiter: SharedLimiter, calls: int = 1) -> None:
        await limiter.turn(calls)
        times.append(loop.time() - started)

    await asyncio.gather(*(call(limiter) for limiter in (one, other) for _ in range(20)))
    await one.turn(20)
    await other.turn()
    batch = loop.time() - started
    await one.hold_back(timedelta(seconds=0.2))
    await other.turn()

    assert max(times) >= 39 / 200 - 0.01
    assert batch >= 60 / 200 - 0.01
    assert loop.time() - started >= batch + 0.19


async def test_g3_a_rejected_class_is_told_to_the_operator_and_looked_at_again(shop, worker) -> None:
    _, row = await saved(shop, worker)
    class_id = at_google(worker, row)["classId"]
    worker.google_simulator.classes[class_id]["reviewStatus"] = "REJECTED"
    worker.google.classes.forget(class_id)
    await shop.database.pool.execute("UPDATE google_object SET wanted_key = wanted_key + 1")

    await worker.google.round(Counter())
    await worker.google.settle()

    told = await shop.database.pool.fetchrow("SELECT * FROM google_class")
    assert (told["class_id"], told["review_status"], told["problem"]) == (class_id, "REJECTED", None)


async def test_g4_x1_a_new_tier_reaches_the_object(shop, worker) -> None:
    member, row = await saved(shop, worker)
    before = at_google(worker, row)["secondaryLoyaltyPoints"]["balance"]["string"]
    await shop.database.pool.execute("UPDATE standing SET tier = 'honeyguide', version = version + 1 WHERE member_id = $1", member)

    await worker.deliver()

    assert (before, at_google(worker, row)["secondaryLoyaltyPoints"]["balance"]["string"]) == ("Fledgling", "Honeyguide")


async def test_g9_the_queue_and_its_end_are_told_and_cards_that_nobody_holds_are_not_in_it(shop, worker) -> None:
    _, row = await saved(shop, worker)
    settings, now = shop.wallet.settings.model_copy(update={"google_requests_per_second": 20}), datetime.now(UTC)
    await shop.database.pool.execute("UPDATE google_object SET wanted_tag = wanted_tag + 1")
    one = await google_queue(shop.database.pool, settings, now)
    await shop.database.pool.execute("UPDATE google_object SET held = false WHERE pass_id = $1", row.key.pass_id)

    none = await google_queue(shop.database.pool, settings, now)

    assert (one.waiting, one.resting, one.seconds, one.done_at) == (1, 0, 1, now + timedelta(seconds=1))
    assert (none.waiting, none.resting, none.seconds) == (0, 1, 0)
    assert math.ceil(100_000 / calls_per_second(settings)) == 5556  # 93 minutes


async def test_g9_an_import_goes_in_one_request_counted_call_by_call_and_what_google_has_already_is_patched(shop, worker) -> None:
    members = [await shop.member() for _ in range(7)]
    rows = [await shop.published_pass(member) for member in members]
    for row in rows:
        await keep_google_object(shop.database.pool, row.key, object_id(row), datetime.now(UTC))
    await worker.google.bring(rows[0], patience=5)
    await shop.database.pool.execute(
        "UPDATE google_object SET sent_tag = 0, sent_body = NULL WHERE pass_id = $1", rows[0].key.pass_id
    )  # a lost table
    worker.google_simulator.calls.clear()

    await worker.deliver()

    calls = Counter((method, status) for method, path, status in worker.google_simulator.calls if "loyaltyObject" in path)
    assert calls == {("POST", 200): 6, ("POST", 409): 2, ("GET", 200): 1}
    assert {at_google(worker, row)["state"] for row in rows} == {"ACTIVE"}
    assert await shop.database.pool.fetchval("SELECT count(*) FROM google_object WHERE sent_tag < wanted_tag") == 0
    assert len({at_google(worker, row)["rotatingBarcode"]["totpDetails"]["parameters"][0]["key"] for row in rows}) == 7


async def test_g6_x1_a_change_that_is_taken_back_after_its_answer_was_lost_is_taken_back_at_google_too(shop, worker) -> None:
    _, row = await saved(shop, worker)
    before = at_google(worker, row)["loyaltyPoints"]["balance"]

    async def redraw(points: int) -> None:
        """As a purchase and its reversal draw the card."""
        await shop.database.pool.execute(
            "UPDATE pass SET tag = tag + 1, face = face || jsonb_build_object('balance.1.count', $2::int) WHERE pass_id = $1",
            row.key.pass_id, points,
        )  # fmt: skip
        await shop.database.pool.execute("UPDATE google_object SET wanted_tag = wanted_tag + 1, retry_at = '-infinity'")
        await worker.google.round(Counter())
        await worker.google.settle()

    worker.google_simulator.script(Fail(503, lost=True))
    await redraw(70)
    arrived = at_google(worker, row)["loyaltyPoints"]["balance"]
    await redraw(0)

    assert (before, arrived) == ({"int": 0}, {"int": 70})
    assert at_google(worker, row)["loyaltyPoints"]["balance"] == before


async def test_g13_x3_a_card_of_who_left_that_rests_at_google_is_blanked_at_once(shop, worker) -> None:
    member, row = await saved(shop, worker)
    await shop.database.pool.execute("UPDATE google_object SET saved = false, held = false, offered_at = '-infinity'")

    await shop.database.pool.execute("UPDATE member SET status = 'CLOSED' WHERE member_id = $1", member)
    await shop.database.pool.execute("UPDATE standing SET version = version + 1 WHERE member_id = $1", member)
    await worker.deliver()

    assert at_google(worker, row)["state"] == "INACTIVE"
    assert "accountName" not in at_google(worker, row)
