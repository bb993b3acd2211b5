"""Programs with certificates of their own (X2): sealed at rest, and no program's serial is ever served under another's pass type."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from asn1crypto import cms
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12
from starlette.applications import Starlette

from builders.pki import authority, key
from honeyguide.encryption import Undecipherable
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied
from honeyguide.sealed import Keys
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.google import GoogleSimulator
from honeyguide.wallet.add.link import add_url
from honeyguide.wallet.add.page import add_routes
from honeyguide.wallet.apple.push import Delivered, Refused
from honeyguide.wallet.assembly import open_issuers, open_pushes, open_wallet
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.certificates.watch import CertificateWatch
from honeyguide.wallet.credentials import store
from honeyguide.wallet.credentials.command import credentials_command
from honeyguide.wallet.credentials.own import OwnCredentials
from honeyguide.wallet.credentials.vault import CredentialVault
from honeyguide.wallet.google.account import development_service_account
from honeyguide.wallet.phones.devices import device_routes
from honeyguide.wallet.phones.personalize import personalize_routes

GALLERY = Path(__file__).parents[3] / "src/honeyguide/programs/gallery/grocer-and-fuel.yaml"
SHARED, OWN, PASSWORD = "pass.test.honeyguide.membership", "pass.test.second", "correct horse battery staple"
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def made(tmp_path):
    """Apple's intermediate, as a test has it, and a .p12 of the second program's own pass type."""
    apple = authority(now())
    apple.write(tmp_path / "wwdr.pem")
    certificate = apple.issue(OWN, now() - DAY, now() + 90 * DAY, team="SECONDTEAM")
    bundle = pkcs12.serialize_key_and_certificates(b"pass", key("pass"), certificate, None, BestAvailableEncryption(PASSWORD.encode()))
    (tmp_path / "own.p12").write_bytes(bundle)
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    return apple


@pytest.fixture
async def second(shop):
    """Another program beside the shop's, with passes of its own members."""
    source = GALLERY.read_text().replace(shop.program.program.code, "second", 1)
    async with shop.database.pool.acquire() as connection:
        applied = await apply_program(connection, source=source, applied_by="test", now=now())
    assert isinstance(applied, Applied), applied
    await shop.programs.refresh()
    return replace(shop, program=applied)


