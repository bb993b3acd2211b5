"""Members say who they are: name, language, time zone, quiet hours, birth date (once)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import Enum
from uuid import UUID
from zoneinfo import available_timezones

from honeyguide.audit import Act, Action, actor_of, member_subject, record
from honeyguide.database import Connection
from honeyguide.members import people
from honeyguide.members.call import Call
from honeyguide.members.display_name import checked_name
from honeyguide.members.locale import checked_locale
from honeyguide.members.own_account import OWN_ACCOUNT, is_refused_as_own
from honeyguide.members.people import LockedPerson
from honeyguide.members.person import Details, PersonVault
from honeyguide.programs.age import AgeDecision, is_plausible
from honeyguide.programs.program import Program
from honeyguide.programs.quiet_hours import QuietHours
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict, Refused

OPERATION = "updateProfile"


class Left(Enum):
    """A field that the request leaves as it is; None takes away what was said."""

    AS_IT_IS = "left as it is"


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """`quiet_hours`: two times of the day, HH:MM."""

    idempotency_key: str
    display_name: str | Left | None = field(default=Left.AS_IT_IS, repr=False)
    locale: str | Left = Left.AS_IT_IS
    time_zone: str | Left | None = Left.AS_IT_IS
    quiet_hours: tuple[str, str] | Left | None = Left.AS_IT_IS
    birth_date: date | Left = field(default=Left.AS_IT_IS, repr=False)


@dataclass(frozen=True, slots=True)
class ProfileUpdated:
    replayed: bool


async def update_profile(
    call: Call, vault: PersonVault, request: UpdateProfile, corrected: UUID | None = None, request_id: str | None = None
) -> ProfileUpdated | Refused | KeyConflict:
    """All of it or nothing; of the caller, or of the member whom an operator corrects, which the audit trail keeps.

    INVALID_VALUE with its path; ALREADY_EXISTS: the birth date was set before, which only an operator corrects; TOO_YOUNG, GUARDIAN_NEEDED:
    nobody becomes younger than the program allows by saying so later.
    OWN_ACCOUNT: an operator corrects others.
    """
    changed = _checked(request, call.applied.program, call)
    if isinstance(changed, Refused):
        return changed
    if corrected is not None and await is_refused_as_own(call.database.pool, call.caller, [corrected], "correctBirthDate", call.now):
        return Refused(OWN_ACCOUNT, {"path": ["member"]}, replayed=False)
    member_id = corrected or call.caller.member_id
    try:
        async with call.database.transaction() as connection:
            person = await people.lock_person(connection, call.program_id, member_id)
            if person is None or person.status.is_over:
                return Refused("ACCOUNT_CLOSED", {}, replayed=False)
            await claim_or_roll_back(
                connection, call.program_id, [call.key(OPERATION, request)], member_id=member_id, outcome={"profile": "set"}, now=call.now
            )
            before = vault.opened(call.program_id, member_id, person.sealed)
            if changed.birth_date is not None and corrected is None:
                _check_birth_date(call, before, changed.birth_date)
            await _write(call, connection, vault, member_id, person, before, changed)
            if corrected is not None:
                subject = member_subject(member_id)
                await record(
                    connection, Act(call.program_id, call.now, actor_of(call.caller), Action.CHANGE_MEMBER, subject, request_id=request_id)
                )
    except _BirthDateRefused as refused:
        return Refused(str(refused), {"path": ["birthDate"]}, replayed=False)
    except ClaimedBefore as claimed:
        return ProfileUpdated(replayed=True) if claimed.earlier.same_request else KeyConflict()
    return ProfileUpdated(replayed=False)


@dataclass(frozen=True, slots=True)
class _Changed:
    """As checked; a birth date is never taken away."""

    display_name: str | Left | None = field(repr=False)
    locale: str | Left
    time_zone: str | Left | None
    quiet_hours: QuietHours | Left | None
    birth_date: date | None = field(repr=False)


def _checked(request: UpdateProfile, program: Program, call: Call) -> _Changed | Refused:
    name, locale, zone, born = request.display_name, request.locale, request.time_zone, request.birth_date
    if isinstance(name, str) and (name := checked_name(name)) is None:
        return _invalid("displayName")
    if isinstance(locale, str) and (locale := checked_locale(locale) or "") == "":
        return _invalid("locale")
    if isinstance(zone, str) and zone not in available_timezones():
        return _invalid("timeZone")
    quiet = request.quiet_hours
    hours = _hours(*quiet) if isinstance(quiet, tuple) else quiet
    if isinstance(hours, Refused):
        return hours
    if isinstance(born, date) and not is_plausible(born, program.local_day(call.now)):
        return _invalid("birthDate")
    return _Changed(name, locale, zone, hours, born if isinstance(born, date) else None)


def _hours(begin: str, until: str) -> QuietHours | Refused:
    for text in (begin, until):
        if len(text) != 5 or text[2] != ":" or not (text[:2] + text[3:]).isascii() or not (text[:2] + text[3:]).isdigit():
            return _invalid("quietHours")
    try:
        return QuietHours(time.fromisoformat(begin), time.fromisoformat(until))
    except ValueError:
        return _invalid("quietHours")


async def _write(
    call: Call, connection: Connection, vault: PersonVault, member_id: UUID, person: LockedPerson, before: Details, changed: _Changed
) -> None:
    details = before
    if not isinstance(changed.time_zone, Left):
        details = replace(details, time_zone=changed.time_zone)
    if not isinstance(changed.quiet_hours, Left):
        details = replace(details, quiet_hours=changed.quiet_hours)
    if changed.birth_date is not None:
        details = replace(details, birth_date=changed.birth_date)
    name = person.display_name if isinstance(changed.display_name, Left) else changed.display_name
    if name != person.display_name or details != before:
        await people.write_person(connection, call.program_id, member_id, name, vault.sealed(call.program_id, member_id, details))
    if isinstance(changed.locale, str):
        await people.write_locale(connection, call.program_id, member_id, changed.locale)


def _invalid(name: str) -> Refused:
    return Refused("INVALID_VALUE", {"path": [name]}, replayed=False)


def _check_birth_date(call: Call, before: Details, born: date) -> None:
    program = call.applied.program
    if before.birth_date not in (None, born):
        raise _BirthDateRefused("ALREADY_EXISTS")
    decision = program.age.decide(born, program.local_day(call.now)) if program.age else AgeDecision.OK
    if decision is AgeDecision.TOO_YOUNG or (decision is AgeDecision.GUARDIAN_NEEDED and before.guardian is None):
        raise _BirthDateRefused(str(decision))


class _BirthDateRefused(Exception):
    """Rolls the claim back."""
