"""The virtual iPhone takes every pass that we make: each style that is shipped, in each of its languages (A1-A26)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from honeyguide.testing.pkpass_check import check_package
from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.certificates.of_settings import AppleFiles
from honeyguide.wallet.checks.sample_card import sample_card, sample_programs
from honeyguide.wallet.faces.template import load_template

STYLES = sorted((Path(__file__).parents[3] / "passes").glob("*.pass"))


@pytest.mark.parametrize("folder", STYLES, ids=lambda folder: folder.stem)
def test_the_phone_takes_each_style_in_each_language(folder: Path, signer: Signer, identity: PassIdentity, apple_files: AppleFiles) -> None:
    assert apple_files.ca is not None
    template = load_template(folder)
    program, *_ = sample_programs(template.placeholders, template.languages)

    for language in template.languages:
        content = pass_json(sample_card(program, folder.stem, language, template.placeholders), template, identity)
        checked = check_package(Package(template).build(content, signer), ca=apple_files.ca)

        assert set(checked.strings) == set(template.languages)
        assert json.loads(content)["serialNumber"] == checked.body["serialNumber"]
