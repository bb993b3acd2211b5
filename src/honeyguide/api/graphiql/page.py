"""The page itself: GraphiQL's scripts from their public host, pinned by version and hash; ours by a nonce, and nothing else runs."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

import jinja2
from starlette.responses import Response

from honeyguide.api.graphiql.examples import examples
from honeyguide.caller import Audience

HOST = "https://unpkg.com"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of an npm package; `integrity` is what Subresource Integrity checks, so that the host can serve nothing else."""

    package: str
    path: str
    integrity: str

    @property
    def url(self) -> str:
        return f"{HOST}/{self.package}/{self.path}"


STYLE = Asset("graphiql@3.9.0", "graphiql.min.css", "sha384-QMux00XgRtwRLSYIY3kw2rj1ovk5AuuliAchk+HSQbqdbGFnz9GYuqIlOqxhwCE2")
SCRIPTS = (
    Asset("react@18.3.1", "umd/react.production.min.js", "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z"),
    Asset("react-dom@18.3.1", "umd/react-dom.production.min.js", "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1"),
    Asset("graphiql@3.9.0", "graphiql.min.js", "sha384-8NGfVj4CVlqHajlZj+bPJT4thxPMHMJYn7DWK2CvtopLd02E7qsPHazniBYvVjOO"),
)


def page(audience: Audience, now: datetime, currency: str) -> Response:
    """No token is ever in it: who opens the page puts one under Headers, or behind # in the address, which no browser sends."""
    nonce = secrets.token_urlsafe(16)
    tabs = [{**asdict(one), "variables": one.variables or None} for one in examples(audience, now, currency)]
    html = _template().render(
        audience=audience.value, nonce=nonce, style=STYLE, scripts=SCRIPTS, given={"audience": audience, "tabs": tabs}
    )
    return Response(html, media_type="text/html", headers={**_HEADERS, "Content-Security-Policy": _policy(nonce)})


_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def _policy(nonce: str) -> str:
    """GraphiQL's editors set styles by themselves; scripts without the nonce, frames, forms and other hosts are out."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline' {HOST}; font-src data:; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("honeyguide.api.graphiql")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False)
    return environment.get_template("graphiql.html")
