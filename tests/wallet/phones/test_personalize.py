"""The holder of an anonymous card signs up on the phone (A35, A51), and what terminals read of the card (A21)."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import zipfile
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image
from starlette.applications import Starlette

from builders.pki import Authority, key
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied
from honeyguide.programs.nfc import compressed_key
from honeyguide.testing.pkpass_check import check_package
from honeyguide.wallet.apple.pass_json import authentication_token
from honeyguide.wallet.apple.signer import SigningMaterial
from honeyguide.wallet.assembly import Wallet, open_wallet
from honeyguide.wallet.certificates.pass_types import PassType
from honeyguide.wallet.certificates.signing import new_signer
from honeyguide.wallet.faces.template_files import read_folder
from honeyguide.wallet.phones.devices import device_routes
from honeyguide.wallet.phones.personalize import personalize_routes
from honeyguide.wallet.store import PassRow, find_pass

PUBLIC_KEY = b64encode(
    ec.derive_private_key(7, ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
FORM = {
    "requiredPersonalizationFields": ["PKPassPersonalizationFieldName", "PKPassPersonalizationFieldEmailAddress"],
    "description": "Join {program.name}",
    "termsAndConditions": "{terms}",
}
GIVEN = {"fullName": "Grace Hopper", "emailAddress": "Grace@example.test", "phoneNumber": "+12025550177", "postalCode": "20001"}


@dataclass
class Till:
    """A shop whose cards are anonymous until their holders sign up, and a phone of one of them."""

    shop: Any
    wallet: Wallet
    http: httpx.AsyncClient
    authority: Path
    member: UUID
    row: PassRow

    async def sign_up(self, info: object = None, *, token: str = "apple's token", **changes: Any) -> httpx.Response:
        content = json.dumps({"personalizationToken": token, "requiredPersonalizationInfo": GIVEN if info is None else info})
        given = {"headers": self.authorization, "content": content} | changes
        return await self.http.post(f"{self.path}/personalize", **given)

    async def fetch(self) -> dict[str, bytes]:
        answer = await self.http.get(self.path, headers=self.authorization)
        assert answer.status_code == 200
        check_package(answer.content, ca=self.authority)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
            return {name: package.read(name) for name in package.namelist()}

    async def person(self) -> Any:
        return await self.shop.database.pool.fetchrow("SELECT display_name, email, phone FROM person WHERE member_id = $1", self.member)

    @property
    def path(self) -> str:
        return f"/wallet/apple/v1/passes/{self.wallet.identity.pass_type_id}/{self.row.serial}"

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"ApplePass {authentication_token(self.wallet.identity.token_key, self.row.serial, 1)}"}


@pytest_asyncio.fixture
async def holder(shop, settings, passes_dir, tmp_path):
    """Who took a card and said nothing; the certificate may sign nfc."""
    source = shop.program.source.replace(
        "  membership:\n", f"  membership:\n    nfc: {{encryption_public_key: {PUBLIC_KEY}, requires_authentication: true}}\n", 1
    )
    source = source.replace("  anonymous: true", "  on_phone: true\n  anonymous: true", 1)
    async with shop.database.pool.acquire() as connection:
        applied = await apply_program(connection, source=source, applied_by="test", now=shop.wallet.clock())
    assert isinstance(applied, Applied), applied
    await shop.programs.refresh()
    folder = tmp_path / "passes" / "membership.pass"
    for path, content in read_folder(passes_dir / "membership.pass").files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "personalization.json").write_text(json.dumps(FORM))
    Image.new("RGB", (300, 80)).save(folder / "personalizationLogo@2x.png")
    wallet = open_wallet(settings.model_copy(update={"passes_dir": tmp_path / "passes"}), shop.database, shop.programs, shop.wallet.clock)
    wallet = with_certificate(wallet, settings, "Pass Type ID with NFC: test", tmp_path / "ca.pem")
    member = await shop.member(name=None)
    row = await shop.pass_of(member)
    app = Starlette(routes=[*device_routes(wallet), *personalize_routes(wallet)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000") as http:
        yield Till(shop, wallet, http, tmp_path / "ca.pem", member, row)
    wallet.close()


def with_certificate(wallet: Wallet, settings: Any, common_name: str, ca: Path) -> Wallet:
    """The wallet under a certificate of this name; its publisher, too."""
    now, identity = wallet.clock(), wallet.identity
    authority = Authority(now - timedelta(days=9), now + timedelta(days=900))
    authority.write(ca)
    certificate = authority.issue(identity.pass_type_id, now - timedelta(days=1), now + timedelta(days=99), common_name=common_name)
    signer = new_signer(settings, wallet.clock, identity, SigningMaterial(certificate, key("pass"), authority.certificate))
    wallet.pass_types.replace(PassType.of(identity, [signer], now), {})
    return wallet


async def test_a_card_that_is_nobodys_has_the_form_and_one_that_is_somebodys_has_none(holder):
    """A21, A35, A51: the signature is checked as a pass's own; the pass without form is what Wallet installs next."""
    before = await holder.fetch()

    answer = await holder.sign_up()
    after = await holder.fetch()

    body, form = json.loads(before["pass.json"]), json.loads(before["personalization.json"])
    assert body["nfc"] == {"message": holder.row.barcode, "encryptionPublicKey": compressed_key(PUBLIC_KEY), "requiresAuthentication": True}
    assert len(body["nfc"]["encryptionPublicKey"]) < len(PUBLIC_KEY)  # A21: the program file may say the point whole, Wallet may not
    assert form["requiredPersonalizationFields"] == FORM["requiredPersonalizationFields"]
    assert form["description"] == "Join Honeyguide Rewards"
    assert "{" not in form["termsAndConditions"]
    assert "personalizationLogo@2x.png" in before
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.headers["content-length"] == str(len(answer.content))
    verify(answer.content, b"apple's token", holder.authority)
    assert not {"personalization.json", "personalizationLogo@2x.png"} & set(after)
    assert json.loads(after["pass.json"])["serialNumber"] == body["serialNumber"]
    assert b"Grace Hopper" in after["pass.json"]
    # Only what the form asked for: neither the number nor the postal code that came along.
    assert tuple(await holder.person()) == ("Grace Hopper", "grace@example.test", None)
    assert await holder.shop.database.pool.fetchval("SELECT count(*) FROM consent WHERE member_id = $1", holder.member) == 0


