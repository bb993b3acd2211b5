"""One demo a data folder: two would overwrite each other's demo.json and push to each other's phones."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AnotherDemo(Exception):
    """The message says where it runs, and what to do."""


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the folder inside; when we are killed, the kernel lets go of it. Raises AnotherDemo."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)  # as the embedded server makes it
    with (data_dir / "demo.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherDemo(f"a demo runs already on the data of {data_dir}: end it first, or set another HONEYGUIDE_DATA_DIR") from None
        yield
