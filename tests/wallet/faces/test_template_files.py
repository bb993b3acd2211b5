"""Templates out of folders and zips: bounded before they are unpacked, and never a traceback."""

from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeyguide.wallet.faces.template import make_template
from honeyguide.wallet.faces.template_files import MOST_FILES, TemplateInvalid, read_folder
from honeyguide.wallet.faces.template_zip import read_members, read_zip


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return whole.getvalue()


def test_a_zip_of_a_folder_is_the_folder(passes_dir: Path) -> None:
    """A1: made by a Mac, with a folder around it and what a Mac leaves beside it."""
    folder = read_folder(passes_dir / "membership.pass")
    inside = {f"membership.pass/{path}": content for path, content in folder.files.items()}

    sources = read_zip(zipped({**inside, "__MACOSX/membership.pass/._icon.png": b"x", "membership.pass/.DS_Store": b"x"}))

    assert sources.files == folder.files
    assert sorted(sources.left_out) == ["__MACOSX/membership.pass/._icon.png", "membership.pass/.DS_Store"]
    assert make_template("membership", sources.files).digest == make_template("membership", folder.files).digest


def test_what_is_no_part_of_a_template_is_left_out(passes_dir: Path) -> None:
    sources = read_zip(zipped({"pass.json": b"{}", "notes.txt": b"x", "en.lproj/other.strings": b"x", "deep/er/icon.png": b"x"}))

    assert list(sources.files) == ["pass.json"]
    assert sources.left_out == ("notes.txt", "en.lproj/other.strings", "deep/er/icon.png")


def bomb() -> bytes:
    return zipped({"icon.png": bytes(50_000_000)})


def between() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("icon.png", b"x")
        whole.write(b"hidden")
        archive.start_dir = whole.tell()
        archive.writestr("logo.png", b"x")
    return whole.getvalue()


def commented() -> bytes:
    whole = io.BytesIO(zipped({"icon.png": b"x"}))
    with zipfile.ZipFile(whole, "a") as archive:
        archive.comment = b"of the commit"
    return whole.getvalue()


def lying_bomb() -> bytes:
    """A directory that says one byte, of a file that unpacks to fifty million."""
    content = bytearray(bomb())
    place = content.rindex(b"PK\1\2")
    content[place + 24 : place + 28] = struct.pack("<I", 1)
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(zipped({"icon.png": b"x"}))
    content[content.rindex(b"PK\1\2") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bomb(), "A24: a file of 50000000 bytes"),
        (lying_bomb(), "A1: no readable zip"),
        (zipped({f"i{n}.png": bytes(999_999) for n in range(6)}), "A24: more than 5000000 bytes"),
        (zipped({f"i{n}.png": b"" for n in range(MOST_FILES + 1)}), f"A24: {MOST_FILES + 1} files"),
        (zipped({"../icon.png": b"x"}), "A1: a name leads out"),
        (zipped({"/etc/icon.png": b"x"}), "A1: a name leads out"),
        (zipped({"a\\..\\icon.png": b"x"}), "A1: a name leads out"),
        (zipped({"icon.png": b"x"}, zipfile.ZIP_BZIP2), "A1: encrypted, or packed"),
        (encrypted(), "A1: encrypted, or packed"),
        (b"#!/bin/sh\n" + zipped({"icon.png": b"x"}), "A1: something is hidden in the zip before icon.png"),
        (zipped({"icon.png": b"x"}) + b"behind", "A1: something is hidden behind the zip"),
        (between(), "A1: something is hidden in the zip before logo.png"),
        (b"no zip at all", "A1: no readable zip"),
        (zipped({"icon.png": b"x"})[:-10], "A1: no readable zip"),
    ],
)
def test_a_hostile_zip_is_refused_by_its_directory(content: bytes, reason: str) -> None:
    with pytest.raises(TemplateInvalid, match=reason):
        read_zip(content)
    with pytest.raises(TemplateInvalid):
        read_members(content)


def test_a_comment_is_no_part_of_a_package(passes_dir: Path) -> None:
    """A1: git writes one into the zip of a template, whose files alone are kept; a package would carry it to phones."""
    assert list(read_zip(commented()).files) == ["icon.png"]
    with pytest.raises(TemplateInvalid, match="A1: something is hidden behind the files"):
        read_members(commented())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("icon.png", b"1")
        archive.writestr("icon.png", b"2")

    with pytest.raises(TemplateInvalid, match="A1: a file is there twice"):
        read_zip(whole.getvalue())


@settings(max_examples=60)
@given(st.integers(min_value=0), st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_zip_is_more_than_a_refusal(place: int, damage: bytes) -> None:
    content = bytearray(zipped({"pass.json": b'{"a": 1}' * 9, "en.lproj/pass.strings": b'"a" = "b";'}))
    place %= len(content)
    content[place : place + len(damage)] = damage

    with suppress(TemplateInvalid):
        make_template("x", read_zip(bytes(content)).files)


@given(st.binary(max_size=200))
def test_whatever_a_file_says_it_is_a_template_or_a_refusal(content: bytes) -> None:
    for name in ("pass.json", "google.json", "personalization.json", "en.lproj/pass.strings"):
        with suppress(TemplateInvalid):
            make_template("x", {name: content})


def test_a_folder_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """A24: by one file, by all together, by their number."""
    one, together, many = (tmp_path / name for name in ("one", "together", "many"))
    for folder, files in (
        (one, {"icon": 1_000_001}),
        (together, {f"i{n}": 999_999 for n in range(6)}),
        (many, {f"i{n}": 0 for n in range(201)}),
    ):
        folder.mkdir()
        for name, size in files.items():
            with (folder / f"{name}.png").open("wb") as file:
                file.truncate(size)

        with pytest.raises(TemplateInvalid, match="A24"):
            read_folder(folder)


def test_a_link_leads_nowhere_but_within_the_folder(tmp_path: Path) -> None:
    """A1: a mounted volume has links within itself; who plants one that leads out, to itself or to nothing is told which."""
    (tmp_path / "secret.png").write_bytes(b"x")
    folder = tmp_path / "x.pass"
    (folder / "..data").mkdir(parents=True)
    (folder / "..data" / "pass.json").write_bytes(b"{}")
    (folder / "pass.json").symlink_to("..data/pass.json")
    assert read_folder(folder).files == {"pass.json": b"{}"}

    for target, reason in (("../secret.png", "leads out"), ("icon.png", "cannot be read"), ("gone.png", "cannot be read")):
        (folder / "icon.png").symlink_to(target)
        with pytest.raises(TemplateInvalid, match=f"x.pass/icon.png: A1: .*{reason}"):
            read_folder(folder)
        (folder / "icon.png").unlink()
    with pytest.raises(TemplateInvalid, match=r"y.pass: A1: cannot be read"):
        read_folder(tmp_path / "y.pass")


@pytest.mark.parametrize("text", [b'{"a": NaN}', b"[1]", b'{"a":' * 100_000])
def test_what_is_no_object_of_json_is_named_by_its_file(text: bytes) -> None:
    """A11."""
    with pytest.raises(TemplateInvalid, match=r"^x.pass/pass.json: "):
        make_template("x", {"pass.json": text})
