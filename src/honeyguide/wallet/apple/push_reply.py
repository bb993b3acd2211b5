"""How a request to APNs, or the connection for it, can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hpack import NeverIndexedHeaderTuple

Header: TypeAlias = tuple[str, str] | NeverIndexedHeaderTuple


class HandshakeFailed(ConnectionError):
    """TLS or HTTP/2 could not be agreed: wrong certificate, wrong trust store, not an APNs server (N11)."""


class Unreachable(ConnectionError):
    """No TCP connection came about."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """The server ended this one request (RST_STREAM)."""

    code: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The connection ended, or goes away without this request: it may be sent again on another one."""

    reason: str


Reply = Answer | Reset | Unanswered
