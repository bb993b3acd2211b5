"""What others wrote is pinned, says nothing of where it came from, and is installed once."""

from __future__ import annotations

import json
import re

from builders.npm import CLIENTS, Npm


def test_packages_are_pinned_with_checksums_and_without_addresses() -> None:
    lock = (CLIENTS / "package-lock.json").read_text()
    asked = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
    packages = {path: entry for path, entry in json.loads(lock)["packages"].items() if path}

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "://" not in lock and not (CLIENTS / ".npmrc").exists(), "`npm run lock` takes addresses out"


def test_the_pages_and_judges_of_other_tests_are_there(npm: Npm) -> None:
    needed = ["graphiql/graphiql.min.js", "graphiql/graphiql.min.css", "react/umd/react.production.min.js"]
    needed += ["react-dom/umd/react-dom.production.min.js", "axe-core/axe.min.js", "typescript/bin/tsc"]

    assert [path for path in needed if not npm.file(path).is_file()] == []
