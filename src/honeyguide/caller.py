"""Who is calling: the verified subject of a token, as every slice sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

Clock = Callable[[], datetime]


class Audience(StrEnum):
    MEMBER = "member"
    PARTNER = "partner"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller: `subject` is a member id, a partner id or an operator's name, by audience.

    `location`: the only shop that a partner's credential serves, None for all. `session_id`: the member's or operator's sign-in.
    `email`: an operator's own, proved by the identity provider; machines have none.
    """

    audience: Audience
    program_id: UUID
    subject: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    credential_id: str | None = None
    location: str | None = None
    session_id: UUID | None = None
    email: str | None = field(default=None, repr=False)

    @property
    def member_id(self) -> UUID:
        return self._subject_of(Audience.MEMBER)

    @property
    def partner_id(self) -> UUID:
        return self._subject_of(Audience.PARTNER)

    @property
    def scope(self) -> str:
        """The scope of idempotency keys: who calls, never with which credential, so a rotation in mid-retry cannot double (S4)."""
        return f"{self.audience}:{self.subject}"

    def _subject_of(self, audience: Audience) -> UUID:
        if self.audience is not audience:
            raise TypeError(f"a {self.audience} caller is no {audience}")
        return UUID(self.subject)
