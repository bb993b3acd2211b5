"""The processes that the demo starts, each in a group of its own, and ends by their ids."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from honeyguide.endings import ended

STOP_SECONDS = 10
_LAST_LINES = 12


_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """In the child: a demo that is killed with -9 takes its processes along; only Linux can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that was not asked to end, with the last lines of its log."""

    name: str
    code: int
    said: str


@dataclass(slots=True)
class Children:
    """`async with Children(folder) as children`: what was started inside is ended at the end, last first."""

    logs: Path
    _running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _readers: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def start(
        self, name: str, *, environment: Mapping[str, str], arguments: tuple[str, ...] = (), say: Callable[[str], None]
    ) -> None:
        """Run `honeyguide NAME`; every line goes to `say` and to its log."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "honeyguide.cli",
            name,
            *arguments,
            env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C in the terminal reaches us alone: we end them, in order.
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self._running[name] = process
        reader = asyncio.create_task(self._read(name, process, say))
        self._readers.add(reader)

    @property
    def ids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._running.items()}

    def ended(self) -> Ended | None:
        """The first that ended without being asked."""
        for name, process in self._running.items():
            if process.returncode is not None:
                return Ended(name, process.returncode, self._last_lines(name))
        return None

    async def until_one_ends(self) -> Ended:
        waits = [asyncio.create_task(process.wait()) for process in self._running.values()]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(self._readers, timeout=0.5)  # its last words
        finally:
            for wait in waits:
                wait.cancel()
        ended = self.ended()
        assert ended is not None
        return ended

    async def stop(self) -> None:
        """SIGTERM, last started first; SIGKILL to the group of whoever takes too long."""
        for process in reversed(self._running.values()):
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.terminate()
                with suppress(TimeoutError):
                    async with asyncio.timeout(STOP_SECONDS):
                        await process.wait()
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        self._running.clear()
        await ended(*self._readers)

    async def _read(self, name: str, process: asyncio.subprocess.Process, say: Callable[[str], None]) -> None:
        assert process.stdout is not None
        with self._log(name).open("wb") as log:
            async for line in process.stdout:
                log.write(line)
                log.flush()
                say(line.decode(errors="replace").rstrip())

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _last_lines(self, name: str) -> str:
        path = self._log(name)
        return "\n".join(path.read_text(errors="replace").splitlines()[-_LAST_LINES:]) if path.exists() else ""
