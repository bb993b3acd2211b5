"""Proof through the API: codes and PINs at `identify`, approval in the app, and attacks that must all meet the same answer."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from builders.phone import Phone
from builders.platform import GALLERY, Platform, key, running_platform
from builders.same_time import assert_same_time
from honeyguide.caller import Audience
from honeyguide.database import Database

EMAIL = "anna@example.test"
REJECTED = ("CodeRejected", "CODE_REJECTED", "The code is not valid (any more).", ["by"])
PIN = "8203"


async def anna(platform: Platform, points: str = "2000") -> Phone:
    """Anna, with so many points and her phone in hand."""
    member_id = await platform.enrol()
    await platform.post(f"{points}.00", partner="fuel")
    return Phone(platform, member_id)


async def scan(platform: Platform, code: str, partner: str = "grocer", **more: Any) -> Any:
    return await platform.till("Identify", partner, input={"by": {"barcode": code}, **more})


def said(answer: Any) -> tuple[Any, ...]:
    return (answer["__typename"], answer["code"], answer["message"], answer["path"])


async def redeem(platform: Platform, by: dict[str, str], quantity: str, partner: str = "grocer", **more: Any) -> Any:
    given = {"idempotencyKey": key(), "reference": key(), "member": by, "unit": "points", "quantity": quantity, **more}
    return await platform.till("Redeem", partner, input=given)


async def test_a_rotating_code_gives_a_handle_that_proves_presence_and_a_retry_gives_the_very_same(platform: Platform) -> None:
    phone = await anna(platform)
    code = await phone.code()

    first = await scan(platform, code, location="7")
    platform.clock.move(seconds=25)
    again = await scan(platform, code, location="7")
    burned = await redeem(platform, {"handle": first["handle"]}, "1500", location="7")
    elsewhere = await redeem(platform, {"handle": first["handle"]}, "1")

    assert (first["__typename"], first["proof"], first["expiresAt"]) == ("MemberIdentified", "PRESENT", "2026-11-22T12:15:00Z")
    points = first["member"]["accounts"][0]
    assert (points["available"], points["redeemable"]) == ("2000", "2000")
    assert {name: again[name] for name in ("handle", "proof", "expiresAt")} == {
        name: first[name] for name in ("handle", "proof", "expiresAt")
    }
    assert burned["__typename"] == "Redeemed"
    assert elsewhere["__typename"] == "MemberNotFound"


async def test_a_handle_that_is_identified_again_ends_when_it_would_have_and_proves_no_longer(platform: Platform) -> None:
    phone = await anna(platform)
    first = await scan(platform, await phone.code())
    platform.clock.move(minutes=14)

    again = await platform.till("Identify", input={"by": {"handle": first["handle"]}})
    platform.clock.move(minutes=1)
    over = await platform.till("Identify", input={"by": {"handle": again["handle"]}})

    assert (again["handle"], again["proof"], again["expiresAt"]) == (first["handle"], "PRESENT", first["expiresAt"])
    assert over["__typename"] == "MemberNotFound"


async def test_the_card_never_says_the_member_number_and_says_until_when_to_show_it(platform: Platform) -> None:
    phone = await anna(platform)
    card = (await phone.ask("Card"))["card"]
    number = (await platform.as_member(phone.member_id, "{ me { memberNumber } }"))["me"]["memberNumber"]

    platform.clock.move(seconds=30)
    later = (await phone.ask("Card"))["card"]

    assert card["format"] == "QR" and number not in card["message"]
    assert card["validUntil"] == "2026-11-22T12:00:30Z"
    assert later["message"] != card["message"] and later["message"][:20] == card["message"][:20]
    assert card["altText"].replace(" ", "") == card["message"][-8:]


async def test_replayed_stale_forged_renewed_and_swapped_codes_and_lies_about_the_scan_meet_one_answer(platform: Platform) -> None:
    phone, bert = await anna(platform), Phone(platform, await platform.enrol("bert@example.test"))
    used = await phone.code()
    await scan(platform, used, location="7")
    platform.clock.move(seconds=30)
    stale = await phone.code()
    platform.clock.move(minutes=3)
    fresh, others = await phone.code(), await bert.code()
    now = platform.clock()
    await platform.till("Identify", input={"by": {"barcode": others}})

    attacks = [
        await scan(platform, used, "fuel"),  # another partner
        await scan(platform, used),  # another place of the same one
        await scan(platform, stale),
        await scan(platform, fresh, scannedAt=(now + timedelta(minutes=5)).isoformat()),
        await scan(platform, fresh, scannedAt=(now - timedelta(minutes=5)).isoformat()),
        await scan(platform, stale, scannedAt=(now - timedelta(hours=1)).isoformat()),
        await scan(platform, fresh[:21] + others[21:]),  # Bert's code on Anna's card
        await scan(platform, "HG1-AAAAAAAAAAAAAAAA-12345678"),  # nobody's card
    ]
    platform.clock.move(minutes=5)  # the tries at Anna's card are forgotten
    before = await phone.code()
    await phone.ask("RenewCard")
    attacks.append(await scan(platform, before))

    assert {said(one)[:3] for one in attacks} == {REJECTED[:3]}
    assert (await scan(platform, await phone.code()))["proof"] == "PRESENT"


async def test_a_code_in_any_other_lookup_names_nobody_and_stays_good(platform: Platform) -> None:
    phone = await anna(platform)
    code = await phone.code()
    quote = {"member": {"barcode": code}, "amount": {"amount": "5.00", "currency": "USD"}}

    answers = [
        await redeem(platform, {"barcode": code}, "1"),
        await platform.till("Quote", input=quote),
        await platform.till("Authorize", input={"idempotencyKey": key(), "reference": key(), "member": {"barcode": code}, "unit": "points", "quantity": "1"}),
        await platform.post("5.00", member={"barcode": code}),
    ]  # fmt: skip

    assert {one["__typename"] for one in answers} == {"MemberNotFound"}
    assert (await scan(platform, code))["proof"] == "PRESENT"


async def test_of_two_servers_exactly_one_takes_a_code(platform: Platform, database: Database, database_url: str, tmp_path: Path) -> None:
    phone = await anna(platform)
    code = await phone.code()
    await platform.partner_token("grocer")
    async with running_platform(database, database_url, tmp_path, clock=platform.clock) as second:
        second.program_id, second.partners = platform.program_id, platform.partners
        await second.services.programs.refresh()

        async def one(server: Platform, location: str | None) -> Any:
            return await scan(server, code, **({"location": location} if location else {}))

        answers = await asyncio.gather(*(one(server, place) for _ in range(4) for server, place in ((platform, None), (second, "7"))))

    handles = {answer["handle"] for answer in answers if answer["__typename"] == "MemberIdentified"}
    assert len(handles) == 1
    assert sum(answer["__typename"] == "CodeRejected" for answer in answers) == 4


async def test_brute_force_of_a_card_is_stopped_after_five_wrong_codes_and_goes_on_by_itself_later(platform: Platform, monkeypatch) -> None:
    phone = await anna(platform)
    tries, seconds = platform.services.code_tries, [0.0]
    monkeypatch.setattr(tries, "_monotonic", lambda: seconds[0])
    code = await phone.code()

    guesses = [await scan(platform, code[:21] + f"{number:08}") for number in range(5)]
    right = await scan(platform, code)
    seconds[0] += 12
    later = await scan(platform, code)

    assert [said(one) for one in (*guesses, right)] == [REJECTED] * 6
    assert later["proof"] == "PRESENT"


async def test_a_hundred_guesses_of_a_code_or_a_pin_at_once_are_no_more_than_one_after_the_other(platform: Platform) -> None:
    phone = await anna(platform)
    await phone.ask("SetPin", input={"pin": PIN})
    code = await phone.code()

    guesses = await asyncio.gather(*(scan(platform, code[:21] + f"{number:08}") for number in range(50)))
    pins = await asyncio.gather(*(typed(platform, f"77{number:02}") for number in range(30)))

    assert [said(one) for one in guesses] == [REJECTED] * 50
    assert {one["code"] for one in pins} == {"CODE_REJECTED"}
    assert (await phone.ask("Pin"))["pin"]["wrongTries"] == 3


async def test_a_static_barcode_stays_a_number(platform: Platform) -> None:
    await anna(platform)
    pool = platform.services.database.pool
    await pool.execute(
        "INSERT INTO identifier (program_id, kind, value, member_id) SELECT program_id, 'barcode', 'STATIC-1', member_id FROM member"
    )

    identified = await scan(platform, "STATIC-1")

    assert (identified["proof"], identified["member"]["accounts"][0]["redeemable"]) == ("NUMBER", "500")


async def typed(platform: Platform, pin: str, by: dict[str, str] | None = None, **more: Any) -> Any:
    return await platform.till("Identify", input={"by": by or {"email": EMAIL}, "pin": pin, **more})


async def test_a_pin_at_the_till_proves_that_the_member_agrees(platform: Platform) -> None:
    phone = await anna(platform)
    assert (await phone.ask("SetPin", input={"pin": "1234"}))["path"] == ["pin"]
    assert (await phone.ask("SetPin", input={"pin": PIN}))["__typename"] == "PinSet"

    identified = await typed(platform, PIN)

    assert identified["proof"] == "APPROVED"
    assert (await redeem(platform, {"handle": identified["handle"]}, "2000"))["__typename"] == "Redeemed"


async def test_no_pin_a_wrong_one_a_locked_one_and_nobody_meet_one_answer_and_the_member_is_told(platform: Platform, caplog) -> None:
    phone = await anna(platform)
    await platform.enrol("bert@example.test")
    await phone.ask("SetPin", input={"pin": PIN})

    with caplog.at_level(logging.DEBUG):
        answers = [
            await typed(platform, "7777", {"email": "bert@example.test"}),
            await typed(platform, "7777", {"email": "nobody@example.test"}),
            *[await typed(platform, "7777") for _ in range(3)],
            await typed(platform, PIN),  # locked by now
            await typed(platform, "no digits"),
        ]
    state = (await phone.ask("Pin"))["pin"]
    platform.clock.move(minutes=1)
    unlocked = await typed(platform, PIN)

    assert [said(one) for one in answers] == [("CodeRejected", "CODE_REJECTED", "The PIN is not accepted.", ["pin"])] * 7
    assert (state["wrongTries"], state["lockedUntil"]) == (3, "2026-11-22T12:01:00Z")
    assert unlocked["proof"] == "APPROVED"
    assert PIN not in caplog.text and "7777" not in caplog.text


async def test_a_credential_that_tries_a_pin_on_many_members_is_throttled_and_not_for_ever(platform: Platform, monkeypatch) -> None:
    await anna(platform)
    tries, seconds = platform.services.pin_tries, [0.0]
    monkeypatch.setattr(tries, "_monotonic", lambda: seconds[0])
    for _ in range(50):
        tries.take(f"partner:{platform.partners['grocer']['partner_id']}")

    document = 'mutation { identify(input: {by: {email: "anna@example.test"}, pin: "7777"}) { __typename } }'
    refused = (await platform.send(Audience.PARTNER, await platform.partner_token("grocer"), {"query": document})).json()
    seconds[0] += 20
    later = await platform.as_partner("grocer", document)

    assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert later["identify"]["__typename"] == "CodeRejected"


async def authorize(platform: Platform, quantity: str, partner: str = "grocer", **more: Any) -> Any:
    given = {"idempotencyKey": key(), "reference": key(), "member": {"email": EMAIL}, "unit": "points", "quantity": quantity, **more}
    return await platform.till("Authorize", partner, input=given)


async def test_a_till_asks_the_member_sees_who_and_what_and_approves_it(platform: Platform) -> None:
    phone = await anna(platform)
    asked = await authorize(platform, "1500", location="7", askApproval=True, reference="receipt-7")
    hold = asked["hold"]

    [seen] = await phone.approvals()
    early = await platform.till("Capture", input={"idempotencyKey": key(), "holdId": hold["id"]})
    answered = await phone.answer(seen["holdId"])
    shown = await platform.till("Reservation", id=hold["id"])
    captured = await platform.till("Capture", input={"idempotencyKey": key(), "holdId": hold["id"]})

    assert (hold["approval"], hold["expiresAt"]) == ("WAITING", "2026-11-22T12:15:00Z")
    assert (seen["quantity"], seen["worth"]["amount"], seen["partner"]["name"], seen["location"]["name"], seen["reference"]) == (
        "1500", "15.00", "Grocer", "grocer in Main Street", "receipt-7",
    )  # fmt: skip
    assert (early["__typename"], early["accepts"], early["path"]) == ("ProofRequired", ["APPROVED"], ["holdId"])
    assert (answered["hold"]["state"], answered["hold"]["approval"]) == ("OPEN", "APPROVED") == (shown["state"], shown["approval"])
    assert (captured["__typename"], captured["hold"]["approval"]) == ("RedemptionCaptured", "APPROVED")
    assert await phone.approvals() == []


async def test_a_declined_request_is_void_for_the_till_and_it_hears_when_it_may_ask_again(platform: Platform) -> None:
    phone = await anna(platform)
    hold = (await authorize(platform, "1500", askApproval=True))["hold"]

    declined = await phone.answer(hold["id"], "DECLINE")
    again = await authorize(platform, "1500", askApproval=True)
    seen = await platform.till("Reservation", id=hold["id"])
    captured = await platform.till("Capture", input={"idempotencyKey": key(), "holdId": hold["id"]})

    assert (declined["hold"]["state"], declined["hold"]["approval"]) == (seen["state"], seen["approval"]) == ("VOIDED", "DECLINED")
    assert (captured["__typename"], captured["code"]) == ("TransactionRejected", "REDEMPTION_DECLINED")
    assert (again["__typename"], again["limit"]) == ("LimitExceeded", "5 requests for approval a day, none after one is declined")
    assert again["resetsAt"] is not None


async def test_nobody_answers_for_another_and_made_up_holds_meet_the_same(platform: Platform) -> None:
    await anna(platform)
    bert = Phone(platform, await platform.enrol("bert@example.test"))
    hold = (await authorize(platform, "1500", askApproval=True))["hold"]
    bought = await platform.post("10.00")

    answers = [await bert.answer(one) for one in (hold["id"], bought["transaction"]["id"], "no id at all")]

    assert {(one["__typename"], one["code"], tuple(one["path"])) for one in answers} == {("TransactionRejected", "NOT_FOUND", ("holdId",))}
    assert (await platform.till("Reservation", id=hold["id"]))["approval"] == "WAITING"


async def test_limits_are_told_in_words_of_the_callers_language(database: Database, database_url: str, home: Path) -> None:
    program = GALLERY.read_text().replace("APPROVED: {points: 50000", "APPROVED: {points: 1100")
    document = """mutation ($input: RedeemInput!) {
      redeem(input: $input) { __typename ... on LimitExceeded { limit resetsAt } ... on UserError { message } }
    }"""
    told: dict[str, Any] = {}
    async with running_platform(database, database_url, home, program) as platform:
        handle = (await scan(platform, await (await anna(platform)).code()))["handle"]
        for language in ("en", "de"):
            given = {"idempotencyKey": key(), "reference": key(), "member": {"handle": handle}, "unit": "points", "quantity": "1101"}
            told[language] = (await platform.as_partner("grocer", document, {"input": given}, Accept_Language=language))["redeem"]

    assert (told["en"]["limit"], told["en"]["message"]) == ("1,100 points a day", "A limit is reached: 1,100 points a day.")
    assert told["de"]["limit"] == "1.100 Punkte am Tag"
    assert told["en"]["resetsAt"] == told["de"]["resetsAt"]


async def test_frozen_members_are_told_so_typed_and_their_card_still_earns(platform: Platform) -> None:
    phone = await anna(platform)
    await platform.services.database.pool.execute("UPDATE member SET status = 'FROZEN'")
    identified = await scan(platform, await phone.code())

    burned = await redeem(platform, {"handle": identified["handle"]}, "1")
    earned = await platform.post("5.00", member={"handle": identified["handle"]})
    renewed, pin = await phone.ask("RenewCard"), await phone.ask("SetPin", input={"pin": PIN})

    assert (identified["proof"], identified["member"]["accounts"][0]["redeemable"]) == ("PRESENT", "0")
    assert (burned["__typename"], burned["code"]) == ("TransactionRejected", "MEMBER_FROZEN")
    assert earned["__typename"] == "TransactionPosted"
    assert [renewed["code"], pin["code"]] == ["MEMBER_FROZEN"] * 2


@pytest.mark.parametrize("pin", ["x" * 100_000, "८२०३", "' OR 1=1 --", "\x00"])
async def test_strange_pins_meet_the_right_refusal(platform: Platform, pin: str) -> None:
    phone = await anna(platform)
    await phone.ask("SetPin", input={"pin": PIN})

    if len(pin) < 100:
        assert (await typed(platform, pin))["code"] == "CODE_REJECTED"
        assert (await phone.ask("SetPin", input={"pin": pin}))["code"] == "INVALID_VALUE"
    else:
        body = {
            "query": 'mutation ($p: String!) { identify(input: {by: {email: "a@b.test"}, pin: $p}) { __typename } }',
            "variables": {"p": pin},
        }
        response = await platform.send(Audience.PARTNER, await platform.partner_token("grocer"), body)
        assert response.status_code in (200, 413)


ALPHABETS = ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "hg1-HG1- \n\t", "é̈\u202e\u200b😀", "\"'\\%$;{}<>\x00\x7f\x1b")


def odd_text(chance: random.Random, code: str) -> str:
    """Random letters, or a code with something cut, doubled, swapped or put in."""
    if chance.random() < 0.5:
        return "".join(chance.choice(chance.choice(ALPHABETS)) for _ in range(chance.choice((0, 1, 8, 29, 300, 5_000))))
    at, end = sorted((chance.randrange(30), chance.randrange(30)))
    return chance.choice(
        (code[:at] + code[end:], code + code, code[::-1], code[:at] + chance.choice(ALPHABETS)[0] + code[at:], code.lower())
    )


async def test_random_attacks_on_identify_meet_refusals_grow_nothing_and_the_rest_goes_on(platform: Platform) -> None:
    phone, chance = await anna(platform), random.Random(4)
    await phone.ask("SetPin", input={"pin": PIN})
    code = await phone.code()
    document = "mutation ($input: IdentifyInput!) { identify(input: $input) { __typename } }"
    token = await platform.partner_token("grocer")

    async def attack() -> tuple[int, str]:
        by = {chance.choice(("barcode", "handle", "memberNumber", "phone", "email")): odd_text(chance, code)}
        given: dict[str, Any] = {"by": by if chance.random() < 0.9 else {}}
        if chance.random() < 0.2:
            given["pin"] = odd_text(chance, code)
        if chance.random() < 0.4:
            given["scannedAt"] = chance.choice(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-22", "now", 1, None))
        if chance.random() < 0.2:
            given["location"] = odd_text(chance, code)
        response = await platform.send(Audience.PARTNER, token, {"query": document, "variables": {"input": given}})
        body = response.json()
        return response.status_code, body["errors"][0]["extensions"]["code"] if "errors" in body else body["data"]["identify"]["__typename"]

    answers = [await attack() for _ in range(400)]

    assert {status for status, _ in answers} <= {200, 400, 429}
    assert {said for _, said in answers} <= {"CodeRejected", "MemberNotFound", "TransactionRejected", "BAD_VARIABLES", "THROTTLED"}
    assert await platform.services.database.pool.fetchval("SELECT count(*) FROM used_code") == 0
    assert (await scan(platform, code))["proof"] == "PRESENT"


async def test_an_unknown_card_and_a_wrong_code_take_the_same_time(platform: Platform, monkeypatch) -> None:
    phone = await anna(platform)
    monkeypatch.setattr(platform.services.code_tries, "_capacity", 10_000.0)
    code = await phone.code()

    async def rejected(text: str) -> None:
        assert said(await scan(platform, text)) == REJECTED

    await assert_same_time(
        {"unknown": partial(rejected, "HG1-AAAAAAAAAAAAAAAA-00000000"), "wrong": partial(rejected, code[:21] + "00000000")}, within=0.002
    )


async def test_who_sets_a_pin_again_and_again_is_throttled(platform: Platform, monkeypatch) -> None:
    phone = await anna(platform)
    monkeypatch.setattr(platform.services.pin_tries, "_capacity", 2.0)
    body = {"query": 'mutation { setPin(input: {pin: "8203"}) { __typename } }'}
    token = platform.token(Audience.MEMBER, str(phone.member_id))

    answers = [(await platform.send(Audience.MEMBER, token, body)).json() for _ in range(3)]

    assert [("errors" in one) for one in answers] == [False, False, True]
    assert answers[2]["errors"][0]["extensions"]["code"] == "THROTTLED"
