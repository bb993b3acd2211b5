"""What the trail keeps of one act: who, what, whom it concerned, and why in codes; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from honeyguide.audit.actions import Action
from honeyguide.caller import Caller

LARGEST_DETAIL = 4_000  # bytes of its JSON; the table's own check is looser, for it counts PostgreSQL's spaces
MOST_MEMBERS = 500
LONGEST_NAME = 300
# Codes, ids, dates and numbers: no room for an address or a sentence, so nothing that somebody typed gets in by mistake.
_CODE = re.compile(r"[A-Za-z0-9_.:/+|#,-]{0,128}")


class SubjectKind(StrEnum):
    """What kind of thing an act was done to."""

    APPROVAL = "APPROVAL"
    CASHIER = "CASHIER"
    CREDENTIAL = "CREDENTIAL"
    LOCATION = "LOCATION"
    MEMBER = "MEMBER"
    MEMBERS = "MEMBERS"  # several, or a search for some: `members` names them
    PARKED_POST = "PARKED_POST"
    PARTNER = "PARTNER"
    PROGRAM = "PROGRAM"
    PROVIDER = "PROVIDER"
    TRAIL = "TRAIL"


class Unfit(ValueError):
    """An act that the trail must not keep: a bug of who made it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: `name` is `operator:<subject>`, `partner:<id>`, `member:<id>`, `cli:<user>` or `system:<job>`."""

    name: str
    audience: str
    credential_id: str | None = None

    def __post_init__(self) -> None:
        if not self.name.isprintable() or not 1 <= len(self.name) <= LONGEST_NAME:
            raise Unfit("the name of an actor has 1 to 300 printable characters")


@dataclass(frozen=True, slots=True)
class Subject:
    """What it was done to: a pseudonym or a code, never a name, an address or a number that is printed on a card."""

    kind: SubjectKind
    key: str

    def __post_init__(self) -> None:
        if not self.key.isprintable() or not 1 <= len(self.key) <= LONGEST_NAME:
            raise Unfit("the key of a subject has 1 to 300 printable characters")


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the trail. `members` are all whose data were changed or seen, beside a subject that is a member.

    `detail` holds codes, ids, dates, whole numbers and lists and objects of them; raises Unfit for anything else.
    """

    program_id: UUID
    at: datetime
    actor: Actor
    action: Action
    subject: Subject
    members: tuple[UUID, ...] = ()
    request_id: str | None = None
    approval_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.members) > MOST_MEMBERS:
            raise Unfit(f"an act names at most {MOST_MEMBERS} members")
        _check(self.detail)
        if len(orjson.dumps(self.detail)) > LARGEST_DETAIL:
            raise Unfit(f"the detail of an act has at most {LARGEST_DETAIL} bytes")

    @property
    def concerned(self) -> tuple[UUID, ...]:
        """Every member of this act, once."""
        itself = (UUID(self.subject.key),) if self.subject.kind is SubjectKind.MEMBER else ()
        return tuple(dict.fromkeys((*itself, *self.members)))


def actor_of(caller: Caller) -> Actor:
    return Actor(caller.scope, str(caller.audience), caller.credential_id)


def at_the_command_line(user: str) -> Actor:
    """Who runs a command: the user of the operating system."""
    return Actor(f"cli:{user}", "cli")


def by_itself(job: str) -> Actor:
    """A job of the worker, such as retention."""
    return Actor(f"system:{job}", "system")


def member_subject(member_id: UUID) -> Subject:
    return Subject(SubjectKind.MEMBER, str(member_id))


def _check(value: Any) -> None:
    match value:
        case None | bool() | int():
            return
        case str():
            if not _CODE.fullmatch(value):
                raise Unfit("a text in the detail of an act is a code of at most 128 letters, digits and _.:/+|#,-")
        case Mapping():
            for name, below in value.items():
                _check(name)
                _check(below)
        case list() | tuple():
            for below in value:
                _check(below)
        case _:
            raise Unfit(f"a {type(value).__name__} has no place in the detail of an act")
