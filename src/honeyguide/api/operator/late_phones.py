"""The operator sees which phones lag, and what phones complain of (R44, A50)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.types.described import described
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import After, Before, First, Last, PageInfo, cursor_of, given, moment, page_info, page_of
from honeyguide.wallet.phones import late_phones as late
from honeyguide.wallet.phones import phone_log as log
from honeyguide.wallet.phones.device_log import LoggedLine

_KEY = (moment, UUID, moment)


@strawberry.type(
    description="A phone that shows less than the books hold. One that was pushed and does not fetch is off, or ignores pushes."
)
class LatePhone:
    member: strawberry.ID = strawberry.field(description="Whose card it holds.")
    style: str = strawberry.field(description="The card's style, such as membership.")
    installed_at: datetime = strawberry.field(description="When the phone took the card.")
    behind_since: datetime = strawberry.field(description="When the oldest change that it lacks was committed.")
    pushed_at: datetime | None = strawberry.field(description="When APNs last took a push for it; null for never.")
    fetched_at: datetime | None = strawberry.field(description="When it last fetched the card; null for never.")
    version: str | None = strawberry.field(description="The member's version that it fetched.")
    tries: int = strawberry.field(description="Pushes tried since the last one that APNs took.")


@strawberry.type(description="A late phone in a list.")
class LatePhoneEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: LatePhone = strawberry.field(description="The phone.")


@strawberry.type(description="A page of late phones.")
class LatePhoneConnection:
    edges: list[LatePhoneEdge] = strawberry.field(description="The phones of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


@described(
    "What a phone was doing.",
    REGISTER="It asked to hear of a card's changes.",
    UNREGISTER="It asked to hear of them no longer.",
    LIST="It asked which cards changed.",
    FETCH="It fetched a card.",
    PERSONALIZE="Its owner said who he is.",
    OTHER="Anything else.",
)
class PhoneTask(StrEnum):
    REGISTER = "REGISTER"
    UNREGISTER = "UNREGISTER"
    LIST = "LIST"
    FETCH = "FETCH"
    PERSONALIZE = "PERSONALIZE"
    OTHER = "OTHER"


@strawberry.type(
    description="A line that an iPhone logged at us. Anybody can send one: trust nothing in it, and escape it where it is shown."
)
class PhoneLogLine:
    at: datetime = strawberry.field(description="When it came.")
    task: PhoneTask = strawberry.field(description="What the phone was doing.")
    pass_type: str | None = strawberry.field(description="The pass type that it names.")
    serial: str | None = strawberry.field(description="The serial number that it names.")
    code: int | None = strawberry.field(description="The response code that it complains of.")
    text: str = strawberry.field(description="The line, printable, without device ids; up to 500 characters.")


async def late_phones(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> LatePhoneConnection:
    context = info.context
    page = page_of(_KEY, given(first), given(after), given(last), given(before))
    found = await late.late_phones(context.services.database.pool, context.caller.program_id, page.section)
    rows, info_of_page = page_info(page, found, _key)
    return LatePhoneConnection(edges=[LatePhoneEdge(cursor=cursor_of(_key(row)), node=_phone(row)) for row in rows], page_info=info_of_page)


async def phone_log(info: Info) -> list[PhoneLogLine]:
    context = info.context
    lines = await log.phone_log(context.services.database.pool, context.caller.program_id, context.now)
    return [_line(line) for line in lines]


def _line(line: LoggedLine) -> PhoneLogLine:
    return PhoneLogLine(
        at=line.at, task=PhoneTask(line.task.upper()), pass_type=line.pass_type, serial=line.serial, code=line.code, text=line.text
    )


def _key(row: late.LatePhone) -> tuple[str, str, str]:
    return row.behind_since.isoformat(), str(row.pass_id), row.registered_at.isoformat()


def _phone(row: late.LatePhone) -> LatePhone:
    return LatePhone(
        member=strawberry.ID(str(NodeId(NodeKind.MEMBER, row.member_id))),
        style=row.style,
        installed_at=row.registered_at,
        behind_since=row.behind_since,
        pushed_at=row.pushed_at,
        fetched_at=row.fetched_at,
        version=None if row.version is None else str(row.version),
        tries=row.tries,
    )
