"""Google Wallet over REST: classes made ready, objects inserted and patched, links to save them."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from honeyguide.caller import Clock
from honeyguide.egress import Egress, EgressFailed, EgressRefused, Response
from honeyguide.settings import Settings
from honeyguide.wallet.google.account import AccessTokens, ServiceAccount, TokenRefused, TokenUnavailable, development_service_account
from honeyguide.wallet.google.limiter import Limiter
from honeyguide.wallet.google.loyalty import OBJECT_FIELDS
from honeyguide.wallet.google.notifications import NotificationCount
from honeyguide.wallet.google.outcomes import ClassOutcome, ClassReady, Refused, Retry, SendOutcome, Sent, Superseded
from honeyguide.wallet.google.patch import Body, covers, notifies, patch_body, with_notification
from honeyguide.wallet.google.save_link import save_link
from honeyguide.wallet.google.turns import Turns

_log = logging.getLogger(__name__)

_PATIENCE: Final = 20.0  # seconds: Google's p99 is about 5 (G9)
_WORD: Final = re.compile(r"[A-Za-z_]{1,64}")
_RATE: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RESOURCE_EXHAUSTED"})
_SIMULATED_ISSUER: Final = "3388000000000000000"


@dataclass(frozen=True, slots=True)
class GoogleEndpoint:
    """Where Google is and as which issuer we act; `origins` are the sites that show our save button."""

    issuer_id: str
    api_url: str = "https://walletobjects.googleapis.com/walletobjects/v1"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    save_url: str = "https://pay.google.com/gp/v/save"
    origins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: Mapping[str, Any]
    reason: str
    retry_after: timedelta | None


class GoogleWallet:
    """One issuer's classes and objects. Outcomes tell what Google said; nothing is raised for Google or the network."""

    def __init__(
        self,
        endpoint: GoogleEndpoint,
        account: ServiceAccount,
        egress: Egress,
        *,
        limiter: Limiter | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.issuer_id = endpoint.issuer_id
        self.limiter = limiter or Limiter()
        self._endpoint, self._account, self._egress, self._clock = endpoint, account, egress, clock
        self._tokens = AccessTokens(account, endpoint.token_url, egress, clock)
        self._turns = Turns()
        self._notifications = NotificationCount()

    @classmethod
    def open(cls, settings: Settings, egress: Egress, clock: Clock = lambda: datetime.now(UTC)) -> GoogleWallet | None:
        """The configured issuer, in development a made-up one for the simulator; None where Google is not set up.

        Raises AccountInvalid.
        """
        file, issuer_id = settings.google_service_account_file, settings.google_issuer_id
        if settings.environment == "development":
            file, issuer_id = file or development_service_account(settings.data_dir), issuer_id or _SIMULATED_ISSUER
        if file is None or issuer_id is None:
            return None
        endpoint = GoogleEndpoint(
            issuer_id, settings.google_api_url.rstrip("/"), settings.google_token_url, settings.google_save_url, [_origin(settings.url)]
        )
        return cls(endpoint, ServiceAccount.load(file), egress, limiter=Limiter(0.9 * settings.google_requests_per_second), clock=clock)

    def save_link(self, object_id: str, class_id: str) -> str:
        """The link for an object that was inserted (G11); raises SaveLinkTooLong."""
        endpoint = self._endpoint
        return save_link(self._account, object_id, class_id, save_url=endpoint.save_url, origins=endpoint.origins, now=self._clock())

    async def ensure_class(self, body: Body) -> ClassOutcome:
        """Make the class exist and be as in `body`; doing it twice changes nothing (G3)."""
        answer = await self._call("POST", "loyaltyClass", body)
        if isinstance(answer, _Answer) and answer.status == 409:
            answer = await self._call("GET", f"loyaltyClass/{body['id']}")
            if isinstance(answer, _Answer) and answer.status == 200:
                known = answer.content
                if known.get("reviewStatus") != "DRAFT" and covers(known, {**body, "reviewStatus": known.get("reviewStatus")}):
                    return ClassReady(body["id"], str(known.get("reviewStatus")))
                answer = await self._call("PATCH", f"loyaltyClass/{body['id']}", body)
        if not isinstance(answer, _Answer):
            return answer
        if answer.status != 200:
            return Refused(answer.status, answer.reason)
        return ClassReady(body["id"], str(answer.content.get("reviewStatus")))

    async def send_object(self, previous: Body | None, body: Body, *, version: int, notify: bool = True) -> SendOutcome:
        """Bring the object from `previous` (what Google has; None: nothing yet) to `body`.

        Of several versions that wait only the newest is sent. `notify` asks Google to tell the member of new points or a new
        tier, at most three times in 24 hours as far as this process knows (G8).
        """
        object_id = str(body["id"])
        async with self._turns.take(object_id, version) as newest:
            if not newest:
                return Superseded()
            if previous is None:
                return await self._insert(body)
            changes = patch_body(previous, body)
            if not changes:
                return Sent(has_users=False)
            notify = notify and notifies(changes) and self._notifications.may_notify(object_id, self._clock())
            return await self._patch(object_id, changes, body, notify=notify)

    async def _insert(self, body: Body) -> SendOutcome:
        answer = await self._call("POST", "loyaltyObject", body)
        if isinstance(answer, _Answer) and answer.status == 409:
            # An answer that was lost, or a table restored from a backup: what Google has is the truth to start from.
            object_id = str(body["id"])
            answer = await self._call("GET", f"loyaltyObject/{object_id}")
            if isinstance(answer, _Answer) and answer.status == 200:
                known = {key: value for key, value in answer.content.items() if key in OBJECT_FIELDS}
                if changes := patch_body(known, body):
                    answer = await self._call("PATCH", f"loyaltyObject/{object_id}", changes)
        return _sent(answer, notified=False)

    async def _patch(self, object_id: str, changes: Body, body: Body, *, notify: bool) -> SendOutcome:
        path = f"loyaltyObject/{object_id}"
        answer = await self._call("PATCH", path, with_notification(changes) if notify else changes)
        if notify and isinstance(answer, _Answer) and answer.status == 403 and answer.reason == "quotaExceeded":
            # The member was notified often enough today; the balance itself must still arrive, and once, not in a loop (G8).
            notify = False
            self._notifications.exhausted(object_id, self._clock())
            answer = await self._call("PATCH", path, changes)
        if isinstance(answer, _Answer) and answer.status == 404:
            return await self._insert(body)
        if notify and isinstance(answer, _Answer) and answer.status == 200:
            self._notifications.notified(object_id, self._clock())
        return _sent(answer, notified=notify)

    async def _call(self, method: str, path: str, body: Body | None = None) -> _Answer | Retry | Refused:
        """One call in its turn; with a token that Google rejects once more with a new one."""
        answer: _Answer | None = None
        for _ in range(2):
            await self.limiter.turn()
            try:
                token = await self._tokens.current()
                response = await self._send(method, path, token, body)
            except TokenRefused as error:
                _log.error("Google refuses the service account: %s", error)
                return Refused(401, f"token_{error}")
            except TokenUnavailable as error:
                return Retry(f"token: {error}")
            except EgressFailed as error:
                return Retry(error.reason)
            except EgressRefused as error:
                _log.error("the way to Google is barred (HONEYGUIDE_EGRESS_ALLOW): %s", error)
                return Retry(f"egress_{error.reason}")
            answer = _read(response)
            if answer.status != 401:
                break
            self._tokens.forget(token)
        assert answer is not None
        if answer.status == 429 or answer.status >= 500 or (answer.status == 403 and _is_rate(answer, body)):
            pause = answer.retry_after
            if answer.status in (403, 429):
                self.limiter.hold_back(pause or timedelta(seconds=1))
            return Retry(answer.reason, pause)
        return answer

    async def _send(self, method: str, path: str, token: str, body: Body | None) -> Response:
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = orjson.dumps(body) if body is not None else None
        return await self._egress.fetch(
            f"{self._endpoint.api_url}/{path}", method=method, headers=headers, content=content, within=_PATIENCE
        )


def _origin(url: str) -> str:
    """Scheme and host alone: what an origin is, and short enough for any save link."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_rate(answer: _Answer, body: Body | None) -> bool:
    """A 403 is for the rate, unless it is for the notification that this body asks for."""
    return answer.reason in _RATE and not (answer.reason == "quotaExceeded" and body is not None and "notifyPreference" in body)


def _sent(answer: _Answer | Retry | Refused, *, notified: bool) -> SendOutcome:
    if not isinstance(answer, _Answer):
        return answer
    if answer.status != 200:
        return Refused(answer.status, answer.reason)
    return Sent(bool(answer.content.get("hasUsers")), notified)


def _read(response: Response) -> _Answer:
    try:
        content = response.json()
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    seconds = response.headers.get("retry-after", "")
    retry_after = timedelta(seconds=min(int(seconds), 3600)) if seconds.isdigit() and len(seconds) < 9 else None
    return _Answer(response.status, content, _reason(content, response.status), retry_after)


def _reason(content: Mapping[str, Any], status: int) -> str:
    """Google's word for an error: never its message, which quotes what we sent."""
    error = content.get("error")
    if isinstance(error, dict):
        details = error.get("errors")
        first = details[0].get("reason") if isinstance(details, list) and details and isinstance(details[0], dict) else None
        for word in (first, error.get("status")):
            if isinstance(word, str) and _WORD.fullmatch(word):
                return word
    return f"Status{status}"
