"""A port for a process that is killed and started again."""

from __future__ import annotations

import secrets

from honeyguide.demo.ports import is_free

# Below what systems give to outgoing connections. From there, whoever tries a dead port of 127.0.0.1 again and again may in the end be
# connected to itself, and the next start finds the port taken.
_QUIET = range(18_000, 30_000)


def quiet_port() -> int:
    for _ in range(1000):
        port = secrets.choice(_QUIET)
        if is_free("127.0.0.1", port):
            return port
    raise AssertionError("no port is free")
