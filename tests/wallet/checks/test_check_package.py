"""A finished package is judged file by file: each rule broken is named, with its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.checks.check_package import check_package
from honeyguide.wallet.faces.exact_json import parse_exact

Files = dict[str, bytes]


@pytest.fixture
def check(zipped: Callable[[Files], bytes], signer: Signer) -> Callable[..., set[tuple[str, str]]]:
    """The errors of these files, signed anew where they should be."""

    def judge(
        files: Files, *, sign: bool = True, now: datetime | None = None, body: dict[str, object] | None = None
    ) -> set[tuple[str, str]]:
        if body is not None:
            files["pass.json"] = json.dumps(json.loads(files["pass.json"]) | body).encode()
        if sign:
            listed = {
                name: hashlib.sha1(content).hexdigest() for name, content in files.items() if name not in ("manifest.json", "signature")
            }
            files["manifest.json"] = json.dumps(listed).encode()
            files["signature"] = signer.sign(files["manifest.json"])
        found = check_package("my.pkpass", zipped(files), now or datetime.now(UTC), development=True)
        assert all(finding.remedy for finding in found)
        return {(finding.rule, finding.place) for finding in found if finding.is_error}

    return judge


def test_a_package_of_ours_has_no_error_and_its_development_ca_is_a_warning(package: bytes) -> None:
    """A1-A26."""
    found = check_package("my.pkpass", package, datetime.now(UTC), development=True)

    assert [(finding.rule, finding.is_error) for finding in found] == [("A7", False)]
    errors = [finding for finding in check_package("my.pkpass", package, datetime.now(UTC)) if finding.is_error]
    assert {finding.rule for finding in errors} == {"A7", "A25"}
    assert all("--development" in finding.remedy for finding in errors)


def test_a_huge_number_is_named_in_words_for_people() -> None:
    """A11: Python's own words tell of its settings."""
    with pytest.raises(ValueError, match=r"^a number with more digits than phones can show$"):
        parse_exact(b'{"a": ' + b"9" * 5_000 + b"}")


def test_files_and_manifest_must_fit(files: Files, check: Callable[..., set[tuple[str, str]]]) -> None:
    """A1, A2, A11, A24."""
    without = {name: content for name, content in files.items() if name != "icon.png"}

    assert ("A1", "icon.png") in check(dict(without))
    assert ("A2", "icon.png") in check(dict(without), sign=False)
    assert ("A2", "extra.png") in check({**files, "extra.png": b"x"}, sign=False)
    assert ("A2", "icon.png") in check({**files, "icon.png": files["icon.png"] + b"\0"}, sign=False)
    assert ("A1", "signature") in check({name: content for name, content in files.items() if name != "signature"}, sign=False)
    assert ("A11", "pass.json") in check({**files, "pass.json": b"\xef\xbb\xbf" + files["pass.json"]})
    assert ("A11", "pass.json") in check({**files, "pass.json": b'{"a": 1, "a": 2}'})
    assert ("A24", "icon.png") in check({**files, "icon.png": files["icon.png"][:60]})
    link = {"storeCard": {"backFields": [{"key": "a", "value": "x", "attributedValue": "<a href=' JavaScript:x'>x</a>"}]}}
    assert ("A11", "storeCard.backFields.a") in check(dict(files), body=link)
    assert ("A24", "icon.png") in check({**files, "icon.png": b"GIF89a"})
    assert ("A24", "package") in check({**files, "background.png": bytes(1_000_000)})


def test_the_signature_must_be_of_this_manifest_by_this_pass_type(files: Files, check: Callable[..., set[tuple[str, str]]]) -> None:
    """A3-A6, A21."""
    other = files["manifest.json"].replace(b"{", b"{\n", 1)

    assert ("A4", "signature") in check({**files, "manifest.json": other}, sign=False)
    assert ("A3", "signature") in check({**files, "signature": b"\x30\x03\x02\x01\x01"}, sign=False)
    assert ("A3", "signature") in check({**files, "signature": files["signature"][:-9] + bytes(9)}, sign=False)
    assert ("A5", "signature") in check(dict(files), sign=False, now=datetime.now(UTC) - timedelta(days=1))
    assert ("A6", "passTypeIdentifier") in check(dict(files), body={"passTypeIdentifier": "pass.test.other"})
    assert ("A6", "teamIdentifier") in check(dict(files), body={"teamIdentifier": "OTHER"})
    assert ("A21", "nfc") in check(dict(files), body={"nfc": {"message": "x", "encryptionPublicKey": "x"}})


def test_a_form_needs_nfc_and_its_logo(files: Files, check: Callable[..., set[tuple[str, str]]]) -> None:
    """A51."""
    form = {"requiredPersonalizationFields": ["PKPassPersonalizationFieldEmailAddress"], "description": "Join"}

    found = check({**files, "personalization.json": json.dumps(form).encode()})

    assert found == {("A51", "personalization.json"), ("A51", "personalizationLogo@2x.png")}


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip"])
def test_what_is_no_zip_is_said_in_one_finding(content: bytes) -> None:
    """A1."""
    assert [finding.rule for finding in check_package("my.pkpass", content, datetime.now(UTC))] == ["A1"]
