"""`make demo` as its README promises: the commands work when pasted, the phones answer, and it leaves nothing running."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from honeyguide.demo.alone import alone
from honeyguide.demo.ports import free_port, is_free
from honeyguide.demo.words import COMMANDS

pytestmark = pytest.mark.timeout(300)

README = Path(__file__).resolve().parents[2] / "README.md"
HOUSEHOLDS = 6


@dataclass
class RunningDemo:
    """A demo of six households in a folder of its own, where `.honeyguide` is its data."""

    folder: Path
    environment: dict[str, str]
    process: asyncio.subprocess.Process
    said: str = ""

    async def until_said(self, *texts: str, seconds: float) -> str:
        """What it prints from now on, until all the texts were in it."""
        assert self.process.stdout is not None
        start = len(self.said)
        async with asyncio.timeout(seconds):
            while not all(text in self.said[start:] for text in texts):
                line = await self.process.stdout.readline()
                assert line, self.said
                self.said += line.decode()
        return self.said[start:]

    async def paste(self, command: str) -> str:
        """Run a command of the README in a shell in the demo's folder."""
        shell = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", command, cwd=self.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await shell.communicate()
        assert shell.returncode == 0, err.decode()
        return out.decode()

    async def stop(self) -> int | None:
        self.process.send_signal(signal.SIGINT)
        out, _ = await asyncio.wait_for(self.process.communicate(), 60)
        self.said += out.decode()
        return self.process.returncode

    @property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / ".honeyguide" / "demo.json").read_text()))

    @property
    def children(self) -> dict[str, int]:
        """Process ids by command."""
        ids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {command[3]: int(id) for id in ids if len(command := Path(f"/proc/{id}/cmdline").read_text().split("\0")) > 3}


async def start(folder: Path, environment: dict[str, str]) -> RunningDemo:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "honeyguide.cli", "demo", "--households", str(HOUSEHOLDS)),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    return RunningDemo(folder, environment, process)


@pytest_asyncio.fixture
async def demo(tmp_path: Path, data_dir: Path) -> AsyncIterator[RunningDemo]:
    (tmp_path / ".honeyguide").symlink_to(data_dir)
    port = free_port("127.0.0.1", 0)
    demo = await start(tmp_path, {**os.environ, "HONEYGUIDE_DATA_DIR": str(data_dir), "HONEYGUIDE_PORT": str(port)})
    yield demo
    if demo.process.returncode is None:
        await demo.stop()


def readmes_commands() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_demo_prints_the_commands_of_the_readme() -> None:
    commands = [text.format(folder=".honeyguide", email="household-6@example.test") for text in COMMANDS.values()]

    assert [command.strip() for command in readmes_commands()[1:4]] == commands


async def test_the_commands_of_the_readme_work_beside_a_running_demo(demo: RunningDemo) -> None:
    _, purchase, dashboard, card, openssl = readmes_commands()
    await demo.until_said("ready after", seconds=120)
    before = json.loads(await demo.paste(dashboard))["data"]["me"]

    answer = json.loads(await demo.paste(purchase))["data"]["postTransaction"]
    posted_at = time.monotonic()
    # At night, in the program's quiet hours, the Android shows it without ringing.
    await demo.until_said("iPhone: Status Forager -> Honeyguide", "shows Points", seconds=30)
    seconds = time.monotonic() - posted_at

    assert answer["__typename"] == "TransactionPosted"
    assert seconds < 10  # two on a machine that does not run the rest of the suite beside
    after = json.loads(await demo.paste(dashboard))["data"]["me"]
    points = {moment: int(me["accounts"][0]["available"]) for moment, me in (("before", before), ("after", after))}
    assert points["after"] - points["before"] == sum(int(one["quantity"]) for one in answer["transaction"]["accruals"])
    assert after["tier"]["tier"]["name"] == "Honeyguide"
    assert "<title>" in await demo.paste(card)
    await demo.paste(openssl)
    assert_private_and_complete(demo)


def assert_private_and_complete(demo: RunningDemo) -> None:
    facts = demo.facts
    assert {"url", "member", "partner", "operator", "add_url", "apple", "simulators"} <= facts.keys()
    assert facts["member"].keys() == {"number", "token"}
    assert facts["partner"].keys() == {"client_id", "client_secret", "token"}
    assert facts["apple"].keys() == {"ca", "pass_type", "wwdr"}
    assert facts["simulators"].keys() == {"apns", "google"}
    assert all(Path(facts["apple"][name]).is_file() for name in ("ca", "wwdr"))
    secret = [path for path in (demo.folder / ".honeyguide").iterdir() if path.suffix in (".json", ".curl")]
    assert len(secret) == 6
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}


async def test_ctrl_c_or_a_process_that_dies_or_a_killed_demo_ends_everything_and_the_next_start_keeps_the_data(demo: RunningDemo) -> None:
    await demo.until_said("ready after", seconds=120)
    children, number, port = demo.children, demo.facts["member"]["number"], int(demo.environment["HONEYGUIDE_PORT"])

    await demo.stop()
    again = await start(demo.folder, demo.environment)
    said = await again.until_said("ready after", seconds=60)
    second_number, worker = again.facts["member"]["number"], again.children["worker"]
    os.kill(worker, signal.SIGKILL)
    last_words = (await asyncio.wait_for(again.process.communicate(), 60))[0].decode()
    third = await start(demo.folder, demo.environment)
    await third.until_said("ready after", seconds=60)
    orphans = third.children.values()
    third.process.kill()
    await third.process.communicate()

    assert children.keys() == {"serve", "worker", "simulators"}
    assert not any(Path(f"/proc/{id}").exists() for id in children.values())
    assert "is in the books" in said
    assert second_number == number
    assert again.process.returncode == 1
    assert "`honeyguide worker` ended" in last_words
    assert orphans
    async with asyncio.timeout(20):
        while any(Path(f"/proc/{pid}").exists() for pid in orphans):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)
    assert is_free("127.0.0.1", port)


async def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]

    demo = await start(tmp_path, {**os.environ, "HONEYGUIDE_DATA_DIR": str(tmp_path / "data"), "HONEYGUIDE_PORT": str(port)})
    out, _ = await demo.process.communicate()
    listening.close()

    assert demo.process.returncode == 1
    assert out.decode() == f"Error: port {port} is in use; choose another one: HONEYGUIDE_PORT={port + 10} make demo\n"


async def test_a_second_demo_on_the_same_data_says_so_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with alone(tmp_path):
        second = await start(
            tmp_path, {**os.environ, "HONEYGUIDE_DATA_DIR": str(tmp_path), "HONEYGUIDE_PORT": str(free_port("127.0.0.1", 0))}
        )
        out, _ = await second.process.communicate()

    assert second.process.returncode == 1
    assert out.decode() == f"Error: a demo runs already on the data of {tmp_path}: end it first, or set another HONEYGUIDE_DATA_DIR\n"
    assert not (tmp_path / "demo.json").exists()
