"""The member's accounts: each at once, then whichever changed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import astuple
from typing import Any, cast

from honeyguide.api.context import Info, RequestContext
from honeyguide.api.dashboard import Part, account_parts
from honeyguide.api.live.changes import Event, Read, fingerprint, followed
from honeyguide.api.lookahead import Selection, selection_of
from honeyguide.api.types import statement
from honeyguide.api.types.account import Account

PROFILE = Part("profile", "profile")


async def account_changed(info: Info) -> AsyncGenerator[Account, None]:
    return cast("AsyncGenerator[Account, None]", _changes(info.context, selection_of(info)))


async def _changes(context: RequestContext, selection: Selection) -> AsyncIterator[Event]:
    caller, told = context.caller, dict[str, bytes]()
    with context.services.hub.watching(caller.program_id, caller.member_id) as wake:
        async for read in followed(context, wake, lambda at: [PROFILE, *account_parts(selection, at.program)]):
            events = _news(read, told)
            del read  # what is kept here is kept of thousands who wait
            while events:
                yield events.pop(0)


def _news(read: Read, told: dict[str, bytes]) -> list[Event]:
    """The accounts that differ from what was told, which is brought up to date."""
    events = []
    for account in statement.accounts(read.standing.read, read.context.program, read.standing.member_id):
        seen = fingerprint(_figures(account))
        if told.get(account.unit.code) != seen:
            told[account.unit.code] = seen
            events.append(Event(account, read.context))
    return events


def _figures(account: Account) -> list[Any]:
    dates = [astuple(lot) for lots in (account.pending_lots, account.expiring) for lot in lots]
    return [account.available, account.held, account.debt, account.pending, dates]
