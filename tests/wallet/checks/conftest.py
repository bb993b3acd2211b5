"""A signed package of the membership style, as its files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.faces.card import Card
from honeyguide.wallet.faces.template import Template


@pytest.fixture(scope="session")
def package(make_card: Callable[..., Card], template: Template, identity: PassIdentity, signer: Signer) -> bytes:
    return Package(template).build(pass_json(make_card(), template, identity), signer)


@pytest.fixture(scope="session")
def zipped() -> Callable[[dict[str, bytes]], bytes]:
    def make(files: dict[str, bytes]) -> bytes:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return whole.getvalue()

    return make


@pytest.fixture
def files(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
