"""Ports of 127.0.0.1: is one free, and which may a simulator have."""

from __future__ import annotations

import socket


def is_free(host: str, port: int) -> bool:
    """Whether somebody may listen there now; a connection that is being closed does not count."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str, wanted: int) -> int:
    """The wanted port, the same at each start while it is free; else, or for 0, any."""
    if 0 < wanted <= 65535 and is_free(host, wanted):
        return wanted
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
