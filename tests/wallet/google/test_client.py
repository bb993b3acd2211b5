"""The client against the simulator: tokens, classes, objects, order, limits and failures (G1, G3, G6-G11, G13)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from honeyguide.egress import Egress
from honeyguide.settings import Settings
from honeyguide.testing.android import SaveFailed, VirtualAndroid
from honeyguide.testing.google import GoogleSimulator
from honeyguide.testing.google_errors import Fail
from honeyguide.wallet.google.account import AccountInvalid, ServiceAccount, TokenUnavailable, _granted, development_service_account
from honeyguide.wallet.google.client import GoogleEndpoint, GoogleWallet
from honeyguide.wallet.google.limiter import OwnLimiter, backoff
from honeyguide.wallet.google.outcomes import ClassReady, Refused, Retry, Sent, Superseded
from honeyguide.wallet.google.save_link import SaveLinkTooLong, save_link

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]
ISSUER = "3388000000000000000"
CLASS_ID = f"{ISSUER}.demo-membership"


@pytest.fixture
async def ready(wallet: GoogleWallet, class_at_google: dict[str, Any]) -> GoogleWallet:
    assert isinstance(await wallet.ensure_class(class_at_google), ClassReady)
    return wallet


class Allowed:
    """What an object may still wake its owner by; the one in the database is tested with delivery."""

    def __init__(self, left: int = 3) -> None:
        self.left = left

    async def take(self) -> bool:
        self.left -= (took := self.left > 0)
        return took

    async def give_back(self) -> None:
        self.left += 1

    async def exhausted(self) -> None:
        self.left = 0


def calls(google: GoogleSimulator) -> list[str]:
    return [f"{method} {path.split('/')[3]} {status}" for method, path, status in google.calls]


# tokens


async def test_g1_many_callers_share_one_token(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    google.tokens_issued = 0
    ready._tokens.forget(ready._tokens._token)

    await asyncio.gather(*(ready.send_object(None, {**body_of(), "id": f"{ISSUER}.o{n}"}, version=1) for n in range(10)))

    assert google.tokens_issued == 1
    assert len(google.objects) == 10


async def test_g1_a_token_is_renewed_a_minute_before_its_end(
    ready: GoogleWallet, google: GoogleSimulator, clock: Any, body_of: Any
) -> None:
    clock.now += timedelta(seconds=3599 - 61)
    await ready.send_object(None, body_of(), version=1)
    before = google.tokens_issued
    clock.now += timedelta(seconds=2)
    await ready.send_object(body_of(), body_of(balance__1__count=121), version=2)

    assert (before, google.tokens_issued) == (1, 2)


async def test_g1_a_token_that_google_rejects_is_renewed_once(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    google.forget_tokens()

    assert await ready.send_object(None, body_of(), version=1) == Sent(has_users=False)
    assert calls(google)[-2:] == ["POST loyaltyObject 401", "POST loyaltyObject 200"]


async def test_g1_a_rejection_that_stays_is_a_refusal_and_no_loop(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    google.script(Fail(401), Fail(401))

    assert await ready.send_object(None, body_of(), version=1) == Refused(401, "authError")


async def test_g1_an_account_that_google_does_not_know_is_refused(
    egress: Egress, google: GoogleSimulator, tmp_path: Path, body_of: Any
) -> None:
    stranger = ServiceAccount.load(development_service_account(tmp_path))
    client = GoogleWallet(GoogleEndpoint(ISSUER, google.api_url, google.token_url), stranger, egress, limiter=OwnLimiter(1000))

    outcome = await client.send_object(None, body_of(), version=1)

    assert outcome == Refused(401, "token_invalid_grant")


async def test_g1_g9_a_token_that_ended_inside_a_batch_costs_a_second_try(
    ready: GoogleWallet, google: GoogleSimulator, body_of: Any
) -> None:
    google.forget_tokens()

    first = await ready.insert_objects([(body_of(), None)])
    second = await ready.insert_objects([(body_of(), None)])

    assert ([type(one) for one in first], [type(one) for one in second]) == ([Retry], [Sent])


@pytest.mark.parametrize(
    "content",
    [[], None, 5, {}, {"access_token": 7}, {"access_token": "a\r\nb", "expires_in": 1}]
    + [{"access_token": "a", "expires_in": odd} for odd in ("soon", -1, None, 1.5)],
)
async def test_g1_an_answer_without_a_token_is_one_to_try_again(content: Any) -> None:
    with pytest.raises(TokenUnavailable):
        _granted(content)

    assert _granted({"access_token": "a", "expires_in": 10**30}) == ("a", timedelta(days=1))


async def test_g1_the_assertion_says_what_google_demands(account: ServiceAccount) -> None:
    header = jwt.get_unverified_header(account.sign({"aud": "x"}))

    assert (header["alg"], header["kid"]) == ("RS256", account.key_id)


# classes


async def test_g3_ensuring_a_class_twice_changes_nothing(
    wallet: GoogleWallet, google: GoogleSimulator, class_at_google: dict[str, Any]
) -> None:
    first = await wallet.ensure_class(class_at_google)
    second = await wallet.ensure_class(class_at_google)

    assert first == second == ClassReady(CLASS_ID, "APPROVED")
    assert calls(google) == ["POST loyaltyClass 200", "POST loyaltyClass 409", "GET loyaltyClass 200"]


async def test_g3_a_changed_class_is_patched_and_sent_for_review(
    ready: GoogleWallet, google: GoogleSimulator, class_at_google: dict[str, Any]
) -> None:
    changed = {**class_at_google, "hexBackgroundColor": "#000000"}

    assert await ready.ensure_class(changed) == ClassReady(CLASS_ID, "APPROVED")
    assert google.classes[CLASS_ID]["hexBackgroundColor"] == "#000000"


async def test_g3_a_draft_takes_no_objects_until_it_is_ensured(
    wallet: GoogleWallet, google: GoogleSimulator, class_at_google: dict[str, Any], body_of: Any
) -> None:
    google.classes[CLASS_ID] = {**class_at_google, "reviewStatus": "DRAFT"}

    refused = await wallet.send_object(None, body_of(), version=1)
    await wallet.ensure_class(class_at_google)

    assert refused == Refused(400, "badRequest")
    assert await wallet.send_object(None, body_of(), version=1) == Sent(has_users=False)


async def test_g3_a_rejected_class_says_so(wallet: GoogleWallet, google: GoogleSimulator, class_at_google: dict[str, Any]) -> None:
    google.classes[CLASS_ID] = {**class_at_google, "reviewStatus": "REJECTED"}

    assert await wallet.ensure_class(class_at_google) == ClassReady(CLASS_ID, "REJECTED")


async def test_an_object_without_its_class_is_refused_by_name(wallet: GoogleWallet, body_of: Any) -> None:
    assert await wallet.send_object(None, body_of(), version=1) == Refused(404, "classNotFound")


# objects


async def test_g4_g6_a_change_sends_only_itself_and_a_new_tier_reaches_the_phone(
    ready: GoogleWallet, google: GoogleSimulator, body_of: Any
) -> None:
    before, after = body_of(), body_of(balance__1__count=320, tier__name="Gold")
    await ready.send_object(None, before, version=1)
    phone = VirtualAndroid(google)
    await phone.save(ready.save_link(before["id"], CLASS_ID))

    outcome = await ready.send_object(before, after, version=2, notify=Allowed())

    assert outcome == Sent(has_users=True, notified=True)
    assert (phone.screen["Points"], phone.screen["Status"]) == ("320", "Gold")
    assert phone.notifications == ["Android (notification) shows Points: 120 -> 320; Status: Silver -> Gold"]
    assert "notifyPreference" not in google.objects[before["id"]]


async def test_g6_what_is_gone_is_cleared(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    before = body_of()
    await ready.send_object(None, before, version=1)
    after = {key: value for key, value in before.items() if key != "textModulesData"}

    await ready.send_object(before, after, version=2)

    assert "textModulesData" not in google.objects[before["id"]]


async def test_g6_nothing_changed_calls_nobody(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    google.calls.clear()

    assert await ready.send_object(body_of(), body_of(), version=2) == Sent(has_users=None)
    assert not google.calls


async def test_g6_g9_of_several_versions_only_the_newest_is_sent_last(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    body = body_of()
    await ready.send_object(None, body, version=0)
    google.calls.clear()

    outcomes = await asyncio.gather(*(ready.send_object(body, body_of(balance__1__count=n), version=n) for n in (3, 1, 5, 4, 2)))

    assert outcomes[2] == Sent(has_users=False)
    assert google.objects[body["id"]]["loyaltyPoints"]["balance"] == {"int": 5}
    assert outcomes.count(Superseded()) == 3 + (outcomes[0] == Superseded())
    assert not ready._turns._turns


async def test_g8_what_may_wake_nobody_any_more_goes_out_in_silence(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    before = body_of()
    await ready.send_object(None, before, version=1)

    outcome = await ready.send_object(before, body_of(balance__1__count=7), version=2, notify=Allowed(0))

    assert outcome == Sent(has_users=False, notified=False)
    assert calls(google)[-1] == "PATCH loyaltyObject 200"


async def test_g8_when_google_counted_more_the_balance_arrives_without_notification(
    ready: GoogleWallet, google: GoogleSimulator, clock: Any, body_of: Any
) -> None:
    before, allowed = body_of(), Allowed()
    await ready.send_object(None, before, version=1)
    google.notifications.use_up(before["id"])

    outcome = await ready.send_object(before, body_of(balance__1__count=7), version=2, notify=allowed)

    assert outcome == Sent(has_users=False, notified=False)
    assert calls(google)[-2:] == ["PATCH loyaltyObject 403", "PATCH loyaltyObject 200"]
    assert google.objects[before["id"]]["loyaltyPoints"]["balance"] == {"int": 7}
    assert allowed.left == 0


@pytest.mark.parametrize(("failure", "left"), [(Fail(503), 2), (Fail(429), 3), (Fail(400), 3)])
async def test_g8_what_may_have_woken_the_member_counts_and_what_google_refused_does_not(
    ready: GoogleWallet, google: GoogleSimulator, body_of: Any, failure: Fail, left: int
) -> None:
    before, allowed = body_of(), Allowed()
    await ready.send_object(None, before, version=1)
    google.script(failure)

    await ready.send_object(before, body_of(balance__1__count=7), version=2, notify=allowed)

    assert allowed.left == left


async def test_g10_an_object_that_google_lost_is_inserted(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    outcome = await ready.send_object(body_of(), body_of(balance__1__count=7), version=2)

    assert outcome == Sent(has_users=False)
    assert google.objects[body_of()["id"]]["loyaltyPoints"]["balance"] == {"int": 7}


async def test_an_insert_whose_answer_was_lost_converges(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    google.script(Fail(503, lost=True))
    lost = await ready.send_object(None, body_of(), version=1)
    after = {key: value for key, value in body_of(balance__1__count=9).items() if key != "secondaryLoyaltyPoints"}

    outcome = await ready.send_object(None, after, version=2)

    known = google.objects[after["id"]]
    assert lost == Retry("backendError")
    assert outcome == Sent(has_users=False)
    assert known["loyaltyPoints"]["balance"] == {"int": 9}
    assert "secondaryLoyaltyPoints" not in known


async def test_g13_a_closed_card_is_blank_at_google(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    before = body_of()
    await ready.send_object(None, before, version=1)

    await ready.send_object(before, body_of(card__closed=True), version=2)

    assert set(google.objects[before["id"]]) == {"id", "classId", "state", "hasUsers", "version"}
    assert google.objects[before["id"]]["state"] == "INACTIVE"


# limits and failures


async def test_g9_the_limiter_stays_under_googles_limit(
    egress: Egress, account_file: Path, account: ServiceAccount, class_at_google: Any, body_of: Any
) -> None:
    google = GoogleSimulator(account_file, issuer_id=ISSUER)
    await google.start()
    client = GoogleWallet(GoogleEndpoint(ISSUER, google.api_url, google.token_url), account, egress)
    await client.ensure_class(class_at_google)

    outcomes = await asyncio.gather(*(client.send_object(None, {**body_of(), "id": f"{ISSUER}.o{n}"}, version=1) for n in range(40)))
    await google.stop()

    assert set(outcomes) == {Sent(has_users=False)}
    assert not [call for call in calls(google) if call.endswith("429")]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Fail(503), Retry("backendError")),
        (Fail(500), Retry("backendError")),
        (Fail(429, retry_after=2), Retry("rateLimitExceeded", timedelta(seconds=2), unsent=True)),
        (Fail(403, "rateLimitExceeded"), Retry("rateLimitExceeded", unsent=True)),
        (Fail(403), Refused(403, "permissionDenied")),
        (Fail(400, "<b>x"), Refused(400, "INVALID_ARGUMENT")),
    ],
)
async def test_g9_what_passes_is_retried_and_what_stays_is_refused(
    ready: GoogleWallet, google: GoogleSimulator, body_of: Any, failure: Fail, expected: object
) -> None:
    google.script(failure)

    assert await ready.send_object(None, body_of(), version=1) == expected


async def test_g9_when_google_says_too_much_everybody_waits() -> None:
    limiter = OwnLimiter(1000)
    await limiter.hold_back(timedelta(seconds=0.1))
    started = asyncio.get_running_loop().time()

    await limiter.turn()

    assert asyncio.get_running_loop().time() - started > 0.09


async def test_g9_backoff_doubles_with_jitter_up_to_a_limit() -> None:
    assert [backoff(n, 1.0).total_seconds() for n in (1, 2, 3)] == [1, 2, 4]
    assert backoff(1, 0.0).total_seconds() == 0.5
    assert backoff(10_000, 0.999) <= timedelta(seconds=600)


async def test_an_unreachable_google_is_a_retry(egress: Egress, account: ServiceAccount, body_of: Any) -> None:
    client = GoogleWallet(GoogleEndpoint(ISSUER, "http://127.0.0.1:9/v1", "http://127.0.0.1:9/token"), account, egress)

    outcome = await client.send_object(None, body_of(), version=1)

    assert isinstance(outcome, Retry)


# save links


async def test_g11_a_save_link_is_skinny_short_and_opens_the_card(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    body = body_of()
    await ready.send_object(None, body, version=1)

    link = ready.save_link(body["id"], CLASS_ID)
    async with httpx.AsyncClient() as http:
        page = await http.get(link)

    claims = jwt.decode(link.rpartition("/")[2], options={"verify_signature": False})
    assert len(link) < 1000
    assert claims["payload"] == {"loyaltyObjects": [{"id": body["id"], "classId": CLASS_ID}]}
    assert (claims["aud"], claims["typ"], claims["origins"]) == ("google", "savetowallet", ["https://loyalty.example"])
    assert page.status_code == 200
    assert "Corner Club" in page.text
    assert google.objects[body["id"]]["hasUsers"] is True


async def test_g11_a_link_before_the_insert_opens_nothing(ready: GoogleWallet, google: GoogleSimulator, body_of: Any) -> None:
    with pytest.raises(SaveFailed, match="G11"):
        await VirtualAndroid(google).save(ready.save_link(body_of()["id"], CLASS_ID))


async def test_g11_a_link_with_another_class_than_the_objects_opens_nothing(
    ready: GoogleWallet, google: GoogleSimulator, body_of: Any
) -> None:
    await ready.send_object(None, body_of(), version=1)

    with pytest.raises(SaveFailed, match="another class"):
        await VirtualAndroid(google).save(ready.save_link(body_of()["id"], f"{CLASS_ID}-other"))


async def test_g11_a_link_that_would_be_cut_is_refused(account: ServiceAccount, clock: Any) -> None:
    with pytest.raises(SaveLinkTooLong):
        save_link(account, "1.a", "1.c", save_url="https://pay.google.com/gp/v/save", origins=["https://x.example" * 60], now=clock())


async def test_g11_a_card_with_markup_in_a_name_shows_it_as_text(ready: GoogleWallet, body_of: Any) -> None:
    body = body_of(member__name="<script>alert(1)</script>")
    await ready.send_object(None, body, version=1)

    async with httpx.AsyncClient() as http:
        page = await http.get(ready.save_link(body["id"], CLASS_ID))

    assert "<script>" not in page.text


# secrets and settings


async def test_no_key_no_token_and_no_member_in_logs_or_outcomes(
    ready: GoogleWallet, google: GoogleSimulator, account: ServiceAccount, body_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    google.forget_tokens()
    google.script(Fail(403), Fail(500))

    outcomes = [await ready.send_object(None, body_of(), version=n) for n in range(3)]

    told = caplog.text + repr(outcomes) + repr(account)
    assert not [secret for secret in ("ya29.", "eyJ", "PRIVATE KEY", "Ada", "HG-7Q2M") if secret in told]


async def test_a_broken_account_file_is_named_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text('{"private_key": "SECRET", "client_email": "a@b", "private_key_id": "1"}')

    with pytest.raises(AccountInvalid) as refused:
        ServiceAccount.load(file)

    assert "SECRET" not in f"{refused.value!r} {refused.value.__cause__!r}"


async def test_development_has_an_account_and_production_none(egress: Egress, tmp_path: Path) -> None:
    development = Settings(environment="development", data_dir=tmp_path)
    production = Settings(environment="production", data_dir=tmp_path, secret_key="x" * 32, public_url="https://a.example")

    client = GoogleWallet.open(development, egress)

    assert client is not None
    assert development_service_account(tmp_path).stat().st_mode & 0o077 == 0
    assert GoogleWallet.open(production, egress) is None
