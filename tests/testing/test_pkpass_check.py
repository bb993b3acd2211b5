"""The virtual iPhone refuses what a real one refuses: one mutation for each rule of a package."""

import datetime as dt
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from honeyguide.testing.pkpass_check import check_package
from honeyguide.testing.refusal import PassRefused
from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.certificates.of_settings import AppleFiles, development_certificates
from honeyguide.wallet.faces.template import Template, load_template

PASS_TYPE, TEAM = "pass.test.phone", "PHONETEAM1"
BODY = {
    "formatVersion": 1,
    "passTypeIdentifier": PASS_TYPE,
    "teamIdentifier": TEAM,
    "serialNumber": "s-1",
    "organizationName": "Honeyguide",
    "description": "Card",
    "storeCard": {"headerFields": [{"key": "points", "label": "Points", "value": 120, "changeMessage": "You now have %@ points"}]},
}
Files = dict[str, bytes]
Options = pkcs7.PKCS7Options


@pytest.fixture(scope="module")
def apple(tmp_path_factory: pytest.TempPathFactory) -> AppleFiles:
    return development_certificates(tmp_path_factory.mktemp("apple"), PASS_TYPE, TEAM, dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def signer(apple: AppleFiles) -> Signer:
    return Signer.load(apple.signing, pass_type_id=PASS_TYPE, team_id=TEAM, development=True)


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template(Path(__file__).parents[2] / "passes" / "membership.pass")


@pytest.fixture(scope="module")
def good(template: Template, signer: Signer) -> bytes:
    return Package(template).build(json.dumps(BODY).encode(), signer)


def unpacked(package: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def resigned(files: Files, signer: Signer) -> Files:
    listed = {name: hashlib.sha1(files[name]).hexdigest() for name in files if name not in ("manifest.json", "signature")}
    manifest = json.dumps(listed).encode()
    return {**files, "manifest.json": manifest, "signature": signer.sign(manifest)}


def refusal(package: bytes, apple: AppleFiles, now: dt.datetime | None = None) -> str:
    assert apple.ca is not None
    with pytest.raises(PassRefused) as refused:
        check_package(package, ca=apple.ca, now=now)
    return refused.value.rule


def test_a_good_pass_is_taken_with_its_translations_and_signing_time(good: bytes, apple: AppleFiles) -> None:
    assert apple.ca is not None
    checked = check_package(good, ca=apple.ca)

    assert checked.body["serialNumber"] == "s-1"
    assert checked.strings["de"]["Member"] == "Mitglied"
    assert abs((checked.signed_at - dt.datetime.now(dt.UTC)).total_seconds()) < 60


def test_a_member_that_is_there_twice_is_refused(good: bytes, apple: AppleFiles) -> None:
    buffer = io.BytesIO(good)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("pass.json", b"{}")

    assert refusal(buffer.getvalue(), apple) == "A1"


@pytest.mark.parametrize(
    ("rule", "options", "digest"),
    [
        ("A3", [Options.Binary, Options.NoCapabilities], hashes.SHA256()),  # attached
        ("A3", [Options.Binary, Options.DetachedSignature, Options.NoAttributes], hashes.SHA256()),  # no signing time
        ("A3", [Options.Binary, Options.DetachedSignature, Options.NoCapabilities, Options.NoCerts], hashes.SHA256()),
        ("A3", [Options.Binary, Options.DetachedSignature, Options.NoCapabilities], hashes.SHA512()),
        ("A4", [Options.DetachedSignature, Options.NoCapabilities], hashes.SHA256()),  # line ends rewritten
    ],
)
def test_a_signature_of_another_form_is_refused(
    rule: str, options: list[pkcs7.PKCS7Options], digest: hashes.SHA256, good: bytes, apple: AppleFiles
) -> None:
    files = unpacked(good)
    files["manifest.json"] = files["manifest.json"].replace(b",", b",\n")
    key = load_pem_private_key(apple.signing.key.read_bytes(), None)
    leaf, intermediate = (
        x509.load_pem_x509_certificate(path.read_bytes()) for path in (apple.signing.certificate, apple.signing.intermediate)
    )

    builder = pkcs7.PKCS7SignatureBuilder().set_data(files["manifest.json"]).add_signer(leaf, key, digest)  # type: ignore[arg-type]
    files["signature"] = builder.add_certificate(intermediate).sign(Encoding.DER, options)

    assert refusal(packed(files), apple) == rule


def test_a_signature_without_intermediate_is_refused(good: bytes, apple: AppleFiles) -> None:
    files = unpacked(good)
    key, leaf = (
        load_pem_private_key(apple.signing.key.read_bytes(), None),
        x509.load_pem_x509_certificate(apple.signing.certificate.read_bytes()),
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(files["manifest.json"]).add_signer(leaf, key, hashes.SHA256())  # type: ignore[arg-type]
    files["signature"] = builder.sign(Encoding.DER, [Options.Binary, Options.DetachedSignature, Options.NoCapabilities])

    assert refusal(packed(files), apple) == "A3"


def test_a_pass_of_another_authority_is_refused(good: bytes, tmp_path: Path) -> None:
    other = development_certificates(tmp_path, PASS_TYPE, TEAM, dt.datetime.now(dt.UTC))

    assert refusal(good, other) == "A3"


def test_a_pass_from_the_future_is_refused(good: bytes, apple: AppleFiles) -> None:
    assert refusal(good, apple, now=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)) == "A5"


def test_the_openssl_command_line_itself_makes_passes_that_the_phone_takes(good: bytes, apple: AppleFiles, tmp_path: Path) -> None:
    files = unpacked(good)
    (tmp_path / "manifest.json").write_bytes(files["manifest.json"])
    signing = ["-signer", str(apple.signing.certificate), "-inkey", str(apple.signing.key), "-certfile", str(apple.signing.intermediate)]
    sign = ["openssl", "smime", "-sign", "-binary", *signing, "-in", "manifest.json", "-out", "signature", "-outform", "DER"]
    subprocess.run(sign, cwd=tmp_path, check=True, timeout=20, capture_output=True)
    files["signature"] = (tmp_path / "signature").read_bytes()

    assert apple.ca is not None
    assert check_package(packed(files), ca=apple.ca).body == BODY
