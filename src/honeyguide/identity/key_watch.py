"""The folder of our own keys is watched: a rotation needs no restart."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from honeyguide.endings import ended
from honeyguide.identity.keys import KeyRing, KeysMissing, KeysUnusable, open_key_ring

WATCH_SECONDS = 2.0
_log = logging.getLogger(__name__)


class KeyWatch:
    """Puts what the folder holds into the ring; what cannot be used is told, and the ring stays as it was."""

    def __init__(self, ring: KeyRing, folder: Path) -> None:
        self._ring, self._folder = ring, folder
        self._seen: object = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._rounds(), name="token keys")

    async def close(self) -> None:
        await ended(self._task)

    def look(self) -> None:
        """Read the folder if anything of it changed."""
        try:
            now = _state(self._folder)
            if now == self._seen:
                return
            self._seen = now
            if self._ring.replace(open_key_ring(self._folder, create=False)):
                _log.info("the keys of tokens changed: %s signs, %d verify", self._ring.signing.kid, len(self._ring.verifying))
        except (KeysMissing, KeysUnusable) as error:
            # Half copied, or not yet chmodded; or the last private key was removed before its successor came.
            _log.warning("the folder of token keys is not used as it is: %s", error)
        except OSError as error:
            _log.warning("the folder of token keys cannot be read: %s", type(error).__name__)

    async def _rounds(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self.look()


def _state(folder: Path) -> object:
    """Changes with each key that comes, goes, is written to, or becomes readable for fewer."""
    return [
        (path.name, (stat := path.stat()).st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for path in sorted(folder.glob("*.pem"))
    ]
