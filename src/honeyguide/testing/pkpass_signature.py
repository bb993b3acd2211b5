"""What an iPhone checks of a pass's signature: its form by asn1crypto, its truth by the openssl command line."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from asn1crypto import cms, core  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from honeyguide.testing.refusal import PassRefused

_SIGNER_MARK: Final = "1.2.840.113635.100.6.1.16"
_SIGNED_ATTRIBUTES: Final = {"content_type", "message_digest", "signing_time"}


def check_signature(files: Mapping[str, bytes], body: Mapping[str, Any], ca: Path, now: datetime, *, quick: bool) -> datetime:
    """When the pass was signed; raises PassRefused (A3-A7, A9, A21). `quick` verifies in this process, without the openssl command."""
    signed = _signed_data(files["signature"])
    (signer,) = signed["signer_infos"]
    attributes = {attribute["type"].native: attribute["values"][0].native for attribute in signer["signed_attrs"]}
    if missing := _SIGNED_ATTRIBUTES - set(attributes):
        raise PassRefused("A3", f"no signed attribute {min(missing)}")
    if attributes["message_digest"] != hashlib.sha256(files["manifest.json"]).digest():
        raise PassRefused("A4", "the signature is of other bytes than the manifest")
    certificates = [choice.chosen for choice in signed["certificates"]]
    serial = signer["sid"].chosen["serial_number"].native
    leaf = next((certificate for certificate in certificates if certificate.serial_number == serial), None)
    intermediate = next((one for one in certificates if leaf is not None and one is not leaf and one.subject == leaf.issuer), None)
    if leaf is None or intermediate is None:
        raise PassRefused("A3", "signer and intermediate certificate are not both in the signature")
    _check_names(leaf, body)
    _check_intermediate(intermediate, now)
    if leaf.public_key.algorithm != "rsa" or leaf.public_key.bit_size != 2048:
        raise PassRefused("A9", f"the signer's key is {leaf.public_key.algorithm} of {leaf.public_key.bit_size} bits")
    signed_at: datetime = attributes["signing_time"]
    if signed_at > now + timedelta(seconds=60) or not leaf.not_valid_before <= signed_at <= leaf.not_valid_after:
        raise PassRefused("A5", f"signed at {signed_at:%Y-%m-%d %H:%M}, in the future or outside the certificate's time")
    if quick:
        _verify_here(signer, leaf, intermediate, ca)
    else:
        verify_detached(files["signature"], files["manifest.json"], ca)
    return signed_at


def _signed_data(signature: bytes) -> Any:
    try:
        content = cms.ContentInfo.load(signature, strict=True)
        signed = content["content"] if content["content_type"].native == "signed_data" else None
        if signed is None or len(signed["signer_infos"]) != 1:
            raise PassRefused("A3", "no CMS SignedData of one signer")
        signer = signed["signer_infos"][0]
        algorithms = (signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"].signature_algo)
        attached = not isinstance(signed["encap_content_info"]["content"], core.Void) and signed["encap_content_info"]["content"].native
        if isinstance(signer["signed_attrs"], core.Void):
            raise PassRefused("A3", "no signed attributes")
    except (ValueError, TypeError) as error:
        raise PassRefused("A3", f"no readable signature: {error}") from error
    if attached:
        raise PassRefused("A3", "the signature is not detached")
    if algorithms != ("sha256", "rsassa_pkcs1v15"):
        raise PassRefused("A3", f"signed with {algorithms}")
    return signed


def _check_names(leaf: Any, body: Mapping[str, Any]) -> None:
    subject = leaf.subject.native
    if subject.get("user_id") != body["passTypeIdentifier"]:
        raise PassRefused("A6", f"signed for {subject.get('user_id')}, not for {body['passTypeIdentifier']}")
    if subject.get("organizational_unit_name") != body["teamIdentifier"]:
        raise PassRefused("A6", f"signed by team {subject.get('organizational_unit_name')}, not by {body['teamIdentifier']}")
    marks = [item["extn_value"].native for item in leaf["tbs_certificate"]["extensions"] if item["extn_id"].native == _SIGNER_MARK]
    if not marks:
        raise PassRefused("A6", "the signer is no Pass Type ID certificate")
    if "nfc" in body and not subject.get("common_name", "").startswith("Pass Type ID with NFC:"):
        raise PassRefused("A21", "nfc needs a Pass Type ID with NFC")


def _check_intermediate(intermediate: Any, now: datetime) -> None:
    """Apple's G1 ended in 2023, and of Apple's only G4 signs passes; another authority stands for it in development (A7)."""
    names = intermediate.subject.native
    if not intermediate.not_valid_before <= now <= intermediate.not_valid_after:
        raise PassRefused("A7", f"the intermediate certificate ended {intermediate.not_valid_after:%Y-%m-%d}")
    if "Apple" in f"{names.get('organization_name')}" and names.get("organizational_unit_name") != "G4":
        raise PassRefused("A7", f"the intermediate is {names.get('organizational_unit_name', 'G1')}, not G4")


def _verify_here(signer: Any, leaf: Any, intermediate: Any, ca: Path) -> None:
    leaf_certificate, above = (x509.load_der_x509_certificate(one.dump()) for one in (leaf, intermediate))
    trusted = x509.load_pem_x509_certificates(ca.read_bytes())
    try:
        key = leaf_certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        key.verify(signer["signature"].native, signer["signed_attrs"].untag().dump(), PKCS1v15(), SHA256())
        leaf_certificate.verify_directly_issued_by(above)
        issuer = next((one for one in trusted if one.subject == above.issuer), None)
        if issuer is None:
            raise PassRefused("A3", "the intermediate is of another authority")
        above.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise PassRefused("A3", f"the signature does not verify: {type(error).__name__}") from error


def verify_detached(signature: bytes, content: bytes, ca: Path) -> None:
    """By the openssl command line alone; raises PassRefused (A3, A35, A51)."""
    with tempfile.TemporaryDirectory(prefix="pkpass-") as folder:
        (Path(folder) / "signature").write_bytes(signature)
        (Path(folder) / "content").write_bytes(content)
        shared = ["-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "content", "-out", "verified"]
        for command in ("smime", "cms"):
            _openssl([command, *shared, "-CAfile", str(ca.resolve())], folder)


def _openssl(arguments: Sequence[str], folder: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, timeout=20, check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise PassRefused("A3", f"openssl {arguments[0]}: {reason[-1] if reason else done.returncode}")
