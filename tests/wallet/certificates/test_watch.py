"""Certificates come, go and end while server and worker run (A5, A8, N11)."""

from __future__ import annotations

import io
import logging
import ssl
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from asn1crypto import cms
from prometheus_client import REGISTRY
from starlette.applications import Starlette

from builders.clock import Clock
from builders.pki import authority
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.wallet.apple.push import Delivered
from honeyguide.wallet.assembly import open_pushes, open_wallet
from honeyguide.wallet.certificates.expiry import CertificateStanding, CertificateUse
from honeyguide.wallet.certificates.facts import facts_of
from honeyguide.wallet.certificates.watch import CertificateWatch
from honeyguide.wallet.phones.devices import device_routes

PASS_TYPE = "pass.test.honeyguide.membership"
DAY = timedelta(days=1)


@pytest.fixture
def clock():
    return Clock(datetime.now(UTC))


@pytest.fixture
def folder(tmp_path, clock):
    """One certificate that ends in 70 days, and the authority that makes more."""
    made = authority(clock.now)
    made.write(tmp_path / "wwdr.pem")
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    made.write_pass(certificates / "2026.pem", PASS_TYPE, clock.now - 300 * DAY, clock.now + 70 * DAY)
    return made, certificates


@pytest.fixture
def given(settings, folder, tmp_path):
    return settings.model_copy(update={"apple_certificate": folder[1], "apple_wwdr": tmp_path / "wwdr.pem"})


