"""What we are made of: audited where it can be, and written down without saying where it came from."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 22)


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def report(*findings: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": [{"name": "h2", "version": "4.0", "vulns": list(findings)}, {"name": "anyio", "version": "1", "vulns": []}]}


FOUND = {"id": "GHSA-1", "aliases": ["CVE-2026-1"], "fix_versions": ["4.1"]}


def test_a_known_vulnerability_fails_the_check() -> None:
    verdict = tool("audit").judge(report(FOUND), [], TODAY)

    assert verdict.failures == ("h2 4.0: GHSA-1, mended in 4.1",)


@pytest.mark.parametrize(("until", "fails"), [(date(2026, 11, 22), False), (date(2026, 11, 21), True)])
def test_what_is_allowed_is_allowed_until_its_day_and_said_each_time(until: date, fails: bool) -> None:
    allowed = [{"id": "CVE-2026-1", "reason": "never called", "until": until}]

    verdict = tool("audit").judge(report(FOUND), allowed, TODAY)

    assert bool(verdict.failures) is fails
    assert fails or "never called" in verdict.told[0]


def test_a_source_that_knows_nothing_is_not_taken_for_good_news() -> None:
    away = {"dependencies": [{"name": "h2", "skip_reason": "not found"}, {"name": "anyio", "skip_reason": "not found"}]}

    verdict = tool("audit").judge(away, [], TODAY)

    assert verdict.failures == () and "NOT AUDITED" in verdict.told[0]
    assert tool("audit").judge(report(), [], TODAY).told == ("2 packages audited",)


def test_a_source_that_does_not_answer_is_said_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = tool("audit")

    def slow(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pip-audit", 1)

    monkeypatch.setattr(audit.subprocess, "run", slow)

    assert audit.main() == 0
    assert "NOT AUDITED" in capsys.readouterr().out


def test_the_bill_of_materials_names_all_that_is_pinned_and_no_address() -> None:
    text = (ROOT / "schema" / "sbom.cdx.json").read_text()
    pinned = set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z0-9,]+\])?==([^ ;\\]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    bill = json.loads(text)

    assert {(one["name"], one["version"]) for one in bill["components"]} == pinned
    assert all(one["hashes"] for one in bill["components"])
    assert "://" not in text
    for word in ("index", "mirror", "files.pythonhosted", "pypi.org", "download"):
        assert word not in text


def test_addresses_are_left_out_whatever_the_tool_writes() -> None:
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"name": "honeyguide", "type": "application", "externalReferences": [{"url": "https://inside"}]}},
        "components": [
            {
                "type": "library",
                "name": "h2",
                "version": "4",
                "purl": "pkg:pypi/h2@4?repository_url=https://inside",
                "description": "--index-url https://inside",
                "externalReferences": [{"url": "https://inside/h2", "hashes": [{"alg": "SHA-256", "content": "ab"}]}],
            }
        ],
    }

    kept = tool("sbom").without_addresses(made)

    assert "inside" not in json.dumps(kept)
    assert kept["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "ab"}]
