"""Renders a slice's template inside the frame, escaped, with a nonce for its style and no other source of anything."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

import jinja2
from babel import Locale
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

_LANGUAGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([0-9.]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Frame:
    """`package` has a folder `templates`; `forms`: whereto its forms may go, beside this server ("'none'": it has none)."""

    package: str
    forms: str = "'none'"

    def page(self, template: str, status: HTTPStatus, language: str, **values: Any) -> Response:
        nonce = secrets.token_urlsafe(16)
        content = (
            _environment(self.package)
            .get_template(template)
            .render(language=language, direction=direction_of(language), nonce=nonce, page_css=page_css(), **values)
        )
        policy = f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action {self.forms}; frame-ancestors 'none'"
        headers = {
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Language",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex, nofollow",
        }
        return Response(content, status, headers, media_type="text/html")


def direction_of(language: str) -> str:
    """Whether it is read from the left or the right: "ltr" or "rtl"."""
    return str(Locale.parse(language, sep="-").text_direction)


def wishes_of(request: Request) -> list[str]:
    """What the visitor wishes, best first (RFC 9110, 12.5.4)."""
    wishes: list[tuple[float, int, str]] = []
    for match in _LANGUAGE.finditer(request.headers.get("accept-language", "")[:500]):
        try:
            weight = float(match[2] or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            wishes.append((-weight, len(wishes), match[1]))
    return [tag for _, _, tag in sorted(wishes)]


@cache
def page_css() -> Markup:
    return Markup(resources.files(__package__).joinpath("templates", "page.css").read_text(encoding="utf-8"))  # noqa: S704  our own file


@cache
def _environment(package: str) -> jinja2.Environment:
    loader = jinja2.ChoiceLoader([jinja2.PackageLoader(package, "templates"), jinja2.PackageLoader("honeyguide.pages", "templates")])
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False)
