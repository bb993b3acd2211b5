"""One call of a member or an operator: what a use case needs beside the request, put together once for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """`now` is the time of the request, the books take their own under the lock.

    `under`: the key that was made of the request as it was sent, where its members are named by id since. `approval`: by which approval,
    and by whom it was given, where the caller may not act alone; kept with what is posted.
    """

    database: Database
    till: Till
    applied: Applied
    caller: Caller
    policy: LookupPolicy
    claims: ClaimHasher
    now: datetime
    under: Key | None = None
    approval: Mapping[str, str] = field(default_factory=dict)

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    def key(self, operation: str, request: Keyed) -> Key:
        return self.under or self.claims.key(self.caller, operation, request)
