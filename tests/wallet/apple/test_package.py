"""The package: laid out by hand, read by everybody else's zip and openssl."""

import dataclasses
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.package_files import broken_files
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.apple.validator import PassInvalid
from honeyguide.wallet.certificates.of_settings import AppleFiles
from honeyguide.wallet.faces.card import Card
from honeyguide.wallet.faces.template import Template


@pytest.fixture(scope="module")
def content(make_card: Callable[..., Card], template: Template, identity: PassIdentity) -> bytes:
    return pass_json(make_card(), template, identity)


@pytest.fixture(scope="module")
def package(content: bytes, template: Template, signer: Signer) -> bytes:
    return Package(template).build(content, signer)


def test_any_zip_reader_finds_every_file_whole(package: bytes, content: bytes, template: Template) -> None:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {*template.files, "pass.json", "manifest.json", "signature"}
        assert archive.read("pass.json") == content
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_manifest_lists_every_other_file(package: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        others = set(archive.namelist()) - {"manifest.json", "signature"}

        assert manifest == {name: hashlib.sha1(archive.read(name)).hexdigest() for name in others}


@pytest.mark.parametrize("command", [["smime", "-verify"], ["cms", "-verify", "-binary"]])
def test_both_openssl_commands_verify_the_signature(command: list[str], package: bytes, apple_files: AppleFiles, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(tmp_path)

    arguments = ["-inform", "DER", "-in", "signature", "-content", "manifest.json", "-CAfile", str(apple_files.ca)]
    done = subprocess.run(["openssl", *command, *arguments], cwd=tmp_path, capture_output=True, timeout=20, check=False)

    assert done.returncode == 0, done.stderr


def test_the_whole_pass_is_small(package: bytes) -> None:
    assert len(package) < 200_000


async def test_passes_are_built_beside_the_event_loop(content: bytes, template: Template, signer: Signer) -> None:
    assert (await signer.build(Package(template), content)).startswith(b"PK\3\4")


def test_a_pass_over_budget_is_refused(content: bytes, template: Template, signer: Signer) -> None:
    with pytest.raises(PassInvalid, match="A24: package"):
        Package(template, largest=10_000).build(content, signer)


def test_the_images_of_the_membership_pass_have_apples_sizes(template: Template) -> None:
    for name, points in (("icon", (29, 29)), ("logo", (50, 50)), ("strip", (375, 123))):
        for scale, suffix in ((1, ""), (2, "@2x"), (3, "@3x")):
            image = Image.open(io.BytesIO(template.files[f"{name}{suffix}.png"]))
            assert image.size == (points[0] * scale, points[1] * scale)
            assert image.info.keys() <= {"transparency"}


def _png(width: int, height: int, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "PNG", **options)
    return buffer.getvalue()


def _with_comment() -> bytes:
    from PIL.PngImagePlugin import PngInfo

    comment = PngInfo()
    comment.add_text("Author", "Ann")
    return _png(29, 29, pnginfo=comment)


@pytest.mark.parametrize(
    ("rule", "name", "content"),
    [
        ("A1", "icon.png", None),
        ("A1", "folder/icon.png", _png(1, 1)),
        ("A1", "pass.json", b"{}"),
        ("A1", ".DS_Store", b"x"),
        ("A23", "de.lproj/pass.strings", b'"Points" = "Punkte";\n'),
        ("A23", "de.lproj/pass.strings", b"nonsense"),
        ("A24", "icon.png", _png(30, 30)),
        ("A24", "strip@2x.png", _png(375, 123)),
        ("A24", "logo.png", _png(161, 50)),
        ("A24", "icon.png", b"GIF89a"),
        ("A24", "icon.png", _with_comment()),
        ("A24", "strip@2x.png", None),
        ("A24", "portrait.png", _png(1, 1)),
        ("A24", "readme.txt", b"hello"),
    ],
)
def test_files_that_wallet_would_not_take_are_named(rule: str, name: str, content: bytes | None, template: Template) -> None:
    files = {key: value for key, value in template.files.items() if key != name} | ({} if content is None else {name: content})

    assert rule in {broken.rule for broken in broken_files(files)}
    with pytest.raises(PassInvalid):
        Package(dataclasses.replace(template, files=files))
