"""The desk: all that a partner's use case needs beside its request, put together once for each call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from honeyguide.caller import Caller
from honeyguide.coalition.business_date import business_date
from honeyguide.coalition.freezes import TillPlace
from honeyguide.coalition.partner import Partner
from honeyguide.database import Database
from honeyguide.members.lookup import LookupPolicy, MemberRef
from honeyguide.programs.current import Applied, Programs
from honeyguide.till.claims import ClaimHasher, Keyed
from honeyguide.till.intent import Key
from honeyguide.till.till import Till
from honeyguide.transactions.watch import AtTill, Watch


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
    watch: Watch = field(default_factory=Watch)

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    def key(self, operation: str, request: Keyed) -> Key:
        return self.claims.key(self.caller, operation, request)

    def misplaced(self, location: str | None) -> str | None:
        """OTHER_LOCATION for a credential of one shop that names another or none, UNKNOWN_LOCATION; None: it may be used here."""
        if self.caller.location not in (None, location):
            return "OTHER_LOCATION"
        return None if location is None or location in self.partner.locations else "UNKNOWN_LOCATION"

    def at(self, location: str | None, cashier: str | None, member: MemberRef | None = None) -> AtTill:
        """Where this is asked, for the watch; a credential of one shop stands in that shop."""
        place = location or self.caller.location
        till = TillPlace(self.program_id, self.partner.partner_id, place, cashier, self.caller.credential_id)
        return AtTill(self.applied.program, till, self.partner, member, self.now)

    def business_date(self, occurred_at: datetime, location: str | None) -> date:
        zone = self.partner.locations[location].time_zone if location is not None else None
        return business_date(occurred_at, zone, self.applied.program.time_zone)
