"""The bill of materials of what requirements.txt pins, schema/sbom.cdx.json (CycloneDX): the same bytes each time, and no addresses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "schema" / "sbom.cdx.json"


def bill() -> str:
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", "requirements.txt", "--pyproject", "pyproject.toml",
               "--mc-type", "application", "--output-reproducible", "--output-format", "JSON", "--output-file", "-"]  # fmt: skip
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    return json.dumps(without_addresses(json.loads(made)), indent=1, sort_keys=True) + "\n"


def without_addresses(made: dict[str, Any]) -> dict[str, Any]:
    """Names, versions, hashes; where something was downloaded from is nobody's business, and differs from place to place."""
    product = {
        key: value for key, value in made["metadata"]["component"].items() if key in ("name", "version", "type", "licenses", "description")
    }
    return {
        "bomFormat": made["bomFormat"],
        "specVersion": made["specVersion"],
        "version": 1,
        "metadata": {"component": {**product, "bom-ref": "honeyguide"}},
        "components": sorted((_component(one) for one in made["components"]), key=lambda one: str(one["purl"])),
    }


def _component(one: dict[str, Any]) -> dict[str, Any]:
    found = [each for reference in one.get("externalReferences", ()) for each in reference.get("hashes", ())]
    hashes = {(each["alg"], each["content"]) for each in found}
    purl = one["purl"].partition("?")[0]  # qualifiers would name where it came from
    return {
        "type": one["type"],
        "name": one["name"],
        "version": one["version"],
        "purl": purl,
        "bom-ref": purl,
        "hashes": [{"alg": algorithm, "content": content} for algorithm, content in sorted(hashes)],
    }


def main() -> int:
    now = bill()
    if "--check" not in sys.argv:
        FILE.write_text(now)
        return 0
    if FILE.read_text() == now:
        return 0
    print(f"{FILE.relative_to(ROOT)} is not what requirements.txt says: run `make schema`")
    return 1


if __name__ == "__main__":
    sys.exit(main())
