"""What a grant of members takes and answers; pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SessionGranted:
    """Whose session it is; the access token is made of it."""

    program_id: UUID
    member_id: UUID
    session_id: UUID
    refresh_token: str = field(repr=False)
    joined: bool = False


@dataclass(frozen=True, slots=True)
class SessionRefused:
    """`error` is RFC 6749's, `reason` ours where something can be done about it, `path` the parameter that it is about."""

    error: str
    description: str
    reason: str | None = None
    path: str | None = None


MemberGrant = Callable[[Form, datetime], Awaitable[SessionGranted | SessionRefused]]


def missing(*names: str) -> SessionRefused:
    return SessionRefused("invalid_request", f"{' and '.join(names)} are needed")
