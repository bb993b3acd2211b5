"""The signature of a package that somebody made: taken apart, and held against its manifest (A3-A7, A21)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import cms, core  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from honeyguide.wallet.apple.broken import Broken
from honeyguide.wallet.apple.signer import PASS_TYPE_EXTENSION, WWDR_G4_SERIAL

_PLACE: Final = "signature"
_AHEAD: Final = timedelta(seconds=60)


def broken_signature(signature: bytes, manifest: bytes, body: Mapping[str, Any], now: datetime) -> tuple[Broken, ...]:
    """What a phone would not accept of it."""
    try:
        return tuple(_broken(signature, manifest, body, now))
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        return (Broken("A3", _PLACE, f"cannot be read: {type(error).__name__}"),)


def _broken(signature: bytes, manifest: bytes, body: Mapping[str, Any], now: datetime) -> Iterator[Broken]:
    content = cms.ContentInfo.load(signature, strict=True)
    signed = content["content"]
    if content["content_type"].native != "signed_data" or len(signed["signer_infos"]) != 1:
        yield Broken("A3", _PLACE, "no CMS SignedData of one signer")
        return
    if not isinstance(signed["encap_content_info"]["content"], core.Void):
        yield Broken("A3", _PLACE, "the manifest is in it; it must be detached")
    signer = signed["signer_infos"][0]
    if isinstance(signer["signed_attrs"], core.Void):
        yield Broken("A3", _PLACE, "no signed attributes")
        return
    certificates = [x509.load_der_x509_certificate(choice.chosen.dump()) for choice in signed["certificates"]]
    serial = signer["sid"].chosen["serial_number"].native
    leaf = next((one for one in certificates if one.serial_number == serial), None)
    issuer = next((one for one in certificates if leaf is not None and one.subject == leaf.issuer), None)
    if leaf is None or issuer is None:
        yield Broken("A3", _PLACE, "the certificates of signer and intermediate are not both in it")
        return
    yield from _attributes(signer, manifest, leaf, now)
    yield from _chain(leaf, issuer)
    yield from _names(leaf, body)


def _attributes(signer: Any, manifest: bytes, leaf: x509.Certificate, now: datetime) -> Iterator[Broken]:
    said = {attribute["type"].native: attribute["values"][0].native for attribute in signer["signed_attrs"]}
    if said.get("message_digest") != hashlib.sha256(manifest).digest():
        yield Broken("A4", _PLACE, "is of other bytes than manifest.json")
    signed_at = said.get("signing_time")
    if not isinstance(signed_at, datetime):
        yield Broken("A3", _PLACE, "has no signingTime")
    elif signed_at > now + _AHEAD or not leaf.not_valid_before_utc <= signed_at <= leaf.not_valid_after_utc:
        yield Broken("A5", _PLACE, f"made at {signed_at:%Y-%m-%d %H:%M}, ahead of now or outside the certificate's time")
    algorithms = (signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"].signature_algo)
    key = leaf.public_key()
    if algorithms != ("sha256", "rsassa_pkcs1v15") or not isinstance(key, RSAPublicKey):
        yield Broken("A3", _PLACE, "not SHA-256 with RSA PKCS#1 v1.5")
        return
    try:
        # What is signed is the set, not the field that holds it: another tag before the same bytes.
        key.verify(signer["signature"].native, signer["signed_attrs"].untag().dump(), PKCS1v15(), SHA256())
    except InvalidSignature:
        yield Broken("A3", _PLACE, "does not verify")


def _chain(leaf: x509.Certificate, issuer: x509.Certificate) -> Iterator[Broken]:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        yield Broken("A6", _PLACE, "the signer's certificate was not issued by the intermediate beside it")
    if issuer.serial_number != WWDR_G4_SERIAL:
        yield Broken("A7", _PLACE, f"the intermediate is not Apple's WWDR G4 but {issuer.subject.rfc4514_string()}")


def _names(leaf: x509.Certificate, body: Mapping[str, Any]) -> Iterator[Broken]:
    for oid, key in ((NameOID.USER_ID, "passTypeIdentifier"), (NameOID.ORGANIZATIONAL_UNIT_NAME, "teamIdentifier")):
        if _name(leaf, oid) != body.get(key):
            yield Broken("A6", key, f"is {body.get(key)!r}, the certificate's {_name(leaf, oid)!r}")
    if not any(extension.oid == PASS_TYPE_EXTENSION for extension in leaf.extensions):
        yield Broken("A6", _PLACE, "the signer is no Pass Type ID certificate")
    if "nfc" in body and not _name(leaf, NameOID.COMMON_NAME).startswith("Pass Type ID with NFC:"):
        yield Broken("A21", "nfc", 'the signer is no "Pass Type ID with NFC"')


def _name(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = certificate.subject.get_attributes_for_oid(oid)
    return str(values[0].value) if values else ""
