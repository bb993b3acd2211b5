"""What is known of a person, as the person and the operator see it: consents, quiet hours, birth date."""

from __future__ import annotations

from base64 import b64decode
from datetime import date, datetime
from typing import Any

import strawberry

from honeyguide.api.types.lists import list_field
from honeyguide.api.types.standing import Standing
from honeyguide.members.contact import Consent as Said
from honeyguide.members.person import COLUMNS, Details
from honeyguide.members.quiet import quiet_for
from honeyguide.programs.localised import in_language


@strawberry.type(description="A purpose that members are asked to consent to, and what this one said last.")
class Consent:
    purpose: str = strawberry.field(description="The program's code of it.")
    text: str = strawberry.field(description="What the person is asked, in the caller's language; as it is asked today.")
    text_version: int = strawberry.field(description="Of the words that are asked today.")
    given: bool = strawberry.field(description="Whether the person consents; false where nobody ever said anything.")
    at: datetime | None = strawberry.field(description="When the person said so; null where nobody ever did.")
    source: str | None = strawberry.field(description="Where: APP, PAGE, PARTNER, OPERATOR or GUARDIAN.")
    version: int | None = strawberry.field(description="Of the words that the person was shown.")


@strawberry.type(description="Hours in which the member is not written to.")
class QuietHours:
    begin: str = strawberry.field(name="from", description="When it becomes quiet, HH:MM.")
    until: str = strawberry.field(description="When it ends, HH:MM; over midnight where it is earlier than `from`.")
    time_zone: str = strawberry.field(description="By whose clock: IANA name.")
    is_own: bool = strawberry.field(description="Whether the member chose them; else they are the program's.")


def consents(standing: Standing) -> list[Consent]:
    """Every purpose of the program in force, in the order of its file."""
    context = standing.context
    said = {row["purpose"]: row for row in standing.read["consents"]}
    return [consent(context, purpose, said.get(purpose)) for purpose in context.program.consents]


def consent(context: Any, purpose: str, said: Any) -> Consent:
    """`said`: a row of the dashboard, None where nobody said anything."""
    program = context.program
    terms = program.consents[purpose]
    return Consent(
        purpose=purpose,
        text=in_language(terms.text, context.language, program.default_locale),
        text_version=terms.version,
        given=bool(said and said["given"]),
        at=datetime.fromisoformat(said["at"]) if said else None,
        source=said["source"].partition(":")[0] if said else None,
        version=said["text_version"] if said else None,
    )


def said_row(said: Said) -> dict[str, Any]:
    """What the use case answers, as the dashboard reads it."""
    return {"given": said.given, "at": said.at.isoformat(), "source": said.source, "text_version": said.text_version}


def details(standing: Standing) -> Details:
    row = standing.read["person"]
    if row is None:
        return Details()
    sealed = {column: b64decode(row[column]) if row[column] is not None else None for column in COLUMNS}
    return standing.context.services.vault.opened(standing.context.caller.program_id, standing.member_id, sealed)


def quiet_hours(standing: Standing) -> QuietHours | None:
    known = details(standing)
    quiet = quiet_for(standing.context.program, known)
    hours = quiet.hours
    if hours is None or hours.begin == hours.until:
        return None
    return QuietHours(
        begin=f"{hours.begin:%H:%M}",
        until=f"{hours.until:%H:%M}",
        time_zone=quiet.zone.key,
        is_own=known.quiet_hours is not None,
    )


def _birth_date(self: Any) -> date | None:
    return details(self.standing).birth_date


def consents_field() -> Any:
    def resolve(self: Any) -> list[Consent]:
        return consents(self.standing)

    return list_field("What the member is asked to consent to, and what the member said.", 50, resolver=resolve)


def quiet_hours_field() -> Any:
    def resolve(self: Any) -> QuietHours | None:
        return quiet_hours(self.standing)

    return strawberry.field(resolver=resolve, description="When the member is not written to; null: at no time.")


def birth_date_field() -> Any:
    return strawberry.field(resolver=_birth_date, description="The birth date; null where nobody said it.")
