"""The signer refuses at start-up what phones would refuse later, and never tells the password."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from honeyguide.wallet.apple.signer import PASS_TYPE_EXTENSION, Signer, SigningFiles, SigningRefused
from honeyguide.wallet.certificates.of_settings import AppleFiles, development_certificates

PASS_TYPE, TEAM, PASSWORD = "pass.test.honeyguide.membership", "HONEYGUIDE", "correct horse battery staple"
NOW = dt.datetime.now(dt.UTC)


def load(files: SigningFiles, *, pass_type: str = PASS_TYPE, team: str = TEAM, development: bool = True, now: dt.datetime = NOW) -> Signer:
    return Signer.load(files, pass_type_id=pass_type, team_id=team, development=development, clock=lambda: now)


def refusal(files: SigningFiles, **options: object) -> str:
    with pytest.raises(SigningRefused) as refused:
        load(files, **options)  # type: ignore[arg-type]
    return str(refused.value)


@pytest.fixture(scope="module")
def key(apple_files: AppleFiles) -> rsa.RSAPrivateKey:
    loaded = load_pem_private_key(apple_files.signing.key.read_bytes(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


@pytest.fixture
def forged(tmp_path: Path) -> Callable[..., SigningFiles]:
    """Signing files of another maker, with single things wrong."""

    def forge(
        *,
        issuer: str = "Somebody's CA",
        organization: str = "Somebody",
        marked: bytes | None = b"\x0c\x1f" + PASS_TYPE.encode(),
        bits: int = 2048,
    ) -> SigningFiles:
        ca_key, leaf_key = (rsa.generate_private_key(65537, size) for size in (2048, bits))
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer), x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)])
        leaf_name = x509.Name([x509.NameAttribute(NameOID.USER_ID, PASS_TYPE), x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TEAM)])
        made = []
        for subject, public_key in ((ca_name, ca_key.public_key()), (leaf_name, leaf_key.public_key())):
            builder = x509.CertificateBuilder(ca_name, subject, public_key, 7, NOW - dt.timedelta(1), NOW + dt.timedelta(9))
            if marked is not None and subject is leaf_name:
                builder = builder.add_extension(x509.UnrecognizedExtension(PASS_TYPE_EXTENSION, marked), critical=False)
            made.append(builder.sign(ca_key, hashes.SHA256()))
        (tmp_path / "ca.pem").write_bytes(made[0].public_bytes(Encoding.PEM))
        (tmp_path / "leaf.pem").write_bytes(made[1].public_bytes(Encoding.PEM))
        (tmp_path / "leaf.key").write_bytes(leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return SigningFiles(tmp_path / "leaf.pem", tmp_path / "leaf.key", tmp_path / "ca.pem")

    return forge


def test_the_signature_says_when_it_was_made(signer: Signer) -> None:
    signed = cms.ContentInfo.load(signer.sign(b"{}"))["content"]

    times = [item["values"][0].native for item in signed["signer_infos"][0]["signed_attrs"] if item["type"].native == "signing_time"]
    assert abs((times[0] - dt.datetime.now(dt.UTC)).total_seconds()) < 60
    assert len(signed["certificates"]) == 2


def test_a_manifest_with_line_ends_is_signed_as_it_is(signer: Signer) -> None:
    manifest = b'{\n"a":"b"\r\n}\n'
    signed = cms.ContentInfo.load(signer.sign(manifest))["content"]

    digests = [item["values"][0].native for item in signed["signer_infos"][0]["signed_attrs"] if item["type"].native == "message_digest"]
    expected = hashes.Hash(hashes.SHA256())
    expected.update(manifest)
    assert digests == [expected.finalize()]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pass_type": "pass.test.other"}, "A6: the certificate's UID is 'pass.test.honeyguide.membership', the pass type identifier"),
        ({"team": "OTHERTEAM1"}, "A6: the certificate's OU is 'HONEYGUIDE', the team identifier 'OTHERTEAM1'"),
        ({"development": False}, "A7: the intermediate is not Apple's WWDR G4; a development CA works on loopback only"),
        ({"now": NOW + dt.timedelta(days=400)}, "A5: the signing certificate is valid from"),
        ({"now": NOW - dt.timedelta(days=2)}, "A5: the signing certificate is valid from"),
    ],
)
def test_a_certificate_for_something_else_is_refused(options: dict[str, object], reason: str, apple_files: AppleFiles) -> None:
    assert refusal(apple_files.signing, **options).startswith(reason)


def test_a_foreign_intermediate_is_refused(apple_files: AppleFiles, tmp_path: Path) -> None:
    other = development_certificates(tmp_path, PASS_TYPE, TEAM, NOW)

    files = dataclasses.replace(apple_files.signing, intermediate=other.signing.intermediate)

    assert refusal(files) == "A6: the certificate was not issued by the configured intermediate"


def test_a_foreign_key_is_refused(apple_files: AppleFiles, tmp_path: Path) -> None:
    other = development_certificates(tmp_path, PASS_TYPE, TEAM, NOW)

    assert refusal(dataclasses.replace(apple_files.signing, key=other.signing.key)) == "A6: the key does not belong to the certificate"


def test_an_older_apple_intermediate_is_refused_by_name(forged: Callable[..., SigningFiles]) -> None:
    files = forged(issuer="Apple Worldwide Developer Relations Certification Authority", organization="Apple Inc.")

    assert re.match("A7: the intermediate is Apple Worldwide Developer Relations .*; passes need WWDR G4", refusal(files))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"marked": None}, "A6: the certificate has no extension 1.2.840.113635.100.6.1.16"),
        ({"marked": b"\x0c\x05other"}, "A6: the certificate is for the pass type"),
        ({"bits": 3072}, "A9: the key has 3072 bits"),
    ],
)
def test_a_certificate_that_is_no_pass_certificate_is_refused(
    wrong: dict[str, object], reason: str, forged: Callable[..., SigningFiles]
) -> None:
    assert refusal(forged(**wrong)).startswith(reason)


def test_an_encrypted_key_is_opened_by_its_password_only(apple_files: AppleFiles, key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    path = tmp_path / "encrypted.key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode())))
    files = dataclasses.replace(apple_files.signing, key=path, password=SecretStr(PASSWORD))

    assert load(files).sign(b"{}")

    for password in (None, SecretStr("wrong " + PASSWORD)):
        message = refusal(dataclasses.replace(files, password=password))
        assert message == "A9: encrypted.key is no private key, or the password does not open it"
    assert PASSWORD not in repr(files)


def test_a_p12_holds_key_and_certificate(apple_files: AppleFiles, key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(apple_files.signing.certificate.read_bytes())
    path = tmp_path / "pass.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"pass", key, certificate, None, BestAvailableEncryption(PASSWORD.encode())))

    assert load(SigningFiles(path, path, apple_files.signing.intermediate, SecretStr(PASSWORD))).sign(b"{}")

    message = refusal(SigningFiles(path, path, apple_files.signing.intermediate, SecretStr("no")))
    assert message == "A9: pass.p12 is no private key, or the password does not open it"


def test_a_key_that_is_no_rsa_key_is_refused(apple_files: AppleFiles, tmp_path: Path) -> None:
    path = tmp_path / "ec.key"
    path.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    assert refusal(dataclasses.replace(apple_files.signing, key=path)).startswith("A9: ec.key holds no RSA key")


def test_a_missing_file_is_named_without_its_folder(apple_files: AppleFiles, tmp_path: Path) -> None:
    assert (
        refusal(dataclasses.replace(apple_files.signing, key=tmp_path / "gone.key"))
        == "A6: gone.key cannot be read: No such file or directory"
    )


def test_an_expired_certificate_stops_new_passes_by_name(apple_files: AppleFiles) -> None:
    now = [NOW]
    signer = Signer.load(apple_files.signing, pass_type_id=PASS_TYPE, team_id=TEAM, development=True, clock=lambda: now[0])
    assert signer.expires_at < NOW + dt.timedelta(days=366)

    now[0] = signer.expires_at + dt.timedelta(seconds=1)

    with pytest.raises(SigningRefused, match="A5: the signing certificate is valid from"):
        signer.sign(b"{}")
