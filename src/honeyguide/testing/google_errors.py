"""How the Google simulator says no: refusals in Google's error format, and failures that a test scripts."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_STATUS = {
    400: ("INVALID_ARGUMENT", "badRequest"),
    401: ("UNAUTHENTICATED", "authError"),
    403: ("PERMISSION_DENIED", "permissionDenied"),
    404: ("NOT_FOUND", "resourceNotFound"),
    409: ("ALREADY_EXISTS", "existingResource"),
    429: ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    503: ("UNAVAILABLE", "backendError"),
}


@dataclass(frozen=True, slots=True)
class Fail:
    """How the next call to the API goes wrong; `lost` does the work and then fails, as a timeout does."""

    status: int
    reason: str = ""
    retry_after: int | None = None  # seconds
    lost: bool = False


class ApiRefused(Exception):
    def __init__(self, status: int, message: str, reason: str = "", retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.reason, self.retry_after = status, message, reason, retry_after


def scripted(fail: Fail) -> ApiRefused:
    return ApiRefused(fail.status, "scripted", fail.reason, fail.retry_after)


async def error_response(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiRefused)
    status, reason = _STATUS.get(error.status, ("INTERNAL", "backendError"))
    detail = {"message": error.message, "domain": "global", "reason": error.reason or reason}
    content = {"error": {"code": error.status, "message": error.message, "status": status, "errors": [detail]}}
    after = {"retry-after": str(error.retry_after)} if error.retry_after is not None else None
    return JSONResponse(content, error.status, headers=after)
