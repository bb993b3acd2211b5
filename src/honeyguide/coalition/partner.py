"""A partner of the coalition and its locations, as everybody reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Location:
    """A place of sale; `time_zone` is an IANA name, None means the program's."""

    code: str
    name: str
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """`code` is what the program file calls the partner; locations by their code, sorted."""

    partner_id: UUID
    code: str
    name: str
    created_at: datetime
    locations: Mapping[str, Location]
