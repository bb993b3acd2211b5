"""What is known of a person beside the name: sealed column by column, each bound to its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import orjson

from honeyguide.encryption import Cipher, row_context
from honeyguide.programs.quiet_hours import QuietHours

COLUMNS = ("birth_date", "time_zone", "quiet_hours", "guardian")


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for a young member; `confirmed_at` is None until the guardian has agreed."""

    email: str = field(repr=False)
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """As opened; None: nobody said."""

    birth_date: date | None = field(default=None, repr=False)
    time_zone: str | None = None
    quiet_hours: QuietHours | None = None
    guardian: Guardian | None = None

    @property
    def waits_for_guardian(self) -> bool:
        """A young member whose guardian has not agreed: consents are not for him to give."""
        return self.guardian is not None and self.guardian.confirmed_at is None


@dataclass(frozen=True, slots=True)
class PersonVault:
    """Seals and opens the columns of `person`; a value moved to another row or column does not open there."""

    cipher: Cipher

    @staticmethod
    def of(*secrets: bytes) -> PersonVault:
        """From the installation's secret keys, newest first."""
        return PersonVault(Cipher.of(secrets, b"person"))

    def sealed(self, program_id: UUID, member_id: UUID, details: Details) -> dict[str, bytes | None]:
        """By column."""
        texts = _texts(details)
        return {
            column: None if texts[column] is None else self.cipher.seal(texts[column].encode(), _context(column, program_id, member_id))
            for column in COLUMNS
        }

    def opened(self, program_id: UUID, member_id: UUID, row: Mapping[str, bytes | None]) -> Details:
        """Of a row that has the columns; raises Undecipherable."""
        texts = {
            column: None if (sealed := row[column]) is None else self.cipher.open(sealed, _context(column, program_id, member_id)).decode()
            for column in COLUMNS
        }
        return _details(texts)


def _context(column: str, program_id: UUID, member_id: UUID) -> bytes:
    return row_context(f"person.{column}".encode(), program_id, member_id)


def _texts(details: Details) -> dict[str, Any]:
    quiet, guardian = details.quiet_hours, details.guardian
    return {
        "birth_date": details.birth_date.isoformat() if details.birth_date else None,
        "time_zone": details.time_zone,
        "quiet_hours": f"{quiet.begin:%H:%M}-{quiet.until:%H:%M}" if quiet else None,
        "guardian": orjson.dumps({"email": guardian.email, "confirmed_at": guardian.confirmed_at}).decode() if guardian else None,
    }


def _details(texts: Mapping[str, str | None]) -> Details:
    born, zone, quiet, guardian = (texts[column] for column in COLUMNS)
    begin, _, until = (quiet or "").partition("-")
    named = orjson.loads(guardian) if guardian else None
    return Details(
        birth_date=date.fromisoformat(born) if born else None,
        time_zone=zone,
        quiet_hours=QuietHours(time.fromisoformat(begin), time.fromisoformat(until)) if quiet else None,
        guardian=_guardian(named) if named else None,
    )


def _guardian(named: Mapping[str, str | None]) -> Guardian:
    confirmed = named["confirmed_at"]
    return Guardian(str(named["email"]), datetime.fromisoformat(confirmed) if confirmed else None)