@pytest.fixture
async def phone(shop, new_phone, given, clock):
    """A phone of a server that runs on the folder's certificates."""
    wallet = open_wallet(given, shop.database, shop.programs, clock)
    running = replace(shop, wallet=wallet)
    member = await running.member()
    transport = httpx.ASGITransport(app=Starlette(routes=device_routes(wallet)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        yield replace(await new_phone(member), http=http, wallet=wallet, row=await running.published_pass(member))
    wallet.close()


def signed_by(answer):
    """Serial numbers of the certificates within a package."""
    assert answer.status_code == 200
    signature = zipfile.ZipFile(io.BytesIO(answer.content)).read("signature")
    return {one.chosen.serial_number for one in cms.ContentInfo.load(signature)["content"]["certificates"]}


async def test_a_new_certificate_in_the_folder_signs_from_the_next_fetch_on(folder, phone, clock):
    """A8: the newest valid one signs, nobody is restarted, and no phone is pushed for it: the same pass, signed anew when asked for."""
    made, certificates = folder
    watch = CertificateWatch(phone.wallet)
    first = made.issue(PASS_TYPE, clock.now - 300 * DAY, clock.now + 70 * DAY).serial_number
    assert first in signed_by(await phone.fetch())
    before = await phone.wallet.database.pool.fetchrow("SELECT tag, modified_at FROM pass")

    second = made.write_pass(certificates / "2027.pem", PASS_TYPE, clock.now - DAY, clock.now + 364 * DAY)
    coming = made.write_pass(certificates / "2028.pem", PASS_TYPE, clock.now + 300 * DAY, clock.now + 660 * DAY)
    await watch.look()

    assert second.serial_number in signed_by(await phone.fetch())
    assert await phone.wallet.database.pool.fetchrow("SELECT tag, modified_at FROM pass") == before
    facts = {(fact.use, fact.valid_until.date()): fact.standing for fact in facts_of(phone.wallet.pass_types, clock.now)}
    assert facts == {
        (CertificateUse.SIGNING, (clock.now + 70 * DAY).date()): CertificateStanding.SPARE,
        (CertificateUse.SIGNING, (clock.now + 364 * DAY).date()): CertificateStanding.IN_USE,
        (CertificateUse.SIGNING, (clock.now + 660 * DAY).date()): CertificateStanding.NOT_YET_VALID,
        (CertificateUse.PUSH, (clock.now + 364 * DAY).date()): CertificateStanding.IN_USE,
        (CertificateUse.INTERMEDIATE, made.ends.date()): CertificateStanding.IN_USE,
    }

    clock.move(days=301)
    assert coming.serial_number in signed_by(await phone.fetch())


async def test_what_is_half_copied_changes_nothing(folder, phone, clock, caplog):
    """A8: a file that is no good, or is another pass type's, is told by name; what signs goes on signing."""
    made, certificates = folder
    watch = CertificateWatch(phone.wallet)

    (certificates / "2027.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nMII")
    await watch.look()
    made.write_pass(certificates / "2027.pem", "pass.test.other", clock.now - DAY, clock.now + 364 * DAY)
    await watch.look()
    await watch.look()

    assert (await phone.fetch()).status_code == 200
    told = [record.getMessage() for record in caplog.records if "is not used" in record.getMessage()]
    assert len(told) == 2
    assert "A6: 2027.pem is no certificate" in told[0]
    assert "A6: the certificate's UID is 'pass.test.other'" in told[1]

    made.write_pass(certificates / "2028.pem", PASS_TYPE, clock.now - DAY, clock.now + 364 * DAY)
    await watch.look()
    assert len(phone.wallet.pass_types.shared.signers) == 2  # what does not fit keeps no other out


async def test_a_folder_that_is_emptied_while_it_is_exchanged_stops_no_pass(folder, phone, caplog):
    """A8: what signs goes on signing until its successor is there."""
    watch = CertificateWatch(phone.wallet)

    (folder[1] / "2026.pem").unlink()
    await watch.look()

    assert (await phone.fetch()).status_code == 200
    assert "none that fits is left in the folder" in caplog.text


async def test_a_phone_of_a_program_whose_certificates_are_not_read_yet_comes_back_and_is_not_sent_away(phone):
    """A48, X2: to a 401 or a 204 it would believe that there is nothing."""
    phone.wallet.pass_types.wait_for_own()
    path = phone.pass_url.replace(PASS_TYPE, "pass.test.own")

    fetched = await phone.http.get(path, headers=phone.authorization)
    listed = await phone.http.get("/wallet/apple/v1/devices/d1/registrations/pass.test.own")

    assert [(answer.status_code, answer.headers["retry-after"]) for answer in (fetched, listed)] == [(503, "10")] * 2


async def test_an_expired_certificate_lets_phones_come_back_and_loses_nothing(folder, shop, phone, clock, caplog):
    """A5, A48: 503 with the reason in the log, never a 500; the change that waits arrives with the new certificate."""
    made, certificates = folder
    watch = CertificateWatch(phone.wallet)
    clock.move(days=71)
    await shop.give(phone.row.key.member_id, 120)

    refused = await phone.fetch()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    assert "SigningRefused: A5: the newest certificate of pass.test.honeyguide.membership is valid from" in caplog.text

    made.write_pass(certificates / "2027.pem", PASS_TYPE, clock.now - DAY, clock.now + 364 * DAY)
    await watch.look()

    answer = await phone.fetch()
    assert answer.status_code == 200
    assert b"120" in zipfile.ZipFile(io.BytesIO(answer.content)).read("pass.json")


async def test_warnings_of_the_end_are_logged_once_each_and_counted(phone, clock, caplog):
    """A8: signer, push use and intermediate at 60/30/14/7/1 days; a spare certificate would put the end off."""
    watch = CertificateWatch(phone.wallet)
    caplog.set_level(logging.WARNING, "honeyguide.wallet.certificates.watch")

    def left(use):
        return REGISTRY.get_sample_value("honeyguide_certificate_left_seconds", {"pass_type": PASS_TYPE, "use": use})

    def counted(days):
        labels = {"pass_type": PASS_TYPE, "use": "signing", "days": str(days)}
        return REGISTRY.get_sample_value("honeyguide_certificate_warnings_total", labels) or 0

    before = [counted(days) for days in (60, 30, 14, 7, 1, 0)]
    for _ in range(71):
        await watch.look()
        clock.move(days=1)
    await watch.look()

    messages = [record.getMessage() for record in caplog.records]
    assert [line.rpartition(" in less than ")[2] for line in messages if line.startswith("the signing") and "in less" in line] == [
        f"{days} days: renew it (A8)" for days in (60, 30, 14, 7, 1)
    ]
    assert sum("the push certificate" in line for line in messages) == 6
    assert [record.levelname for record in caplog.records].count("ERROR") == 2
    assert [counted(days) - was for days, was in zip((60, 30, 14, 7, 1, 0), before, strict=True)] == [1] * 6
    assert left("signing") == left("push") == pytest.approx(-DAY.total_seconds(), abs=1)
    assert left("intermediate") > 0


async def test_pushes_follow_the_new_certificate(given, folder, shop, settings, egress, clock, tmp_path):
    """N11: the next push goes over a new connection with the new certificate, without a restart."""
    made, certificates = folder
    development = shop.wallet.apple
    simulator = ApnsSimulator(
        certificate=development.apns_certificate, key=development.apns_key, client_ca=tmp_path / "wwdr.pem", accept_any_token=True
    )
    await simulator.start()
    given = given.model_copy(update={"apple_apns_host": "127.0.0.1", "apple_apns_port": simulator.port, "apple_apns_ca": development.ca})
    wallet = open_wallet(given, shop.database, shop.programs, clock)
    pushes = open_pushes(wallet, egress)
    watch = CertificateWatch(wallet, pushes)
    try:
        await watch.look()
        assert await pushes.push("ab" * 32, PASS_TYPE) == Delivered()
        made.write_pass(certificates / "2027.pem", PASS_TYPE, clock.now - DAY, clock.now + 364 * DAY, of="renewed")
        await watch.look()
        await watch.look()
        assert await pushes.push("ab" * 32, PASS_TYPE) == Delivered()

        assert simulator.connections == 2
        assert list(simulator.complaints) == []
    finally:
        await pushes.close()
        await simulator.stop()
        wallet.close()


def test_the_public_roots_hold_that_of_apples_push_service():
    """N11: Apple's push service moved to a chain of USERTrust RSA in 2025."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())

    assert any(("commonName", "USERTrust RSA Certification Authority") in part for one in context.get_ca_certs() for part in one["subject"])
