"""Clients, judges and pages that others wrote: the packages of tests/clients, installed once, and how a test runs a script with them."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parents[1] / "clients"
OLDEST_NODE = 18
PATIENCE_SECONDS = 100
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=20000"]


@dataclass(frozen=True)
class Npm:
    """Installed packages; `file` finds one for a page, `run` runs a script of tests/clients."""

    folder: Path

    def file(self, path: str) -> Path:
        """Such as `axe-core/axe.min.js`."""
        return self.folder / "node_modules" / path

    async def run(self, script: str, given: Any, seconds: float = 30) -> Any:
        """The JSON that the script prints, having read `given` as JSON from its standard input; what it writes beside fails the test."""
        process = await asyncio.create_subprocess_exec(
            "node", script, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            async with asyncio.timeout(seconds):
                told, complained = await process.communicate(json.dumps(given).encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0 and not complained, f"{script}: {process.returncode}\n{complained.decode()}\n{told.decode()}"
        return json.loads(told)


@pytest.fixture(scope="session")
def npm() -> Npm:
    """The packages as tests/clients/package-lock.json pins them; skips where node or the registry cannot be had."""
    install(CLIENTS)
    return Npm(CLIENTS)


def install(folder: Path) -> None:
    """Into the folder's node_modules what its package-lock.json pins, once; skips where node or the registry cannot be had."""
    if reason := _no_node():
        pytest.skip(reason)
    with (folder / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # xdist's workers and other runs come one by one
        if reason := _install(folder, hashlib.sha256(lock.read()).hexdigest()):
            pytest.skip(reason)


def _no_node() -> str:
    if not shutil.which("node") or not shutil.which("npm"):
        return "needs node and npm, which are not installed here"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    found = re.match(r"v(\d+)", told)
    return "" if found and int(found[1]) >= OLDEST_NODE else f"needs node {OLDEST_NODE}, here is {told.strip() or 'none that runs'}"


def _install(folder: Path, wanted: str) -> str:
    """Why it could not be, or nothing; what failed for one worker is not tried again by the others of the run."""
    stamp, failed = folder / "node_modules" / ".installed", Path(os.environ["HONEYGUIDE_TESTS"]) / f"npm-failed-{folder.name}"
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    if failed.exists():
        return failed.read_text()
    try:
        done = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        reason = "" if done.returncode == 0 else f"npm could not install: {done.stderr[-300:]}"
    except subprocess.TimeoutExpired:
        reason = f"npm could not install within {PATIENCE_SECONDS} seconds"
    (failed if reason else stamp).write_text(reason or wanted)
    return reason
