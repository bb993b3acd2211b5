"""What these pages share: words, frame, limits by address, and who may send a form."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from honeyguide.database.database import DOWN
from honeyguide.identity.buckets import Buckets, address_name
from honeyguide.identity.forms import is_foreign, read_body, read_form
from honeyguide.identity.pages.texts import TEXTS
from honeyguide.identity.sessions.desk import SignInDesk, spoken
from honeyguide.pages import Frame, wishes_of
from honeyguide.programs.current import Applied
from honeyguide.programs.localised import in_language

# The address of a page from which this member adds the card.
CardLink = Callable[[Applied, UUID, datetime], Awaitable[str]]
Handler = Callable[["Visit"], Awaitable[Response]]
_NOTHING: dict[str, Any] = {"program": None, "text": None, "wrong": None, "step": None, "link": None, "fields": {}}
_log = logging.getLogger(__name__)


class Visit:
    """One request for a page: in which language, of which program, with which form."""

    def __init__(self, desk: SignInDesk, request: Request, applied: Applied | None) -> None:
        self.desk, self.request, self.now = desk, request, desk.clock()
        self.form: dict[str, str] = {}
        self.at(applied)

    def at(self, applied: Applied | None) -> None:
        self._applied = applied
        self.language = spoken(wishes_of(self.request), applied)
        self.texts = TEXTS[self.language]
        self.name = in_language(applied.program.name, self.language, applied.program.default_locale) if applied else None

    @property
    def applied(self) -> Applied:
        assert self._applied is not None, "the page is of a program"
        return self._applied

    @property
    def address(self) -> str:
        return address_name(self.request.client.host if self.request.client else None)

    def may(self, bucket: Buckets) -> Response | None:
        """The page that says when to come back; None where one may go on."""
        return self._later(bucket.take(self.address))

    def may_still(self, bucket: Buckets) -> Response | None:
        """The same where only what goes wrong is counted, afterwards."""
        return self._later(bucket.wait(self.address))

    def _later(self, wait: float) -> Response | None:
        if wait == 0:
            return None
        page = self.say("busy", HTTPStatus.TOO_MANY_REQUESTS, minutes=str(int(wait // 60) + 1))
        page.headers["Retry-After"] = str(int(wait) + 1)
        return page

    def say(self, what: str, status: HTTPStatus = HTTPStatus.OK, *, link: str | None = None, **facts: str) -> Response:
        return self.page(what, status, text=self.texts[what].format(program=self.name, **facts), link=link, facts=facts)

    def page(self, what: str, status: HTTPStatus = HTTPStatus.OK, *, facts: dict[str, str] | None = None, **values: Any) -> Response:
        """`what` chooses the title."""
        title = self.texts[f"{what}_title"].format(program=self.name, **(facts or {}))
        frame = Frame("honeyguide.identity", forms=f"'self' {self.desk.url}")
        return frame.page(
            "ask.html", status, self.language, **{**_NOTHING, "program": self.name, "title": title, "texts": self.texts, **values}
        )


def guarded(desk: SignInDesk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Forms of other sites are refused, and an outage is a page too."""

    async def answer(request: Request) -> Response:
        visit = Visit(desk, request, None)
        if request.method == "POST":
            # Nobody is signed in here, but a stranger's page must not send letters or make members in a visitor's name.
            if is_foreign(desk.url, request):
                return visit.say("unknown", HTTPStatus.FORBIDDEN)
            body = await read_body(request)
            form = read_form(body) if body is not None else None
            if form is None:
                return visit.say("unknown", HTTPStatus.BAD_REQUEST)
            visit.form = form
        try:
            return await handler(visit)
        except (TimeoutError, asyncpg.PostgresError, *DOWN) as error:
            _log.warning("a page waits for the database: %s", type(error).__name__)
            page = visit.say("busy", HTTPStatus.SERVICE_UNAVAILABLE, minutes="1")
            page.headers["Retry-After"] = "10"
            return page

    return answer
