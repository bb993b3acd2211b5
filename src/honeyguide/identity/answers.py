"""What signing in answers programs: JSON that nobody keeps, in the words of RFC 6749."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import orjson
from starlette.responses import Response

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1


def in_json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json", headers={**NO_STORE, **(headers or {})})


def problem(status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> Response:
    return in_json(status, {"error": str(error), "error_description": description}, headers)


def too_many_tries(wait: float) -> Response:
    """`wait`: seconds until the next one."""
    return problem(429, "temporarily_unavailable", "too many tries", {"Retry-After": str(math.ceil(wait))})


def try_again() -> Response:
    """The database is away, or too many sign in at once."""
    return problem(503, "temporarily_unavailable", "try again", {"Retry-After": "1"})
