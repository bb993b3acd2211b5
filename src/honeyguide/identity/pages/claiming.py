"""The receipt of who just joined or signed in is claimed for him (R54)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from honeyguide.caller import Audience, Caller
from honeyguide.coalition.directory import Partners
from honeyguide.database import Database
from honeyguide.members.call import Call
from honeyguide.members.lookup import LookupPolicy
from honeyguide.programs.current import Applied, Programs
from honeyguide.sealed import SealKey
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.outcomes import Posted
from honeyguide.till.till import Till
from honeyguide.transactions.claim_transaction import ClaimRequest, claim_transaction
from honeyguide.transactions.watch import Watch


@dataclass(frozen=True, slots=True)
class Claiming:
    database: Database
    till: Till
    programs: Programs
    partners: Partners
    claims: ClaimHasher
    handle_key: SealKey
    watch: Watch

    async def claim(self, applied: Applied, member_id: UUID, token: str, now: datetime) -> bool:
        """Whether the purchase is the member's now, by this or by an earlier visit of his."""
        caller = Caller(Audience.MEMBER, applied.program_id, str(member_id))
        policy = LookupPolicy(applied.program_id, None, self.handle_key)
        call = Call(self.database, self.till, applied, caller, policy, self.claims, now)
        key = f"page {hashlib.sha256(token.encode()).hexdigest()}"
        return isinstance(await claim_transaction(call, self.programs, self.partners, ClaimRequest(key, token), self.watch), Posted)
