"""The HTML of the add page and of what stands in its way: escaped, under a strict policy, in the visitor's language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from honeyguide.pages import Frame, wishes_of
from honeyguide.programs.localised import negotiate
from honeyguide.wallet.add.card_picture import CardPicture
from honeyguide.wallet.add.texts import TEXTS
from honeyguide.wallet.phones.devices import respond

_FRAME = Frame("honeyguide.wallet.add")
_RGB = re.compile(r"rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)", re.ASCII)  # whatever the validator takes (A16)


@dataclass(frozen=True, slots=True)
class Problem:
    """There is no card to show; `name` chooses the words, `steps` what the visitor can do."""

    status: HTTPStatus
    name: str
    steps: tuple[str, ...]


UNKNOWN = Problem(HTTPStatus.NOT_FOUND, "unknown", ("do_copy", "do_new"))
EXPIRED = Problem(HTTPStatus.GONE, "expired", ("do_new", "do_keep"))
GONE = Problem(HTTPStatus.GONE, "gone", ("do_new",))
BUSY = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", ("do_wait",))


def card_page(request: Request, picture: CardPicture, **values: Any) -> Response:
    """The page with the card and the buttons."""
    if not all(_RGB.fullmatch(colour) for colour in (picture.background, picture.foreground, picture.label)):
        # They stand in a style sheet, where nothing is escaped.
        raise ValueError("a colour of the pass is no rgb(r, g, b)")
    language = page_language(request)
    return _html(request, "add.html", HTTPStatus.OK, texts=TEXTS[language], picture=picture, add_css=_css("add.css"), **values)


def problem_page(request: Request, problem: Problem) -> Response:
    """Says in the visitor's language what is wrong and what to do."""
    texts = TEXTS[page_language(request)]
    steps = [texts[step] for step in problem.steps]
    title, reason = texts[f"{problem.name}_title"], texts[problem.name]
    response = _html(request, "problem.html", problem.status, texts=texts, title=title, reason=reason, steps=steps)
    if problem.status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "30"
    return response


def _html(request: Request, page: str, status: HTTPStatus, **values: Any) -> Response:
    """Answers ranges and tags as downloads do (devices.respond)."""
    framed = _FRAME.page(page, status, page_language(request), **values)
    headers = {name: value for name, value in framed.headers.items() if name not in ("content-length", "content-type")}
    response = respond(request, bytes(framed.body), "text/html; charset=utf-8", {**headers, "Vary": "Accept-Language, User-Agent"})
    response.status_code = status
    return response


def page_language(request: Request) -> str:
    """The language that the address asks for (`?lang=pl`), else the one that the visitor wishes most."""
    asked = request.query_params.get("lang", "")[:35]
    return negotiate([asked, *wishes_of(request)] if asked else wishes_of(request), TEXTS, "en")


@cache
def _css(name: str) -> Markup:
    return Markup(resources.files("honeyguide.wallet.add").joinpath("templates", name).read_text(encoding="utf-8"))  # noqa: S704  our own file
