"""A member consents to a purpose, or withdraws it: as easily as it was given (R57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.members import people
from honeyguide.members.call import Call
from honeyguide.members.contact import Consent, in_force
from honeyguide.members.person import PersonVault
from honeyguide.programs.program import Program
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict, Refused

OPERATION = "setConsent"
# Giving is bounded, and with it withdrawing, which is never refused.
MOST_A_DAY = 20


@dataclass(frozen=True, slots=True)
class SetConsent:
    idempotency_key: str
    purpose: str
    given: bool


@dataclass(frozen=True, slots=True)
class ConsentWish:
    """What a person ticked while joining."""

    purpose: str
    given: bool


@dataclass(frozen=True, slots=True)
class ConsentSet:
    consent: Consent
    replayed: bool


async def set_consent(call: Call, vault: PersonVault, request: SetConsent, source: str = "APP") -> ConsentSet | Refused | KeyConflict:
    """NOT_FOUND: no such purpose; GUARDIAN_NEEDED: the guardian has not agreed yet; LIMIT_EXCEEDED: said yes too often today."""
    terms = call.applied.program.consents.get(request.purpose)
    if terms is None:
        return Refused("NOT_FOUND", {"path": ["purpose"]}, replayed=False)
    member_id = call.caller.member_id
    said = Consent(request.purpose, request.given, call.now, source, terms.version)
    try:
        async with call.database.transaction() as connection:
            person = await people.lock_person(connection, call.program_id, member_id)
            if person is None or person.status.is_over:
                return Refused("ACCOUNT_CLOSED", {}, replayed=False)
            await claim_or_roll_back(
                connection, call.program_id, [call.key(OPERATION, request)], member_id=member_id, outcome={"consent": "set"}, now=call.now
            )
            if request.given and vault.opened(call.program_id, member_id, person.sealed).waits_for_guardian:
                raise _No("GUARDIAN_NEEDED")
            known = in_force(await people.consents_of(connection, call.program_id, member_id)).get(request.purpose)
            if known is not None and (known.given, known.text_version) == (said.given, said.text_version):
                return ConsentSet(known, replayed=False)
            since = call.now - timedelta(days=1)
            if said.given and await people.count_consents(connection, call.program_id, member_id, said.purpose, since) >= MOST_A_DAY:
                raise _No("LIMIT_EXCEEDED")
            await people.insert_consents(connection, call.program_id, member_id, [said])
            return ConsentSet(said, replayed=False)
    except _No as no:
        return Refused(no.code, {"path": ["given"]}, replayed=False)
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request:
            return KeyConflict()
    now_in_force = in_force(await people.consents_of(call.database.pool, call.program_id, member_id))
    return ConsentSet(now_in_force.get(request.purpose, said), replayed=True)


def wished(program: Program, wishes: Sequence[ConsentWish], at: datetime, source: str) -> list[Consent] | str:
    """What a person who joins said, as it is kept; or the first purpose that the program does not have."""
    said = {wish.purpose: wish.given for wish in wishes}
    unknown = next((purpose for purpose in said if purpose not in program.consents), None)
    if unknown is not None:
        return unknown
    return [Consent(purpose, given, at, source, program.consents[purpose].version) for purpose, given in said.items()]


def source_of_partner(partner_id: UUID) -> str:
    return f"PARTNER:{partner_id}"


class _No(Exception):
    """Rolls the claim back: a refusal is not kept under the key."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