@pytest.fixture
def command(settings, database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HONEYGUIDE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HONEYGUIDE_SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("HONEYGUIDE_APPLE_WWDR", str(tmp_path / "wwdr.pem"))

    async def run(*arguments, typed=None):
        return await asyncio.to_thread(CliRunner().invoke, credentials_command, [str(one) for one in arguments], input=typed)

    return run


async def bring(command, tmp_path, program="second", file="own.p12"):
    return await command("add-apple", tmp_path / file, "--password-file", tmp_path / "password", "--program", program)


@pytest.fixture
async def served(second, settings, made, command, tmp_path):
    """Both programs in one server, the second one under its own pass type."""
    brought = await bring(command, tmp_path)
    assert brought.exit_code == 0, brought.output
    wallet = open_wallet(settings, second.database, second.programs, now)
    watch = CertificateWatch(wallet, read_own=OwnCredentials(settings, second.database, now).read)
    await watch.start()
    app = Starlette(routes=[*device_routes(wallet), *personalize_routes(wallet), *add_routes(wallet, None)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000") as http:
        yield wallet, http
    await watch.close()
    wallet.close()


async def phone_of(shop, any_phone, wallet, http, pass_type):
    """A phone that holds a pass of this shop's program and speaks of it under a pass type of its choice."""
    running = replace(shop, wallet=wallet)
    member = await running.member()
    held = replace(any_phone, http=http, device=uuid4().hex, wallet=wallet, row=await running.published_pass(member))
    identity = replace(wallet.identity, pass_type_id=pass_type)

    class Speaking(type(held)):
        registrations = f"/wallet/apple/v1/devices/{held.device}/registrations/{identity.pass_type_id}"
        pass_url = f"/wallet/apple/v1/passes/{identity.pass_type_id}/{held.row.serial}"

    return Speaking(http, wallet, held.row, held.device, held.push_token)


def opened(package):
    files = zipfile.ZipFile(io.BytesIO(package))
    signers = cms.ContentInfo.load(files.read("signature"))["content"]["certificates"]
    units = {one.chosen.subject.native.get("organizational_unit_name") for one in signers}
    return json.loads(files.read("pass.json")), units


async def test_each_program_signs_under_its_own_pass_type_and_no_serial_is_served_under_anothers(served, shop, second, new_phone):
    """X2, A30-A33, A35, A36: with the right token, a serial of one program is unknown under the pass type of the other."""
    wallet, http = served
    any_phone = await new_phone(await shop.member())
    phones = {
        (program, pass_type): await phone_of(shop if program == SHARED else second, any_phone, wallet, http, pass_type)
        for program in (SHARED, OWN)
        for pass_type in (SHARED, OWN)
    }

    for (program, pass_type), phone in phones.items():
        is_own = program == pass_type
        assert (await phone.register()).status_code == (201 if is_own else 401)
        fetched = await phone.fetch()
        assert fetched.status_code == (200 if is_own else 401)
        if is_own:
            body, units = opened(fetched.content)
            team = "HONEYGUIDE" if program == SHARED else "SECONDTEAM"
            assert (body["passTypeIdentifier"], body["teamIdentifier"], team in units) == (program, team, True)
            assert (await phone.changed()).json()["serialNumbers"] == [phone.row.serial]
        signed_up = await http.post(f"{phone.pass_url}/personalize", headers=phone.authorization, content=b"{}")
        assert signed_up.status_code == (400 if is_own else 401)  # A35: known, and no form; or unknown
        assert (await phone.unregister()).status_code == (200 if is_own else 401)
    # A31: a device that holds passes of one type is told nothing under the other, nor under one that nobody has.
    phone = phones[OWN, OWN]
    await phone.register()
    for pass_type in (SHARED, "pass.test.nobody"):
        listed = await http.get(f"/wallet/apple/v1/devices/{phone.device}/registrations/{pass_type}")
        assert listed.status_code == 204
    # A36: the link of a program gives its own pass, whoever opens it.
    row = phone.row
    url = add_url(wallet.settings, row.key.program_id, row.key.member_id, row.style, now(), generation=row.generation)
    downloaded = await http.get(f"{url}.pkpass")
    assert opened(downloaded.content)[0]["passTypeIdentifier"] == OWN


async def test_a_program_whose_own_certificate_is_gone_gets_no_other(served, second, shop, settings, new_phone, caplog):
    """X2: without the key that sealed it, or without any certificate, phones come back later; never the settings' pass type."""
    wallet, http = served
    phone = await phone_of(second, await new_phone(await shop.member()), wallet, http, OWN)

    other = settings.model_copy(update={"secret_key": type(settings.secret_key)("another secret of tests, long enough to be one")})
    await CertificateWatch(wallet, read_own=OwnCredentials(other, second.database, now).read).look()
    lost = await phone.fetch()
    await second.database.pool.execute("DELETE FROM wallet_credential")
    await CertificateWatch(wallet, read_own=OwnCredentials(settings, second.database, now).read).look()
    removed = await phone.fetch()

    assert (lost.status_code, removed.status_code) == (503, 503)
    assert "cannot be used: sealed under the key" in caplog.text
    assert wallet.identity_of(second.program.program_id).pass_type_id == OWN


async def test_nothing_is_served_before_the_own_certificates_are_known(shop, settings, new_phone):
    """X2: a database that is down at the start delays passes, it does not mix them up."""

    async def down():
        raise ConnectionRefusedError

    wallet = open_wallet(settings, shop.database, shop.programs, now)
    watch = CertificateWatch(wallet, read_own=down)
    await watch.start()
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=Starlette(routes=device_routes(wallet))), base_url="http://127.0.0.1:8000")
    phone = replace(await new_phone(await shop.member()), http=http, wallet=wallet)

    async with http:
        assert (await phone.fetch()).status_code == 503
    await watch.close()
    wallet.close()


async def test_pushes_of_each_program_go_by_its_own_certificate(served, shop, second, settings, egress, tmp_path):
    """X2, N3: the simulator complains of a topic that is not the client certificate's."""
    development = shop.wallet.apple
    both = tmp_path / "both.pem"
    both.write_bytes(development.ca.read_bytes() + development.signing.intermediate.read_bytes() + (tmp_path / "wwdr.pem").read_bytes())
    simulator = ApnsSimulator(certificate=development.apns_certificate, key=development.apns_key, client_ca=both, accept_any_token=True)
    await simulator.start()
    connected = settings.model_copy(update={"apple_apns_host": "127.0.0.1", "apple_apns_port": simulator.port})
    wallet, _ = served
    wallet = replace(wallet, settings=connected)
    pushes = open_pushes(wallet, egress)
    try:
        await CertificateWatch(wallet, pushes, OwnCredentials(settings, second.database, now).read).look()
        assert [await pushes.push("ab" * 32, topic) for topic in (SHARED, OWN)] == [Delivered()] * 2
        assert await pushes.push("ab" * 32, "pass.test.nobody") == Refused("NoCertificateForTopic")
        assert (simulator.connections, list(simulator.complaints)) == (2, [])
    finally:
        await pushes.close()
        await simulator.stop()


async def test_each_programs_objects_at_google_are_of_its_own_issuer(shop, second, settings, command, egress, tmp_path):
    """X2: objects, classes and links of a program name its own issuer; without its account they wait, and go under no other."""
    account = development_service_account(settings.data_dir)
    simulator = GoogleSimulator(account, per_second=1000)
    await simulator.start()
    connected = settings.model_copy(
        update={
            "google_api_url": simulator.api_url,
            "google_token_url": simulator.token_url,
            "google_save_url": simulator.save_url,
            "google_issuer_id": "3388000000000000001",
        }
    )
    brought = await command("add-google", account, "--issuer-id", "3388000000000000002", "--program", "second")
    taken = await command("add-google", account, "--issuer-id", "3388000000000000002", "--program", shop.program.program.code)
    assert (brought.exit_code, taken.exit_code) == (0, 1), brought.output + taken.output
    wallet = replace(shop.wallet, settings=connected)
    issuers = open_issuers(connected, egress, now, shop.database)
    watch = CertificateWatch(wallet, None, OwnCredentials(connected, shop.database, now).read, issuers)
    issuers.wait_for_own()
    assert not GoogleDelivery(wallet, issuers).offers(shop.program.program_id)  # nobody knows yet whether it has its own
    await watch.look()
    delivery = GoogleDelivery(wallet, issuers)
    rows = [await program.published_pass(await program.member()) for program in (shop, second)]

    assert [await delivery.bring(row, patience=5) for row in rows] == [True, True]
    assert issuers.issuer_ids == ("3388000000000000001", "3388000000000000002")
    for row, issuer in zip(rows, issuers.issuer_ids, strict=True):
        held = simulator.objects[f"{issuer}.{row.key.pass_id.hex}"]
        assert held["classId"].startswith(f"{issuer}.")
    claims = jwt.decode((await delivery.save_link(rows[1])).rpartition("/")[2], options={"verify_signature": False})
    assert claims["payload"]["loyaltyObjects"][0]["id"].startswith("3388000000000000002.")

    await shop.database.pool.execute("DELETE FROM wallet_credential")
    await watch.look()
    sent = dict(simulator.objects)
    await second.give(rows[1].key.member_id, 70)
    await second.wallet.publisher.publish(rows[1].key, now())
    assert not delivery.offers(second.program.program_id)
    assert not await delivery.bring(rows[1], patience=1)
    await delivery.round(Counter())
    await delivery.settle()
    assert simulator.objects == sent
    await simulator.stop()


async def test_what_a_program_brings_is_sealed_and_opens_in_its_own_row_alone(served, second, settings, command, made, tmp_path):
    """X2, A9: neither key nor password is in the database, in what the command prints, or in the trail; it may be rotated and removed."""
    rows = await second.database.pool.fetch("SELECT * FROM wallet_credential")
    ((issuer, (credential,)),) = await store.credentials(second.database.pool)
    vault = CredentialVault.of(settings.secrets)

    listed = await command("list")
    again = await bring(command, tmp_path)
    acts = await second.database.pool.fetch("SELECT action, detail::text AS detail FROM audit WHERE action LIKE '%WALLET%'")

    plain = key("pass").private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert (
        vault.open_material(credential.sealed, issuer.program_id, credential.credential_id).key.private_numbers()
        == key("pass").private_numbers()
    )
    assert plain[100:200] not in rows[0]["sealed"]
    with pytest.raises(Undecipherable):
        vault.open_material(credential.sealed, second.programs.ids()[0], UUID(int=1))
    with pytest.raises(Undecipherable):
        CredentialVault.of(Keys(b"whoever has the database alone has no key")).open_material(
            credential.sealed, issuer.program_id, credential.credential_id
        )
    assert listed.output.startswith(f"second\tapple\t{OWN}\t{credential.fingerprint}\tuntil ")
    assert "known already" in again.output
    assert [act["action"] for act in acts] == ["SET_WALLET_KEY"]
    for text in (listed.output, again.output, acts[0]["detail"]):
        assert PASSWORD not in text
        assert "PRIVATE" not in text

    removed = await command("remove", credential.fingerprint, "--program", "second")
    gone = await command("remove", credential.fingerprint, "--program", "second")
    assert (removed.exit_code, gone.exit_code) == (0, 1)
    assert await second.database.pool.fetchval("SELECT count(*) FROM wallet_credential") == 0


async def test_what_would_mix_programs_up_or_strand_passes_is_refused(shop, second, new_phone, command, made, tmp_path):
    """X2, A6: with a sentence that says why; nothing is stored."""
    made.write_pass(tmp_path / "third.pem", "pass.test.third", now() - DAY, now() + 90 * DAY)
    made.write_pass(tmp_path / "ended.pem", OWN, now() - 90 * DAY, now() - DAY)
    phone = await new_phone(await shop.member())
    await phone.register()

    async def refusal(*arguments, typed=None):
        answer = await command("add-apple", *arguments, typed=typed)
        assert answer.exit_code == 1
        assert PASSWORD not in answer.output
        return answer.output

    first = shop.program.program.code
    assert "A9: own.p12 is no private key, or the password does not open it" in await refusal(
        tmp_path / "own.p12", "--program", "second", typed="wrong\n"
    )
    assert "A5: the signing certificate is valid from" in await refusal(tmp_path / "ended.pem", "--program", "second")
    assert "no program has the code" in await refusal(tmp_path / "third.pem", "--program", "nobody")
    assert "1 passes are on phones under what the settings have" in await refusal(tmp_path / "third.pem", "--program", first)
    assert (await bring(command, tmp_path)).exit_code == 0
    assert f"the program has {OWN}" in await refusal(tmp_path / "third.pem", "--program", "second")
    await phone.unregister()
    assert f"{OWN} belongs to another program" in await refusal(
        tmp_path / "own.p12", "--password-file", tmp_path / "password", "--program", first
    )
    assert await second.database.pool.fetchval("SELECT count(*) FROM wallet_credential") == 1