def verify(signature: bytes, content: bytes, ca: Path) -> None:
    """By the openssl command line, as A3."""
    folder = ca.parent
    (folder / "token").write_bytes(content)
    (folder / "token.sig").write_bytes(signature)
    for command in ("smime", "cms"):
        shared = ["-verify", "-binary", "-inform", "DER", "-in", "token.sig", "-content", "token", "-CAfile", str(ca)]
        done = subprocess.run(["openssl", command, *shared], cwd=folder, capture_output=True, timeout=20, check=False)
        assert done.returncode == 0, done.stderr


async def test_the_same_again_is_the_same_and_another_person_takes_no_card(holder):
    """A35: idempotent, also at once; a card that is somebody's does not become another's."""
    answers = await asyncio.gather(*(holder.sign_up() for _ in range(4)))

    other = await holder.sign_up({"fullName": "Eve", "emailAddress": "eve@example.test"})

    assert {answer.status_code for answer in answers} == {200}
    assert (other.status_code, other.json()["code"]) == (403, "ALREADY_SIGNED_UP")
    assert tuple(await holder.person()) == ("Grace Hopper", "grace@example.test", None)


async def test_an_address_that_is_somebodys_is_answered_alike(holder):
    """Who is a member is told to nobody, and nothing changes of either."""
    known = await holder.shop.member()
    await holder.shop.database.pool.execute(
        "INSERT INTO identifier (program_id, kind, value, member_id) VALUES ($1, 'email', 'grace@example.test', $2)",
        holder.shop.program.program_id,
        known,
    )

    answer = await holder.sign_up()

    assert answer.status_code == 200
    assert tuple(await holder.person()) == (None, None, None)
    tries = [(await holder.sign_up({"fullName": "x", "emailAddress": f"{n}@example.test"})).status_code for n in range(12)]
    assert tries.count(429) == 3


