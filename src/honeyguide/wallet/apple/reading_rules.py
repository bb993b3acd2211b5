"""What terminals read of a pass: its barcodes and its NFC message (A15, A21); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from honeyguide.programs.nfc import LONGEST_MESSAGE, compressed_key
from honeyguide.wallet.apple.broken import Broken

_CLASSIC: Final = {"PKBarcodeFormatQR", "PKBarcodeFormatPDF417", "PKBarcodeFormatAztec", "PKBarcodeFormatCode128"}
_NEW: Final = {"PKBarcodeFormatEAN13", "PKBarcodeFormatCode39", "PKBarcodeFormatCodabar", "PKBarcodeFormatI2of5"}


def barcodes(body: Mapping[str, Any]) -> Iterator[Broken]:
    given = body.get("barcodes", [])
    for index, barcode in enumerate(given):
        place, form = f"barcodes[{index}]", barcode.get("format")
        if not isinstance(form, str) or form not in _CLASSIC | _NEW:
            yield Broken("A15", place, f"{form} is no barcode format")
        elif form in _NEW and not any(str(later.get("format")) in _CLASSIC for later in given[index + 1 :]):
            yield Broken("A15", place, "older phones need a QR, PDF417, Aztec or Code128 fallback after it")
        yield from _message(barcode, place)
    legacy = body.get("barcode")
    if legacy is not None:
        yield from _message(legacy, "barcode")
        if legacy.get("format") not in [barcode.get("format") for barcode in given]:
            yield Broken("A15", "barcode", "another symbology than any of barcodes")


def _message(barcode: Mapping[str, Any], place: str) -> Iterator[Broken]:
    if not isinstance(barcode.get("message"), str):
        yield Broken("A15", place, "message is text")
    try:
        str(barcode.get("message", "")).encode(str(barcode.get("messageEncoding", "?")))
    except (ValueError, LookupError):
        yield Broken("A15", place, "message does not fit into messageEncoding")


def nfc(body: Mapping[str, Any]) -> Iterator[Broken]:
    said = body.get("nfc")
    if said is None:
        return
    message = said.get("message")
    if not isinstance(message, str) or len(message.encode(errors="replace")) > LONGEST_MESSAGE:
        yield Broken("A21", "nfc.message", f"text of at most {LONGEST_MESSAGE} bytes")
    key = str(said.get("encryptionPublicKey"))
    if compressed_key(key) != key:
        yield Broken("A21", "nfc.encryptionPublicKey", "base64 of a P-256 SubjectPublicKeyInfo, its point compressed")
    if not isinstance(said.get("requiresAuthentication", False), bool):
        yield Broken("A21", "nfc.requiresAuthentication", "true or false")
