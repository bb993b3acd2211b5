"""A corpus of designs: our pass.json against wallet-py3k's own, and every package against both openssl commands."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from wallet.models import Barcode, Coupon, CurrencyField, DateField, EventTicket, Field, Generic, NumberField, Pass, StoreCard

from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.certificates.of_settings import AppleFiles
from honeyguide.wallet.faces.card import Card
from honeyguide.wallet.faces.template import Template

Design = dict[str, Any]
MODELS = {"storeCard": StoreCard, "coupon": Coupon, "generic": Generic, "eventTicket": EventTicket}
ROWS = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields")
QR = {"format": "PKBarcodeFormatQR", "message": "12345", "messageEncoding": "iso-8859-1"}
DATE = {
    "key": "until",
    "label": "Until",
    "value": "2027-12-31T23:59:59+01:00",
    "dateStyle": "PKDateStyleShort",
    "timeStyle": "PKDateStyleNone",
}


def _field(key: str, value: Any = "x", **more: Any) -> Design:
    return {"key": key, "label": key.title(), "value": value, **more}


# Names of what the library writes that our designs do not say, and the one key that it misspells.
CORPUS: dict[str, Design] = {
    "points": {"storeCard": {"headerFields": [_field("points", 1170)]}},
    "a notification": {"storeCard": {"headerFields": [_field("points", 1, changeMessage="Now %@")]}},
    "money": {"storeCard": {"secondaryFields": [_field("cash", "12.30", currencyCode="EUR")]}},
    "a styled number": {"storeCard": {"auxiliaryFields": [_field("share", 7, numberStyle="PKNumberStylePercent")]}},
    "a date": {"storeCard": {"backFields": [DATE]}},
    "alignment": {"storeCard": {"secondaryFields": [_field("next", textAlignment="PKTextAlignmentRight")]}},
    "all rows": {"storeCard": {row: [_field(f"{row}1", f"in {row}")] for row in ROWS}},
    "unicode": {"storeCard": {"primaryFields": [_field("name", "Zoë 王 עברית 🐝")]}, "logoText": "Honiganzeiger – größer"},
    "a barcode": {"storeCard": {}, "barcode": QR, "barcodes": [QR]},
    "a text below it": {"storeCard": {}, "barcode": {**QR, "altText": "1 2 3"}, "barcodes": [{**QR, "altText": "1 2 3"}]},
    "colours": {"storeCard": {}, "backgroundColor": "rgb(1, 2, 3)", "foregroundColor": "rgb(255, 255, 255)", "labelColor": "rgb(9, 9, 9)"},
    "revoked": {"storeCard": {}, "voided": True},
    "an app": {"storeCard": {}, "associatedStoreIdentifiers": [123456789]},
    "a coupon": {"coupon": {"primaryFields": [_field("offer", "20 %")], "auxiliaryFields": [DATE]}},
    "a generic pass": {"generic": {"primaryFields": [_field("member", "Ann")], "secondaryFields": [_field("since", "2024")]}},
    "a ticket": {"eventTicket": {"primaryFields": [_field("event", "Tasting")], "secondaryFields": [_field("seat", "7")]}},
}


def by_the_library(design: Design, ours: Design) -> Design:
    """The same design through wallet-py3k's classes alone."""
    (style,) = MODELS.keys() & design.keys()
    information = MODELS[style]()
    for row in ROWS:
        for said in design[style].get(row, ()):
            getattr(information, row).append(_as_model(said))
    made = Pass(
        information,
        passTypeIdentifier=ours["passTypeIdentifier"],
        organizationName=ours["organizationName"],
        teamIdentifier=ours["teamIdentifier"],
    )
    made.serialNumber, made.description = ours["serialNumber"], ours["description"]
    for name in ("logoText", "backgroundColor", "foregroundColor", "labelColor", "voided", "associatedStoreIdentifiers"):
        if name in design:
            setattr(made, name, design[name])
    made.webServiceURL, made.authenticationToken = ours["webServiceURL"], ours["authenticationToken"]
    if "barcode" in design:
        made.barcode = Barcode(QR["message"], QR["format"], design["barcode"].get("altText", ""))
    written: Design = json.loads(json.dumps(made.json_dict(), default=lambda model: model.json_dict()))
    return written


def _as_model(said: Design) -> Field:
    if "currencyCode" in said:
        model = CurrencyField(said["key"], float(said["value"]), said["label"], said["currencyCode"])
    elif "numberStyle" in said:
        model = NumberField(said["key"], said["value"], said["label"])
    elif "dateStyle" in said:
        model = DateField(said["key"], said["value"], said["label"])
    else:
        model = Field(said["key"], said["value"], said["label"])
    for name in set(said) - {"key", "value", "label", "currencyCode"}:
        setattr(model, name, said[name])
    return model


def normal(node: Any) -> Any:
    """Without what says nothing: nulls, empty texts and lists, and the defaults that the library writes and Wallet assumes (A11, A13)."""
    silent: list[Any] = [None, "", [], False, "PKTextAlignmentLeft"]
    if isinstance(node, dict):
        kept = {key: normal(value) for key, value in node.items() if key != "dataDetectorTypes"}
        return {key: value for key, value in kept.items() if value not in silent or (value == 0 and value is not False)}
    return [normal(item) for item in node] if isinstance(node, list) else node


@pytest.fixture(scope="module")
def drawn(make_card: Callable[..., Card], template: Template, identity: PassIdentity) -> Callable[[Design], bytes]:
    def draw(design: Design) -> bytes:
        apple = {"formatVersion": 1, "organizationName": "Honeyguide", "description": "Card", **design}
        return pass_json(make_card(), Template("corpus", apple, {}, template.files), identity)

    return draw


@pytest.mark.parametrize("name", CORPUS)
def test_what_both_know_both_write_alike(name: str, drawn: Callable[[Design], bytes]) -> None:
    """A10-A17, A19, A26: after normalisation."""
    ours = json.loads(drawn(CORPUS[name]))

    theirs = by_the_library(CORPUS[name], ours)

    shared = ours.keys() & theirs.keys()
    assert normal({key: ours[key] for key in shared}) == normal({key: theirs[key] for key in shared})
    # What only we write is what the library drops; what only it writes says nothing.
    assert set(normal(ours)) - theirs.keys() <= {"barcodes"}
    assert set(normal(theirs)) - ours.keys() == set()


def test_every_package_verifies_by_both_openssl_commands(
    drawn: Callable[[Design], bytes], template: Template, signer: Signer, apple_files: AppleFiles, tmp_path: Path
) -> None:
    """A3, A4."""
    package = Package(template)
    for number, design in enumerate(CORPUS.values()):
        folder = tmp_path / str(number)
        with zipfile.ZipFile(io.BytesIO(package.build(drawn(design), signer))) as archive:
            archive.extractall(folder, ["signature", "manifest.json"])
        for command in ("smime", "cms"):
            arguments = [
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-in",
                "signature",
                "-content",
                "manifest.json",
                "-CAfile",
                str(apple_files.ca),
            ]
            done = subprocess.run(["openssl", command, *arguments], cwd=folder, capture_output=True, timeout=20, check=False)
            assert done.returncode == 0, (number, done.stderr)
