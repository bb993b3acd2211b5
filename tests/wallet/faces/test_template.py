"""A template folder is read once, checked, and filled as parsed JSON only."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.wallet.faces.template import Template, fill, load_template, load_templates, make_template
from honeyguide.wallet.faces.template_files import TemplateInvalid


def test_a_placeholder_alone_keeps_its_type_and_inside_a_text_it_is_text() -> None:
    node = {"a": "{balance.points}", "b": "{balance.points} now", "c": "{card.closed}"}

    filled = fill(node, {"balance.points": 7, "card.closed": True}, {})

    assert filled == {"a": 7, "b": "7 now", "c": True}


def test_a_field_without_value_vanishes_and_its_neighbours_stay() -> None:
    backs = [{"key": "a", "value": "{terms}"}, {"key": "b", "value": "x"}]

    assert fill({"storeCard": {"backFields": backs, "primaryFields": [{"value": "{terms}"}]}}, {}, {}) == {
        "storeCard": {"backFields": [{"key": "b", "value": "x"}]}
    }


def test_a_top_level_key_without_value_vanishes_alone() -> None:
    assert fill({"voided": "{card.closed}", "formatVersion": 1}, {}, {}) == {"formatVersion": 1}


def test_an_action_leads_where_the_program_file_says_and_nowhere_without_it() -> None:
    """A22: an address of the program file is the one that a template may place."""
    actions = {"featuredActions": [{"identifier": "help", "type": "membershipBenefits", "url": "{link.help.url}"}]}
    make_template("x", {"pass.json": json.dumps(actions).encode()})

    assert fill(actions, {"link.help.url": "https://help.example.test"}, {})["featuredActions"][0]["url"] == "https://help.example.test"
    assert fill(actions, {}, {}) == {}


def test_texts_with_placeholders_are_translated_here_and_plain_ones_by_the_phone() -> None:
    strings = {"{tier.name} to go": "noch {tier.name}", "Points": "Punkte"}

    filled = fill({"a": "{tier.name} to go", "b": "Points"}, {"tier.name": "Gold"}, strings)

    assert filled == {"a": "noch Gold", "b": "Points"}


@given(st.text(), st.text())
def test_what_a_member_writes_is_never_filled_again_nor_read_as_json(name: str, number: str) -> None:
    filled = fill({"a": "{member.name}", "b": "<{member.name}|{member.number}>"}, {"member.name": name, "member.number": number}, {})

    assert filled == {"a": name, "b": f"<{name}|{number}>"}


def test_the_membership_template_speaks_six_languages(template: Template) -> None:
    assert template.languages == ("en", "ar", "da", "de", "pl", "zh-Hans")
    assert template.text("Member", "de") == "Mitglied"
    assert not any(b"{" in content for name, content in template.files.items() if name.endswith(".strings"))


def test_every_folder_is_a_style(passes_dir: Path) -> None:
    assert "membership" in load_templates(passes_dir)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"logoText": "{program.nmae}"}, r"pass.json: logoText: unknown placeholder \{program.nmae\}; did you mean \{program.name\}"),
        ({"generic": {"backFields": [{"attributedValue": "<b>{member.name}</b>"}]}}, "attributedValue takes no placeholder"),
        ({"generic": {"backFields": [{"attributedValue": "<a href='javascript:x'>x</a>"}]}}, "attributedValue takes no markup but"),
        ({"generic": {"backFields": [{"attributedValue": "<a href='https://x.test'>x</a><b>"}]}}, "attributedValue takes no markup but"),
        (
            {"generic": {"backFields": [{"value": "{support} {member.name}", "dataDetectorTypes": ["PKDataDetectorTypeLink"]}]}},
            r"backFields\[0\]: dataDetectorTypes must be empty where \{member.name\} stands",
        ),
        ({"appLaunchURL": "app://{member.number}"}, "appLaunchURL takes no placeholder"),
    ],
)
def test_a_template_that_would_go_wrong_is_refused_when_it_is_loaded(
    passes_dir: Path, tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    folder = tmp_path / "membership.pass"
    shutil.copytree(passes_dir / "membership.pass", folder)
    body = json.loads((folder / "pass.json").read_text())
    (folder / "pass.json").write_text(json.dumps({**body, **change}))

    with pytest.raises(TemplateInvalid, match=reason):
        load_template(folder)


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "x.pass"
    folder.mkdir()
    (folder / "pass.json").write_text('{"a": 1, "a": 2}')

    with pytest.raises(TemplateInvalid, match="written twice"):
        load_template(folder)


@pytest.mark.parametrize(
    ("german", "reason"),
    [('"Points" = "Punkte";', "A23: no translation of 'Status'"), ('"Points" = "Punkte"; "Status" = "%@";', "other placeholders")],
)
def test_every_language_has_every_text(tmp_path: Path, german: str, reason: str) -> None:
    folder = tmp_path / "x.pass"
    for language, texts in (("en", '"Points" = "Points"; "Status" = "Status";'), ("de", german)):
        (folder / f"{language}.lproj").mkdir(parents=True)
        (folder / f"{language}.lproj" / "pass.strings").write_text(texts)

    with pytest.raises(TemplateInvalid, match=reason):
        load_template(folder)
