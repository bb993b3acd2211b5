"""Whether anybody but this machine can reach the server."""

from __future__ import annotations

from urllib.parse import urlsplit

from honeyguide.egress.addresses import read_address
from honeyguide.settings import Settings


def is_exposed(settings: Settings) -> bool:
    """Bound to another address than loopback, or known to phones by another name."""
    return not (_is_here(settings.host) and _is_here(urlsplit(settings.url).hostname or ""))


def _is_here(host: str) -> bool:
    address = read_address(host)
    return host == "localhost" if address is None else address.is_loopback
