"""Known vulnerabilities of what requirements.txt pins: one that is not allowed fails; a source that cannot be asked is said, and is no failure."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PATIENCE = 15  # seconds


@dataclass(frozen=True)
class Verdict:
    """`failures` fail `make check`; `told` is said beside them."""

    failures: tuple[str, ...]
    told: tuple[str, ...]


def judge(report: Mapping[str, Any], allowed: Sequence[Mapping[str, Any]], today: date) -> Verdict:
    """`allowed`: id, reason and until (a date) of each finding that is known and bearable."""
    failures: list[str] = []
    told: list[str] = []
    permitted = {str(one["id"]): one for one in allowed}
    packages = report["dependencies"]
    for package in packages:
        for finding in package.get("vulns", ()):
            names = {finding["id"], *finding.get("aliases", ())}
            known = next((permitted[name] for name in names if name in permitted), None)
            what = (
                f"{package['name']} {package['version']}: {finding['id']}, mended in {', '.join(finding['fix_versions']) or 'no release'}"
            )
            if known is None:
                failures.append(what)
            elif known["until"] < today:
                failures.append(f"{what}; it was allowed until {known['until']}")
            else:
                told.append(f"{what}; allowed until {known['until']}: {known['reason']}")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if packages and len(skipped) == len(packages):
        told.append(
            f"NOT AUDITED: the source of known vulnerabilities knows none of the {len(packages)} packages; is it reachable from here?"
        )
    elif skipped:
        told.append(f"not audited: {', '.join(skipped)}")
    else:
        told.append(f"{len(packages)} packages audited")
    return Verdict(tuple(failures), tuple(told))


def asked() -> Mapping[str, Any] | None:
    """What the source says of the pinned packages; None when it cannot be asked in time."""
    command = [str(Path(sys.executable).with_name("pip-audit")), "--requirement", "requirements.txt", "--require-hashes", "--disable-pip",
               "--format", "json", "--progress-spinner", "off", "--timeout", "5"]  # fmt: skip
    try:
        done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, timeout=PATIENCE, check=False)
        report: Mapping[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report


def main() -> int:
    report = asked()
    if report is None:
        print(f"NOT AUDITED: the source of known vulnerabilities did not answer within {PATIENCE} seconds")
        return 0
    allowed = tomllib.loads((HERE / "audit.toml").read_text()).get("allowed", [])
    verdict = judge(report, allowed, datetime.now(UTC).date())
    for line in verdict.told:
        print(line)
    for line in verdict.failures:
        print(f"VULNERABLE  {line}")
    return 1 if verdict.failures else 0


if __name__ == "__main__":
    sys.exit(main())
