"""A guardian is asked before a young person becomes a member: all that was said travels in his link, encrypted, and nothing is stored (R57).

Who joined at a till is a member already, and consents to nothing until his guardian has agreed.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import orjson

from honeyguide.encryption import Undecipherable
from honeyguide.identity.sessions.desk import SignInDesk, name_of, spoken
from honeyguide.identity.sessions.letters import told
from honeyguide.identity.sessions.send_code import may_write
from honeyguide.identity.store import take_nonce
from honeyguide.members import people
from honeyguide.members.address import read_address
from honeyguide.members.answer_grid import OnTheGrid
from honeyguide.members.confirm_guardian import confirm_guardian
from honeyguide.members.identifiers import IdentifierKind, normal_email
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


class Agreement(StrEnum):
    """By what the page says of it."""

    AGREED = "agreed"
    TOO_YOUNG = "too_young"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a guardian is asked to agree to; `member_id` of who is a member already, and may be known by a phone number only."""

    program_id: UUID
    email: str | None = field(repr=False)
    display_name: str | None = field(repr=False)
    birth_date: date = field(repr=False)
    guardian: str = field(repr=False)
    locale: str
    consents: tuple[ConsentWish, ...]
    ends_at: datetime
    member_id: UUID | None = None
    phone: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.display_name or self.email or self.phone or ""


async def ask_guardian(
    desk: SignInDesk,
    applied: Applied,
    email: str,
    locale: str,
    joined: Joined,
    consents: Sequence[ConsentWish],
    language: str,
    now: datetime,
) -> None:
    """A letter to the guardian, unless that mailbox has had its letters of this hour."""
    details = joined.details
    assert details.guardian is not None and details.birth_date is not None
    asked = Asked(
        applied.program_id, email, joined.display_name, details.birth_date, details.guardian.email, locale, tuple(consents), now + LIFE
    )
    if await may_write(desk, applied, asked.guardian, now):
        _write(desk, applied, asked, "guardian", language, now)


async def ask_guardian_of(
    desk: SignInDesk, applied: Applied, member_id: UUID, address: str, consents: Sequence[ConsentWish], now: datetime
) -> None:
    """The same for who was enrolled at a till; no letter where the member does not wait for this guardian, in the same time."""
    guardian = normal_email(address)
    if guardian is None:
        return
    grid = OnTheGrid()
    await _ask_of(desk, applied, member_id, guardian, consents, now)
    await grid.leave()


async def _ask_of(
    desk: SignInDesk, applied: Applied, member_id: UUID, guardian: str, consents: Sequence[ConsentWish], now: datetime
) -> None:
    may = await may_write(desk, applied, guardian, now)
    async with desk.database.transaction() as connection:
        person = await people.lock_person(connection, applied.program_id, member_id)
        reached = await read_address(connection, applied.program_id, member_id)
    if person is None or reached is None or person.status.is_over or not may:
        return
    details = desk.vault.opened(applied.program_id, member_id, person.sealed)
    if not details.waits_for_guardian or details.guardian is None or details.guardian.email != guardian or details.birth_date is None:
        return
    given = tuple(wish for wish in consents if wish.given)
    asked = Asked(
        applied.program_id,
        reached.email,
        person.display_name,
        details.birth_date,
        guardian,
        person.locale,
        given,
        now + LIFE,
        member_id,
        reached.phone,
    )
    _write(desk, applied, asked, "guardian_of_member", spoken([person.locale], applied), now)


def _write(desk: SignInDesk, applied: Applied, asked: Asked, kind: str, language: str, now: datetime) -> None:
    link = f"{desk.url}/guardian/{seal_asked(desk, asked)}"
    desk.outbox.put(told(asked.guardian, kind, name_of(applied, language), language, now, link=link, name=asked.name))


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
        "member": str(asked.member_id) if asked.member_id else None,
        "phone": asked.phone,
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
    return Asked(
        UUID(said["program"]),
        said["email"],
        said["name"],
        date.fromisoformat(said["born"]),
        said["guardian"],
        said["locale"],
        tuple(ConsentWish(purpose, given) for purpose, given in said["consents"]),
        ends_at,
        UUID(said["member"]) if said.get("member") else None,
        said.get("phone"),
    )


async def agree(desk: SignInDesk, applied: Applied, asked: Asked, now: datetime) -> Agreement:
    """The young person is a member from now on, with what the guardian agrees to; a second time changes nothing."""
    program = applied.program
    if program.age is not None and program.age.decide(asked.birth_date, program.local_day(now)) is AgeDecision.TOO_YOUNG:
        return Agreement.TOO_YOUNG
    wishes = [wish for wish in asked.consents if wish.purpose in program.consents]
    if asked.member_id is not None:
        agreed = await confirm_guardian(desk.database, desk.vault, applied, asked.member_id, asked.guardian, wishes, now)
        return Agreement.AGREED if agreed else Agreement.UNKNOWN
    assert asked.email is not None  # who joins alone has proved it
    said = wished(program, wishes, now, SOURCE)
    assert not isinstance(said, str)
    joined = Joined(asked.display_name, consents=tuple(said))
    joined = replace(joined, details=replace(joined.details, birth_date=asked.birth_date, guardian=Guardian(asked.guardian, now)))
    names = [Identifier(IdentifierKind.EMAIL, asked.email)]
    async with desk.database.transaction() as connection:
        # Once: who left, or was erased, does not come back by an old letter.
        if await take_nonce(connection, _nonce(desk, asked), asked.ends_at):
            await new_member(connection, applied, desk.vault, names, asked.locale, joined, now)
    return Agreement.AGREED


def _nonce(desk: SignInDesk, asked: Asked) -> bytes:
    """Keyed, as it is made of addresses."""
    return desk.codes.hash(desk.codes.subject(asked.program_id, f"{asked.email} {asked.guardian}"), f"guardian {asked.ends_at.timestamp()}")
