"""No other module of the product opens a connection: lint refuses the libraries, and this test the methods that lint cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "honeyguide"
# Clients of our own server, run by hand or by the demo, and the database's own driver and start-up.
APART = ("egress", "replay", "demo", "testing")
OURS = ("asyncpg", "PushConnection", "probe")  # the probe asks whether the embedded server listens on its socket file
CONNECTING = {"create_connection", "create_datagram_endpoint", "create_unix_connection", "open_connection", "sock_connect", "connect_ex",
              "sendto", "getaddrinfo", "gethostbyname"}  # fmt: skip


def test_only_the_egress_connects_to_other_machines() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}"
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in APART
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in CONNECTING
    ]

    assert found == []


def test_connect_is_called_on_the_database_only() -> None:
    """`x.connect(...)` is asyncpg's, or our egress's; a bare socket's would be neither."""
    callers = {
        ast.unparse(node.func.value)
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in APART
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "connect"
        if not any(given.arg == "sock" for given in node.keywords)  # a library that gets its socket from the egress
    }

    assert {name for name in callers if name not in OURS and not name.endswith("egress")} == set()


@pytest.mark.parametrize(
    "line", ["import httpx", "from httpcore import AsyncConnectionPool", "import urllib.request", "import smtplib", "from jwt import PyJWKClient",
             "import asyncio\nasyncio.open_connection('h', 1)", "import socket\nsocket.create_connection(('h', 1))", "import requests"]
)  # fmt: skip
def test_make_check_refuses_a_module_that_brings_its_own_way_out(line: str) -> None:
    ruff = [
        str(Path(sys.executable).with_name("ruff")),
        "check",
        "--select",
        "TID251",
        "--stdin-filename",
        "src/honeyguide/wallet/own_way.py",
        "-",
    ]

    checked = subprocess.run(ruff, cwd=ROOT, input=f"{line}\n", capture_output=True, text=True, timeout=60, check=False)

    assert checked.returncode == 1 and "honeyguide.egress" in checked.stdout
