"""Google Wallet over REST: classes made ready, objects inserted and patched, links to save them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import orjson

from honeyguide.caller import Clock
from honeyguide.egress import Egress, EgressFailed, EgressRefused, Response
from honeyguide.settings import Settings
from honeyguide.wallet.google.account import AccessTokens, ServiceAccount, TokenRefused, TokenUnavailable, development_service_account
from honeyguide.wallet.google.answers import Answer, is_quota, is_rate, may_have_arrived, read, sent
from honeyguide.wallet.google.batch import CONTENT_TYPE, batch_answers, batch_body
from honeyguide.wallet.google.limiter import Limiter, OwnLimiter, calls_per_second
from honeyguide.wallet.google.loyalty import OBJECT_FIELDS
from honeyguide.wallet.google.notifications import Allowance
from honeyguide.wallet.google.outcomes import ClassOutcome, ClassReady, Refused, Retry, SendOutcome, Sent, Superseded
from honeyguide.wallet.google.patch import Body, covers, notifies, patch_body, with_notification
from honeyguide.wallet.google.rotating import keyed, keyless
from honeyguide.wallet.google.save_link import save_link
from honeyguide.wallet.google.turns import Turns

_log = logging.getLogger(__name__)

_PATIENCE: Final = 20.0  # seconds: Google's p99 is about 5 (G9)
# Failures before a byte of the request went out.
_UNSENT: Final = frozenset({"ConnectError", "ConnectTimeout", "NoSuchName", "Busy"})
SIMULATED_ISSUER: Final = "3388000000000000000"


@dataclass(frozen=True, slots=True)
class GoogleEndpoint:
    """Where Google is and as which issuer we act; `origins` are the sites that show our save button."""

    issuer_id: str
    api_url: str = "https://walletobjects.googleapis.com/walletobjects/v1"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    save_url: str = "https://pay.google.com/gp/v/save"
    origins: Sequence[str] = ()


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
        self.limiter = limiter or OwnLimiter()
        self._endpoint, self._account, self._egress, self._clock = endpoint, account, egress, clock
        self._tokens = AccessTokens(account, endpoint.token_url, egress, clock)
        self._turns = Turns()

    @classmethod
    def open(
        cls,
        settings: Settings,
        egress: Egress,
        clock: Clock = lambda: datetime.now(UTC),
        *,
        limiter: Callable[[str, float], Limiter] = lambda _, per_second: OwnLimiter(per_second),
    ) -> GoogleWallet | None:
        """The configured issuer, in development a made-up one for the simulator; None where Google is not set up.

        `limiter` makes the bucket of a project and a rate. Raises AccountInvalid.
        """
        file, issuer_id = settings.google_service_account_file, settings.google_issuer_id
        if settings.environment == "development":
            file, issuer_id = file or development_service_account(settings.data_dir), issuer_id or SIMULATED_ISSUER
        if file is None or issuer_id is None:
            return None
        return cls.of(settings, issuer_id, ServiceAccount.load(file), egress, clock, limiter=limiter)

    @classmethod
    def of(
        cls,
        settings: Settings,
        issuer_id: str,
        account: ServiceAccount,
        egress: Egress,
        clock: Clock,
        *,
        limiter: Callable[[str, float], Limiter],
    ) -> GoogleWallet:
        """One issuer at the Google of the settings."""
        endpoint = GoogleEndpoint(
            issuer_id, settings.google_api_url.rstrip("/"), settings.google_token_url, settings.google_save_url, [_origin(settings.url)]
        )
        bucket = limiter(account.project, calls_per_second(settings))
        return cls(endpoint, account, egress, limiter=bucket, clock=clock)

    def save_link(self, object_id: str, class_id: str) -> str:
        """The link for an object that was inserted (G11); raises SaveLinkTooLong."""
        endpoint = self._endpoint
        return save_link(self._account, object_id, class_id, save_url=endpoint.save_url, origins=endpoint.origins, now=self._clock())

    async def ensure_class(self, body: Body) -> ClassOutcome:
        """Make the class exist and be as in `body`; doing it twice changes nothing (G3)."""
        answer = await self._call("POST", "loyaltyClass", body)
        if isinstance(answer, Answer) and answer.status == 409:
            answer = await self._call("GET", f"loyaltyClass/{body['id']}")
            if isinstance(answer, Answer) and answer.status == 200:
                known = answer.content
                if known.get("reviewStatus") != "DRAFT" and covers(known, {**body, "reviewStatus": known.get("reviewStatus")}):
                    return ClassReady(body["id"], str(known.get("reviewStatus")))
                answer = await self._call("PATCH", f"loyaltyClass/{body['id']}", body)
        if not isinstance(answer, Answer):
            return answer
        if answer.status != 200:
            return Refused(answer.status, answer.reason)
        return ClassReady(body["id"], str(answer.content.get("reviewStatus")))

    async def send_object(
        self,
        previous: Body | None,
        body: Body,
        *,
        version: int,
        notify: Allowance | None = None,
        card_key: bytes | None = None,
        in_doubt: bool = False,
    ) -> SendOutcome:
        """Bring the object from `previous` (what Google has; None: nothing yet) to `body`.

        `in_doubt`: an answer was lost since, so Google may have another body than `previous`, and is asked.
        Of several versions that wait only the newest is sent. `notify` pays for asking Google to tell the member of new points or a
        new tier (G8). `card_key` goes into the rotating barcode on the way out alone: no body has it.
        """
        object_id = str(body["id"])
        async with self._turns.take(object_id, version) as newest:
            if not newest:
                return Superseded()
            if previous is None:
                return await self._insert(body, card_key)
            if in_doubt:
                outcome = await self._compared(body, card_key, notify)
                is_gone = isinstance(outcome, Refused) and outcome.status == 404
                return await self._insert(body, card_key) if is_gone else outcome
            changes = patch_body(previous, body)
            if not changes:
                return Sent()
            changes = keyed(changes, body, card_key)
            return await self._patch(object_id, changes, body, card_key, notify if notifies(changes) else None)

    async def add_message(self, object_id: str, message: Body, notify: Allowance | None) -> SendOutcome:
        """Put a message onto the pass; it wakes the owner where `notify` still allows it, else it comes as plain text (G8)."""
        path = f"loyaltyObject/{object_id}/addMessage"
        woken = notify is not None and await notify.take()
        answer = await self._call("POST", path, {"message": {**message, "messageType": "TEXT_AND_NOTIFY" if woken else "TEXT"}})
        if woken and notify is not None:
            if is_quota(answer):
                await notify.exhausted()
                woken, answer = False, await self._call("POST", path, {"message": {**message, "messageType": "TEXT"}})
            elif not may_have_arrived(answer):
                await notify.give_back()
        return sent(answer, notified=woken, within="resource")

    async def insert_objects(self, objects: Sequence[tuple[Body, bytes | None]]) -> list[SendOutcome]:
        """Insert several objects in one request, each with its card's key; what exists already is Refused with 409 (G9)."""
        bodies = [keyed(body, body, card_key) for body, card_key in objects]
        parts = urlsplit(self._endpoint.api_url)
        content = batch_body("POST", f"{parts.path}/loyaltyObject", bodies)

        used = ""

        async def send(token: str) -> Response:
            nonlocal used
            used = token
            headers = {"Authorization": f"Bearer {token}", "Content-Type": CONTENT_TYPE}
            url = f"{parts.scheme}://{parts.netloc}/batch"
            return await self._egress.fetch(url, method="POST", headers=headers, content=content, within=_PATIENCE)

        response = await self._exchange(send, len(bodies))
        if not isinstance(response, Response):
            return [response] * len(bodies)
        if response.status != 200:
            return [sent(await self._judged(read(response), None), notified=False)] * len(bodies)
        answers = batch_answers(response.headers.get("content-type", ""), response.body, len(bodies))
        parts_read = [read(Response(one[0], {}, one[1])) if one is not None else None for one in answers]
        return [await self._of_batch(one, used) if one is not None else Retry("no_answer") for one in parts_read]

    async def _of_batch(self, answer: Answer, token: str) -> SendOutcome:
        """A token that ended under way is no fault of the object: it goes again, under a new one."""
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.forget(token)
            return Retry(answer.reason, unsent=True)
        return sent(await self._judged(answer, None), notified=False)

    async def validate(self, classes: Sequence[Body], objects: Sequence[Body]) -> SendOutcome:
        """Ask Google whether it would take these, without making any of them (G21)."""
        claims = {
            "aud": "google",
            "typ": "savetowallet",
            "iat": int(self._clock().timestamp()),
            "origins": list(self._endpoint.origins),
            "payload": {"loyaltyClasses": list(classes), "loyaltyObjects": list(objects)},
        }
        return sent(await self._call("POST", "jwt/validate", {"jwtResource": {"jwt": self._account.sign(claims)}}), notified=False)

    async def _insert(self, body: Body, card_key: bytes | None) -> SendOutcome:
        answer = await self._call("POST", "loyaltyObject", keyed(body, body, card_key))
        if isinstance(answer, Answer) and answer.status == 409:
            return await self._compared(body, card_key, None)
        return sent(answer, notified=False)

    async def _compared(self, body: Body, card_key: bytes | None, notify: Allowance | None) -> SendOutcome:
        """After an answer that was lost, or with a table restored from a backup, what Google has is the truth to start from."""
        object_id = str(body["id"])
        answer = await self._call("GET", f"loyaltyObject/{object_id}")
        if isinstance(answer, Answer) and answer.status == 200:
            known = keyless({key: value for key, value in answer.content.items() if key in OBJECT_FIELDS})
            if changes := patch_body(known, body):
                return await self._patched(object_id, keyed(changes, body, card_key), notify if notifies(changes) else None)
        return sent(answer, notified=False)

    async def _patch(self, object_id: str, changes: Body, body: Body, card_key: bytes | None, notify: Allowance | None) -> SendOutcome:
        outcome = await self._patched(object_id, changes, notify)
        if isinstance(outcome, Refused) and outcome.status == 404:
            return await self._insert(body, card_key)
        return outcome

    async def _patched(self, object_id: str, changes: Body, notify: Allowance | None) -> SendOutcome:
        path = f"loyaltyObject/{object_id}"
        woken = notify is not None and await notify.take()
        answer = await self._call("PATCH", path, with_notification(changes) if woken else changes)
        if woken and notify is not None:
            if is_quota(answer):
                # The member was notified often enough today; the balance itself must still arrive, and once, not in a loop (G8).
                await notify.exhausted()
                woken, answer = False, await self._call("PATCH", path, changes)
            elif not may_have_arrived(answer):
                await notify.give_back()
        return sent(answer, notified=woken)

    async def _call(self, method: str, path: str, body: Body | None = None) -> Answer | Retry | Refused:
        """One call in its turn."""
        response = await self._exchange(lambda token: self._send(method, path, token, body))
        return await self._judged(read(response), body) if isinstance(response, Response) else response

    async def _exchange(self, send: Callable[[str], Awaitable[Response]], calls: int = 1) -> Response | Retry | Refused:
        """With a token that Google rejects once more with a new one."""
        response: Response | None = None
        for _ in range(2):
            await self.limiter.turn(calls)
            try:
                token = await self._tokens.current()
                response = await send(token)
            except TokenRefused as error:
                _log.error("Google refuses the service account: %s", error)
                return Refused(401, f"token_{error}")
            except TokenUnavailable as error:
                return Retry(f"token: {error}", unsent=True)
            except EgressFailed as error:
                return Retry(error.reason, unsent=error.reason in _UNSENT)
            except EgressRefused as error:
                _log.error("the way to Google is barred (HONEYGUIDE_EGRESS_ALLOW): %s", error)
                return Retry(f"egress_{error.reason}", unsent=True)
            if response.status != 401:
                break
            self._tokens.forget(token)
        assert response is not None
        return response

    async def _judged(self, answer: Answer, body: Body | None) -> Answer | Retry:
        """What passes by itself is tried again later; where it was too much for Google, everybody waits."""
        if answer.status != 429 and answer.status < 500 and not (answer.status == 403 and is_rate(answer, body)):
            return answer
        if answer.status in (403, 429):
            await self.limiter.hold_back(answer.retry_after or timedelta(seconds=1))
        return Retry(answer.reason, answer.retry_after, unsent=answer.status < 500)

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
