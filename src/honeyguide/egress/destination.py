"""A URL taken apart strictly, or refused: what one parser reads as one host, no other may read as another; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from honeyguide.egress.addresses import read_address
from honeyguide.egress.refusal import EgressRefused

_URL = re.compile(r"[!-~]{1,4096}")  # visible ASCII: no control characters, no spaces; other scripts come in punycode
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # of a last label: the C library reads 2130706433, 0x7f.1 and 0177.0.0.1 as addresses
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?|")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "upgrade", "te", "trailer"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Destination:
    """`host` is in lower case, without brackets; `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str, *, plain_http: bool) -> Destination:
        """Raises EgressRefused."""
        if not _URL.fullmatch(url) or "\\" in url:
            raise EgressRefused("address")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise EgressRefused("address") from None
        if parts.scheme not in _PORTS:
            raise EgressRefused("scheme")
        if "@" in parts.netloc:
            raise EgressRefused("user_info")
        host = checked_host(parts.hostname or "")
        if parts.scheme == "http" and not plain_http:
            raise EgressRefused("plain", host)
        if port == 0:
            raise EgressRefused("address", host)
        query = f"?{parts.query}" if parts.query else ""
        return cls(parts.scheme, host, port or _PORTS[parts.scheme], (parts.path or "/") + query)

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def checked_host(host: str) -> str:
    """A name in lower case or an address in its usual spelling; raises EgressRefused."""
    host = host.lower()
    if read_address(host) is not None:
        return host
    if not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise EgressRefused("host")
    return host


def checked_headers(method: str, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Nothing that could begin another header or another request; raises EgressRefused."""
    if method not in _METHODS:
        raise EgressRefused("method")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value) or name.lower() in _OURS or len(value) > 16_384:
            raise EgressRefused("header")
    return list(headers.items())
