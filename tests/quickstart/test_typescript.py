"""The TypeScript quick start as an app developer runs it: typed by the schema, against a server that takes its trusted documents only."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from builders.clock import Clock
from builders.npm import install
from builders.signing_in import open_program, signing_in
from honeyguide.database import Database
from honeyguide.testing.mail import code_in
from honeyguide.testing.serving import Serving

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "docs/quickstart/typescript"
NEWSLETTER = "\nconsents:\n  newsletter: {text: {en: Write to me.}}\n"
PATIENCE_SECONDS = 40


async def run(folder: Path, *command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    async with asyncio.timeout(PATIENCE_SECONDS):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def built(folder: Path) -> Path:
    """A copy of the project, compiled: the repository stays as it is."""
    project = folder / "docs/quickstart/typescript"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("node_modules", "dist", "graphql-env.d.ts"))
    (project / "node_modules").symlink_to(PROJECT / "node_modules")
    (folder / "schema").mkdir()
    shutil.copy(ROOT / "schema/member.graphql", folder / "schema")
    await run(project, "node_modules/.bin/gql.tada", "generate-output")
    await run(project, "node_modules/.bin/tsc")
    return project


class App:
    """What the running app says, a JSON object a line; it reads what a person would type."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, name: str) -> Any:
        """The next value of that name; what comes before it is passed over."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line := await self._process.stdout.readline():
                said = json.loads(line)
                if name in said:
                    return said[name]
        raise AssertionError(f"ended before it said {name}")

    async def type(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())
        await self._process.stdin.drain()


async def test_the_quick_start_is_typed_and_runs_by_its_trusted_documents(database: Database, database_url: str, tmp_path: Path) -> None:
    install(PROJECT)
    project = await built(tmp_path / "app")
    operations = tmp_path / "operations"
    operations.mkdir()
    (operations / "member-app-1.0.manifest.json").write_text(await run(project, "node", "dist/manifest.js"))
    more = {"operations_dir": operations, "trusted_documents_member": "required", "clock": Clock(datetime.now(UTC))}
    async with signing_in(database, database_url, tmp_path / "home", open_program(NEWSLETTER), **more) as door:
        serving = await Serving.start(door.platform.app, "127.0.0.1", 0)
        process = await asyncio.create_subprocess_exec(
            *("node", "dist/main.js", "anna@example.test"), cwd=project, env={**os.environ, "HONEYGUIDE_URL": serving.url},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        app = App(process)
        try:
            await door.platform.enrol("anna@example.test")
            await door.platform.post("40.00")
            await door.mail.wait_for(1)
            await app.type(code_in(door.mail.letters[-1]))

            assert await app.says("points") == "40"
            assert await app.says("card") == "QR"
            assert await app.says("consent") is True
            assert await app.says("ready") is True
            await door.platform.post("62.40")  # while it is away
            await app.type("")
            assert await app.says("meanwhile") == "Purchase at Grocer"
            assert await app.says("live") is True
            await door.platform.post("10.00")
            assert (await app.says("row")).startswith("10 points: Points on every purchase: 1 point per $1.00, on $10.00")
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await serving.stop()
    ended = await database.pool.fetchval("SELECT count(*) FROM session WHERE revoked_at IS NOT NULL")
    assert ended == 1
