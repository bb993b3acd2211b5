"""One call of a member or an operator: what a use case needs beside the request, put together once for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.caller import Caller
from honeyguide.database import Database
from honeyguide.members.lookup import LookupPolicy
from honeyguide.programs.current import Applied
from honeyguide.till.claims import ClaimHasher, Keyed
from honeyguide.till.intent import Key
from honeyguide.till.till import Till


@dataclass(frozen=True, slots=True)
class Call:
    """`now` is the time of the request, the books take their own under the lock."""

    database: Database
    till: Till
    applied: Applied
    caller: Caller
    policy: LookupPolicy
    claims: ClaimHasher
    now: datetime

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    def key(self, operation: str, request: Keyed) -> Key:
        return self.claims.key(self.caller, operation, request)
