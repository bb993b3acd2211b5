"""Whatever an operator uploads, or `honeyguide pass check` is given, is answered by rules and never by a crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from honeyguide.wallet.apple.package_files import broken_files
from honeyguide.wallet.checks.check_style import check_sources
from honeyguide.wallet.faces.template_files import Sources, TemplateInvalid, read_folder
from honeyguide.wallet.faces.template_zip import read_zip

_HUGE = "a number that is short as JSON and long as text"
ODD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"value": 10**30}, "A11"),
    ({"value": "1e999999999", "currencyCode": "EUR"}, "A13"),
    ({"value": "NaN", "currencyCode": "EUR"}, "A13"),
    ({"value": _HUGE}, "A11"),
    ({"value": "x\ud800"}, "A11"),
    ({"value": "a", "label": {"a": 1}}, "A11"),
    ({"value": "a", "changeMessage": ["%@"]}, "A11"),
]


@pytest.fixture
def files(passes_dir: Path) -> dict[str, bytes]:
    return dict(read_folder(passes_dir / "membership.pass").files)


@pytest.mark.parametrize(("field", "rule"), ODD_FIELDS)
def test_a_field_that_would_fill_the_memory_or_confuse_a_phone_is_named(field: dict[str, Any], rule: str, files: dict[str, bytes]) -> None:
    """A11, A13."""
    body = json.loads(files["pass.json"])
    body["storeCard"]["backFields"].append({"key": "odd", "label": "odd"} | field)
    files["pass.json"] = json.dumps(body).replace(f'"{_HUGE}"', "1e999999999").encode()

    found = check_sources("membership", Sources(files))

    assert rule in {one.rule for one in found if one.is_error}


def test_no_key_of_a_field_reaches_the_code_that_writes_it(files: dict[str, bytes]) -> None:
    body = json.loads(files["pass.json"])
    body["storeCard"]["backFields"].append({"key": "odd", "label": "odd", "value": "a", "json_dict": "x", "__class__": "y"})
    files["pass.json"] = json.dumps(body).encode()

    assert not [one for one in check_sources("membership", Sources(files)) if one.is_error]


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("barcodes", [{"format": [], "message": "x", "messageEncoding": "utf-8"}], "A15"),
        ("barcodes", [{"format": "PKBarcodeFormatQR", "message": "x", "messageEncoding": "undefined"}], "A15"),
        ("barcodes", [{"format": "PKBarcodeFormatQR", "message": "x", "messageEncoding": "utf\0"}], "A15"),
        ("userInfo\ud800", "x", "A11"),
        ("userInfo", json.loads('{"a":' * 300 + "1" + "}" * 300), "A11"),
    ],
)
def test_odd_values_of_the_pass_are_named(key: str, value: object, rule: str, files: dict[str, bytes]) -> None:
    files["pass.json"] = json.dumps(json.loads(files["pass.json"]) | {key: value}).encode()

    assert rule in {one.rule for one in check_sources("membership", Sources(files)) if one.is_error}


@pytest.mark.parametrize(
    "content",
    [
        '{"object": {"loyaltyPoints": 5}}',
        '{"object": []}',
        '{"class": "x", "object": {}}',
        '{"object": {"x": 1' + "0" * 30 + "}}",
        '{"object": {"x": "\\ud800"}}',
    ],
)
def test_a_google_file_of_another_shape_is_named(content: str, files: dict[str, bytes]) -> None:
    """G2: unnoticed, it would stop every pass of the style when it is published."""
    files["google.json"] = content.encode()

    assert [one for one in check_sources("membership", Sources(files)) if one.is_error]


def test_half_of_a_surrogate_pair_in_a_translation_is_named(files: dict[str, bytes]) -> None:
    """A23."""
    languages = {path: content + b'"odd" = "\\Ud800";\n' for path, content in files.items() if path.endswith("pass.strings")}

    found = check_sources("membership", Sources(files | languages))

    assert [one.rule for one in found if one.is_error] == ["A23"]


def test_two_hundred_languages_are_each_read_once(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """A23: reading all for each takes a core for minutes."""
    read: list[bytes] = []
    monkeypatch.setattr("honeyguide.wallet.apple.package_files.read_strings", lambda content: read.append(content) or {})

    broken_files({f"l{first}{second}.lproj/pass.strings": b"" for first in "abcdefghij" for second in "abcdefghij"})

    assert len(read) == 100


def test_two_names_that_differ_by_case_only_are_refused(zipped: Callable[[dict[str, bytes]], bytes]) -> None:
    """A1: one of them is lost wherever case does not count."""
    with pytest.raises(TemplateInvalid, match="twice"):
        read_zip(zipped({"en.lproj/pass.strings": b"", "EN.lproj/pass.strings": b""}))