NO_FORMS = [
    b"",
    b"[]",
    b"{",
    b'{"personalizationToken": "", "requiredPersonalizationInfo": {}}',
    b'{"personalizationToken": 7, "requiredPersonalizationInfo": {}}',
    b'{"personalizationToken": "x", "requiredPersonalizationInfo": []}',
    b'{"personalizationToken": "x", "requiredPersonalizationInfo": {"fullName": "%s"}}' % (b"x" * 321),
    b'{"personalizationToken": "x", "requiredPersonalizationInfo": {"fullName": "Ann"}}',
    b'{"personalizationToken": "x", "requiredPersonalizationInfo": {"fullName": "Ann", "emailAddress": "no address"}}',
    b'{"personalizationToken": "x", "requiredPersonalizationInfo": {"fullName": "\\u202e", "emailAddress": "a@example.test"}}',
    b"x" * 5000,
]


async def test_what_is_no_form_is_a_400_and_another_token_a_401(holder):
    """A35, A40."""
    headers = ["", "Bearer x", "ApplePass", "ApplePass  two", "ApplePass " + "x" * 43]

    unknown = [(await holder.sign_up(headers={"Authorization": header} if header else {})).status_code for header in headers]
    refused = [(await holder.sign_up(content=content)).status_code for content in NO_FORMS]

    assert unknown == [401] * len(headers)
    assert refused == [400] * len(NO_FORMS)
    assert tuple(await holder.person()) == (None, None, None)


async def test_nobody_has_the_manifest_of_a_forged_pass_signed_as_a_token(holder):
    """A35: else one anonymous card would be enough to make any pass of this pass type."""
    manifest = json.dumps({"pass.json": "0" * 40, "icon.png": "0" * 40})
    forged = [manifest, f" \n{manifest}", f"\ufeff{manifest}", manifest.encode("utf-16-be").decode(), "<plist/>", "bplist00\0", "x" * 1025]

    answers = [(await holder.sign_up(token=token)).status_code for token in forged]

    assert answers == [400] * len(forged)
    assert tuple(await holder.person()) == (None, None, None)


async def test_a_program_that_does_not_want_it_says_so(holder):
    """A35: a typed refusal; the holder can still say at a till or on the page who he is."""
    applied = holder.shop.programs.current(holder.shop.program.program_id)
    source = applied.source.replace("on_phone: true", "on_phone: false")
    async with holder.shop.database.pool.acquire() as connection:
        await apply_program(connection, source=source, applied_by="test", now=holder.wallet.clock())
    await holder.shop.programs.refresh()

    answer = await holder.sign_up()

    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ALLOWED")
    assert tuple(await holder.person()) == (None, None, None)


async def test_who_said_at_a_till_who_he_is_gets_a_pass_without_form(holder):
    """A51: the pass is drawn anew by the commit that gave the card a name."""
    row = await holder.wallet.current(holder.row)
    await holder.shop.database.pool.execute("UPDATE person SET phone = '+12025550177' WHERE member_id = $1", holder.member)

    stale = await find_pass(holder.shop.database.pool, holder.row.key)

    assert (row.is_stale, stale.is_stale) == (False, True)
    assert "personalization.json" not in await holder.fetch()


async def test_a_certificate_without_nfc_signs_passes_without_it(holder, settings, tmp_path):
    """A21: neither nfc nor the form, and no pass is refused for it."""
    with_certificate(holder.wallet, settings, "Pass Type ID: test", tmp_path / "ca.pem")

    files = await holder.fetch()

    assert "nfc" not in json.loads(files["pass.json"])
    assert "personalization.json" not in files
