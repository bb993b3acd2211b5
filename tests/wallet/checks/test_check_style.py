"""A style is drawn with sample cards before members have it: what phones refuse is an error, what people do not see a warning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from honeyguide.programs.program import Program, load
from honeyguide.wallet.checks.check_program import check_folders
from honeyguide.wallet.checks.check_style import check_sources, check_style
from honeyguide.wallet.checks.command import pass_command
from honeyguide.wallet.checks.finding import Finding
from honeyguide.wallet.checks.sample_card import sample_card, sample_programs
from honeyguide.wallet.faces.card import CardLink
from honeyguide.wallet.faces.card_program import card_program
from honeyguide.wallet.faces.face import face
from honeyguide.wallet.faces.template import load_template, load_templates
from honeyguide.wallet.faces.template_files import Sources, read_folder

GALLERY = Path(__file__).parents[3] / "src/honeyguide/programs/gallery"
FORM = {"requiredPersonalizationFields": ["PKPassPersonalizationFieldEmailAddress"], "description": "Join {program.name}"}


@pytest.fixture
def changed(passes_dir: Path) -> Callable[..., list[Finding]]:
    """The findings of the membership style with some files changed."""
    files = read_folder(passes_dir / "membership.pass").files

    def check(apple: dict[str, object] | None = None, **others: bytes | None) -> list[Finding]:
        body = json.loads(files["pass.json"]) | (apple or {})
        changed = {**files, "pass.json": json.dumps(body).encode(), **others}
        return check_sources("membership", Sources({path: content for path, content in changed.items() if content is not None}))

    return check


def test_each_style_that_ships_has_nothing_to_mend(passes_dir: Path) -> None:
    """A1-A26: with points and with money, and with the voucher, gift card or plan that a style is for."""
    for folder in sorted(passes_dir.glob("*.pass")):
        assert [str(finding) for finding in check_style(load_template(folder))] == [], folder.name


@pytest.mark.parametrize(
    ("apple", "rule"),
    [
        ({"formatVersion": 2}, "A10"),
        ({"storeCard": {"headerFields": [{"key": "a", "value": "x"}, {"key": "a", "value": "y"}]}}, "A11"),
        ({"storeCard": {"primaryFields": [{"key": "a", "value": "x"}, {"key": "b", "value": "y"}]}}, "A12"),
        ({"storeCard": {"backFields": [{"key": "a", "value": "x", "textAlignment": "PKTextAlignmentLeft"}]}}, "A13"),
        ({"storeCard": {"headerFields": [{"key": "a", "value": "x", "changeMessage": "Changed"}]}}, "A14"),
        ({"storeCard": {"headerFields": [{"key": "a", "value": "{tier.name}", "currencyCode": "EUR"}]}}, "A13"),
        ({"barcodes": [{"format": "PKBarcodeFormatEAN13", "message": "{barcode}", "messageEncoding": "iso-8859-1"}]}, "A15"),
        ({"stripColor": "#123456"}, "A16"),
        ({"expirationDate": "tomorrow"}, "A17"),
        ({"maxDistance": "far"}, "A18"),
        ({"groupingIdentifier": "x"}, "A19"),
        ({"semantics": {"seats": []}}, "A20"),
        ({"nfc": {"message": "x", "encryptionPublicKey": "AAAA"}}, "A21"),
        ({"featuredActions": [{}]}, "A22"),
        ({"storeCard": []}, "A10"),
    ],
)
def test_what_a_phone_would_refuse_is_an_error_with_its_rule(
    apple: dict[str, object], rule: str, changed: Callable[..., list[Finding]]
) -> None:
    found = [finding for finding in changed(apple) if finding.is_error]

    assert rule in {finding.rule for finding in found}
    assert all(finding.remedy and finding.place for finding in found)


@pytest.mark.parametrize(
    ("others", "rule"),
    [
        ({"icon.png": None}, "A1"),
        ({"icon.png": b"x"}, "A24"),
        ({"de.lproj/pass.strings": b'"Points" = "Punkte";'}, "A23"),
        ({"google.json": b'{"class": {}, "object": {}}'}, "G2"),
        ({"pass.json": b"{"}, "A11"),
        ({"personalization.json": b'{"description": "Join"}'}, "A51"),
        ({"personalization.json": json.dumps(FORM).encode()}, "A51"),
    ],
)
def test_files_are_named_by_rule_too(others: dict[str, bytes | None], rule: str, changed: Callable[..., list[Finding]]) -> None:
    assert rule in {finding.rule for finding in changed(**others) if finding.is_error}


def test_what_people_would_not_see_is_a_warning(changed: Callable[..., list[Finding]]) -> None:
    """A12 and A23."""
    fields = [{"key": "a", "label": "Nobody translates this", "value": "A value that no small phone shows whole"}]

    found = changed({"storeCard": {"headerFields": fields}})

    assert not any(finding.is_error for finding in found)
    assert {(finding.rule, finding.place) for finding in found} >= {("A12", "storeCard.headerFields.a"), ("A23", "pass.strings")}


def test_what_the_server_writes_itself_is_a_warning(changed: Callable[..., list[Finding]]) -> None:
    """A25: said in a template, it is overwritten."""
    own = {
        "webServiceURL": "https://mine.example.org",
        "authenticationToken": "x" * 16,
        "serialNumber": "1",
        "passTypeIdentifier": "pass.mine",
    }

    found = changed(own)

    assert {(one.rule, one.place, one.is_error) for one in found} == {("A25", key, False) for key in own}


def test_a_picture_that_was_cut_off_is_refused(changed: Callable[..., list[Finding]], passes_dir: Path) -> None:
    """A24: its header alone would pass."""
    whole = (passes_dir / "membership.pass/icon.png").read_bytes()

    for cut in (60, len(whole) - 12, len(whole) - 1):
        found = changed(**{"icon.png": whole[:cut]})

        assert [str(one.reason) for one in found if one.is_error] == ["the file is damaged or cut off"]


def test_two_runs_find_the_same_in_the_same_order(passes_dir: Path) -> None:
    """Whatever the seed of hashes."""
    said = (
        "import sys; from pathlib import Path; from honeyguide.wallet.checks.check_style import check_sources;"
        "from honeyguide.wallet.faces.template_files import Sources, read_folder; files = read_folder(Path(sys.argv[1])).files;"
        "files = {**files, 'pass.json': files['pass.json'].replace(b'\"Status\"', b'\"Rank of a member in his program\"')};"
        "print([str(one) for one in check_sources('membership', Sources(files))])"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", said, str(passes_dir / "membership.pass")],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]

    first, second = (run.communicate(timeout=30)[0] for run in runs)

    assert "Rank of a member" in first
    assert first == second


@pytest.mark.parametrize("name", ["airline", "grocer-and-fuel"])
def test_every_program_of_the_gallery_shows_its_own_units(name: str, passes_dir: Path) -> None:
    """A12, A13: by no unit's code, so that miles are as good as points; nothing that the file lists is missing from the card."""
    program = load((GALLERY / f"{name}.yaml").read_text("utf-8"))
    assert isinstance(program, Program)
    templates = load_templates(passes_dir)
    words = card_program(program, "membership")

    body = templates["membership"].apple_body(face(sample_card(words, "membership", "de"), "de"), "de")

    (first,) = body["storeCard"]["headerFields"]
    shown = {"airline": ("Meilen", "Sie haben jetzt %@ Meilen"), "grocer-and-fuel": ("Punkte", "Sie haben jetzt %@ Punkte")}
    assert (first["label"], first["value"], first["changeMessage"]) == (shown[name][0], 12_480, shown[name][1])
    assert [str(one) for one in check_folders(program, templates)] == []


