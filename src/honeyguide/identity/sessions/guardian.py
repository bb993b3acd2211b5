"""A guardian is asked before a young person becomes a member: all that was said travels in his link, encrypted, and nothing is stored (R57)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson

from honeyguide.encryption import Undecipherable
from honeyguide.identity.sessions.desk import SignInDesk, name_of
from honeyguide.identity.sessions.letters import told
from honeyguide.members.identifiers import IdentifierKind
from honeyguide.members.joining import Joined
from honeyguide.members.new_member import new_member
from honeyguide.members.person import Guardian
from honeyguide.members.set_consent import ConsentWish, wished
from honeyguide.members.store import Identifier
from honeyguide.programs.age import AgeDecision
from honeyguide.programs.current import Applied

LIFE = timedelta(days=7)
LONGEST_TOKEN = 2_000
SOURCE = "GUARDIAN"
_CONTEXT = b"guardian link v1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a guardian is asked to agree to."""

    program_id: UUID
    email: str = field(repr=False)
    display_name: str | None = field(repr=False)
    birth_date: date = field(repr=False)
    guardian: str = field(repr=False)
    locale: str
    consents: tuple[ConsentWish, ...]
    ends_at: datetime


def ask_guardian(
    desk: SignInDesk,
    applied: Applied,
    email: str,
    locale: str,
    joined: Joined,
    consents: Sequence[ConsentWish],
    language: str,
    now: datetime,
) -> None:
    """A letter to the guardian; the bound of letters is that of codes, of which one was used up for it."""
    details = joined.details
    assert details.guardian is not None and details.birth_date is not None
    asked = Asked(
        applied.program_id, email, joined.display_name, details.birth_date, details.guardian.email, locale, tuple(consents), now + LIFE
    )
    link = f"{desk.url}/guardian/{seal_asked(desk, asked)}"
    name = joined.display_name or email
    desk.outbox.put(told(asked.guardian, "guardian", name_of(applied, language), language, now, link=link, name=name))


def seal_asked(desk: SignInDesk, asked: Asked) -> str:
    said = {
        "program": str(asked.program_id),
        "email": asked.email,
        "name": asked.display_name,
        "born": asked.birth_date,
        "guardian": asked.guardian,
        "locale": asked.locale,
        "consents": [[wish.purpose, wish.given] for wish in asked.consents],
        "ends": int(asked.ends_at.timestamp()),
    }
    return urlsafe_b64encode(desk.guardians.seal(orjson.dumps(said), _CONTEXT)).rstrip(b"=").decode("ascii")


def open_asked(desk: SignInDesk, token: str, now: datetime) -> Asked | None:
    """None: not ours, cut, or its days are over - nobody is told which."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        said = orjson.loads(desk.guardians.open(urlsafe_b64decode(token + "=" * (-len(token) % 4)), _CONTEXT))
    except (ValueError, Undecipherable):
        return None
    ends_at = datetime.fromtimestamp(said["ends"], now.tzinfo)
    if ends_at <= now:
        return None
    consents = tuple(ConsentWish(purpose, given) for purpose, given in said["consents"])
    born = date.fromisoformat(said["born"])
    return Asked(UUID(said["program"]), said["email"], said["name"], born, said["guardian"], said["locale"], consents, ends_at)


async def agree(desk: SignInDesk, applied: Applied, asked: Asked, now: datetime) -> bool:
    """The young person is a member from now on, with what the guardian agrees to; a second time changes nothing. False: too young by now's rules."""
    program = applied.program
    if program.age is not None and program.age.decide(asked.birth_date, program.local_day(now)) is AgeDecision.TOO_YOUNG:
        return False
    wishes = [wish for wish in asked.consents if wish.purpose in program.consents]
    said = wished(program, wishes, now, SOURCE)
    assert not isinstance(said, str)
    joined = Joined(asked.display_name, consents=tuple(said))
    joined = replace(joined, details=replace(joined.details, birth_date=asked.birth_date, guardian=Guardian(asked.guardian, now)))
    async with desk.database.transaction() as connection:
        await new_member(connection, applied, desk.vault, [Identifier(IdentifierKind.EMAIL, asked.email)], asked.locale, joined, now)
    return True
