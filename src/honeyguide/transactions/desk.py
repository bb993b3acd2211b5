"""The desk: all that a partner's use case needs beside its request, put together once for each call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from honeyguide.caller import Caller
from honeyguide.coalition.business_date import business_date
from honeyguide.coalition.partner import Partner
from honeyguide.database import Database
from honeyguide.members.lookup import LookupPolicy
from honeyguide.programs.current import Applied, Programs
from honeyguide.till.claims import ClaimHasher, Keyed
from honeyguide.till.intent import Key
from honeyguide.till.till import Till


@dataclass(frozen=True, slots=True)
class Desk:
    """One partner at one moment; `now` is the time of the request, the books take their own under the lock."""

    database: Database
    till: Till
    applied: Applied
    caller: Caller
    partner: Partner
    policy: LookupPolicy
    claims: ClaimHasher
    now: datetime
    programs: Programs  # what was in force when something happened

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    def key(self, operation: str, request: Keyed) -> Key:
        return self.claims.key(self.caller, operation, request)

    def knows(self, location: str | None) -> bool:
        return location is None or location in self.partner.locations

    def business_date(self, occurred_at: datetime, location: str | None) -> date:
        zone = self.partner.locations[location].time_zone if location is not None else None
        return business_date(occurred_at, zone, self.applied.program.time_zone)
