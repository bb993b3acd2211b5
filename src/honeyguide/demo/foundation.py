"""What stands before the first process starts: keys, certificates, the program in force, who may operate it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from uuid import UUID

from honeyguide.caller import Audience, Caller
from honeyguide.coalition import store as coalition
from honeyguide.database import Database
from honeyguide.identity.access import SCOPES
from honeyguide.identity.keys import KeyRing, issuer_of, key_ring_of
from honeyguide.identity.tokens import issue_token
from honeyguide.members.lookup import LookupKind, LookupPolicy, MemberLookup, MemberRef, find_member
from honeyguide.programs.apply_program import ProgramChanged, apply_program
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.settings import Settings
from honeyguide.wallet.certificates.of_settings import AppleFiles, apple_files
from honeyguide.wallet.google.account import development_service_account

PROGRAM_FILE = "grocer-and-fuel.yaml"
# Long enough to try a day long; the tokens of /oauth/token live half an hour.
TOKEN_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Foundation:
    """`token(caller)` signs for this demo's callers."""

    program_id: UUID
    ring: KeyRing
    issuer: str
    apple: AppleFiles
    started_at: datetime

    def token(self, audience: Audience, subject: str) -> str:
        caller = Caller(audience, self.program_id, subject, SCOPES[audience])
        return issue_token(self.ring, issuer=self.issuer, caller=caller, now=self.started_at, lifetime=TOKEN_LIFE)


async def lay_foundation(settings: Settings, database: Database, now: datetime) -> Foundation:
    """Make what is missing, keep what is there."""
    apple = apple_files(settings, now)
    development_service_account(settings.data_dir)
    ring = key_ring_of(settings)
    source = resources.files("honeyguide.programs").joinpath("gallery", PROGRAM_FILE).read_text(encoding="utf-8")
    async with database.pool.acquire() as connection:
        applied = await apply_program(connection, source=source, applied_by="honeyguide demo", now=now)
    if isinstance(applied, ProgramInvalid | ProgramChanged):
        raise RuntimeError(f"the demo's program file is not accepted: {applied}")
    return Foundation(applied.program_id, ring, issuer_of(settings), apple, now)


async def partner_ids(database: Database, foundation: Foundation) -> dict[str, UUID]:
    """The partners by code, for their tokens."""
    return {partner.code: partner.partner_id for partner in await coalition.partners(database.pool, foundation.program_id)}


async def member_of(database: Database, foundation: Foundation, email: str) -> MemberRef:
    policy = LookupPolicy(foundation.program_id, None, b"")
    member = await find_member(database.pool, policy, MemberLookup(LookupKind.EMAIL, email), foundation.started_at)
    assert member is not None, "the replay enrolled this household"
    return member