def test_a_strip_of_a_tier_is_judged_like_any_image(changed: Callable[..., list[Finding]]) -> None:
    """A24: else the passes of that tier alone would be refused, after they were issued."""
    found = changed(**{"strip-gold.png": b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + bytes(8)})

    assert {(one.place, one.reason) for one in found if one.is_error} == {
        ("strip-gold.png", "0x0 pixels, must be 375x123"),
        ("strip-gold.png", "has no @2x and @3x beside it"),
        ("strip-gold.png", "the file is damaged or cut off"),
    }


def test_a_style_is_weighed(passes_dir: Path) -> None:
    """A24: by the budget of the settings."""
    found = check_style(load_template(passes_dir / "voucher.pass"), largest=10_000)

    assert {(one.rule, one.place, one.is_error) for one in found} == {("A24", "package", True)}


def test_what_the_program_file_lists_and_no_field_shows_is_a_warning(passes_dir: Path) -> None:
    """A12: a fourth link, a third balance."""
    titles = {"en": "Link"}
    links = tuple(CardLink(f"l{number}", titles, f"https://{number}.example.test") for number in range(4))
    program, *_ = sample_programs(("balance.a.count", "balance.b.count", "balance.c.count"), ("en",))
    listed = replace(program, balances=("a", "b", "c"), links=links)

    found = check_style(load_template(passes_dir / "membership.pass"), listed)

    assert [(one.rule, one.place, one.is_error) for one in found] == [("A12", "balances.c", False), ("A12", "links.l3", False)]


def test_the_command_says_what_to_do_and_ends_with_1_on_errors(passes_dir: Path, tmp_path: Path, package: bytes) -> None:
    """Of a folder of styles, a broken style, a zip and a package."""
    broken = tmp_path / "membership.pass"
    broken.mkdir()
    (broken / "pass.json").write_text('{"formatVersion": 2}')
    (tmp_path / "my.pkpass").write_bytes(package)
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    (tmp_path / "twice.pass").mkdir()
    (tmp_path / "twice.pass" / "pass.json").write_text('{"a": 1, "a": 2}')

    well = CliRunner().invoke(pass_command, ["check", str(passes_dir), "--program", str(GALLERY / "grocer-and-fuel.yaml")])
    ill = CliRunner().invoke(pass_command, ["check", str(broken)])
    finished = CliRunner().invoke(pass_command, ["check", "--development", str(tmp_path / "my.pkpass")])
    twice = CliRunner().invoke(pass_command, ["check", str(tmp_path / "twice.pass")])
    zipped = CliRunner().invoke(pass_command, ["check", str(tmp_path / "bad.zip")])

    assert (well.exit_code, "membership.pass: 0 errors" in well.output) == (0, True), well.output
    assert ill.exit_code == 1
    assert twice.output.startswith("twice.pass: A11 error: pass.json: a key is written twice in one object\n")
    assert "membership.pass: A10 error: formatVersion: must be the number 1\n    Write the key that Wallet requires" in ill.output
    assert "A1 error: icon.png: missing" in ill.output
    assert (finished.exit_code, "my.pkpass: 0 errors, 1 warning" in finished.output) == (0, True), finished.output
    assert (zipped.exit_code, "bad.zip: A1 error: template: no readable zip (BadZipFile)" in zipped.output) == (1, True)
