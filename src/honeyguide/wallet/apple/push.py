"""Tell a phone that its passes changed: content-free pushes through APNs, one long-lived connection for each pass type (N1-N7)."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hpack import NeverIndexedHeaderTuple

from honeyguide.caller import Clock
from honeyguide.egress import Egress
from honeyguide.wallet.apple.push_connection import PushConnection
from honeyguide.wallet.apple.push_identity import Identity, PushIdentity, TokenIdentity, client_context
from honeyguide.wallet.apple.push_outcome import BadToken, Delivered, Down, PushOutcome, Refused, Retry, Unregistered, outcome_of
from honeyguide.wallet.apple.push_reply import HandshakeFailed, Header, Reply, Unanswered, Unreachable

__all__ = [
    "ApnsClient",
    "ApnsEndpoint",
    "BadToken",
    "Delivered",
    "Down",
    "HandshakeFailed",
    "PushIdentity",
    "PushOutcome",
    "Refused",
    "Retry",
    "TokenIdentity",
    "Unreachable",
    "Unregistered",
    "client_context",
    "outcome_of",
]

_log = logging.getLogger(__name__)

_TOKEN = re.compile(r"(?:[0-9A-Fa-f]{2}){8,128}")  # it becomes a part of an HTTP/2 path
_SENDINGS = 3  # content-free, so that sending one twice after a lost connection does no harm


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ApnsEndpoint:
    """Where APNs is: Apple's production always (N1), a simulator by settings; `ca_file` None trusts the public roots."""

    host: str = "api.push.apple.com"
    port: int = 443
    ca_file: Path | None = None
    push_type: str = "background"
    priority: int = 5
    deadline: float = 10.0  # seconds a request may take, N7
    ping_every: float = 60.0
    backoff_at_most: float = 30.0


class ApnsClient:
    """Pushes for several pass types; `use` brings a certificate, also a renewed one while pushes run (N11)."""

    def __init__(
        self, endpoint: ApnsEndpoint, egress: Egress, *, jitter: Callable[[], float] = random.random, clock: Clock = _utc_now
    ) -> None:
        self._endpoint, self._egress, self._jitter, self._clock = endpoint, egress, jitter, clock
        self._is_closed = False
        self._lines: dict[str, _Line] = {}
        self._drains: set[asyncio.Task[None]] = set()

    def use(self, identity: Identity) -> str:
        """Push with this certificate or key from now on; the connection of an older one finishes what it has. Returns the topic."""
        topic = identity.topic
        former = self._lines.get(topic)
        self._lines[topic] = _Line(identity, self._endpoint, self._egress, self._jitter, self._clock)
        if former is not None:
            drain = asyncio.get_running_loop().create_task(former.close())
            self._drains.add(drain)
            drain.add_done_callback(self._drains.discard)
        return topic

    async def push(self, push_token: str, topic: str) -> PushOutcome:
        """Wake the phone behind the token; never raises for what the network or APNs does."""
        if not _TOKEN.fullmatch(push_token):
            return BadToken()
        outcome: PushOutcome | None = None
        while outcome is None:  # None: the line was replaced before the push was answered, so the new one sends it
            line = self._lines.get(topic)
            if line is None:
                return Retry("Closed") if self._is_closed else Refused("NoCertificateForTopic")
            outcome = await line.push(push_token)
        return outcome

    async def check(self, topic: str) -> None:
        """Open the connection now; raises HandshakeFailed or Unreachable, for start-up and doctor."""
        await self._lines[topic].connection()

    async def close(self) -> None:
        """Finish what is under way, then close every connection."""
        self._is_closed, lines, self._lines = True, list(self._lines.values()), {}
        await asyncio.gather(*(line.close() for line in lines), *self._drains)


class _Line:
    """One pass type's connection, opened when needed, opened anew when it goes away, with growing pauses when that fails."""

    def __init__(self, identity: Identity, endpoint: ApnsEndpoint, egress: Egress, jitter: Callable[[], float], clock: Clock) -> None:
        self._topic, self._endpoint, self._egress, self._jitter, self._clock = identity.topic, endpoint, egress, jitter, clock
        self._identity, self._tls = identity, identity.tls(endpoint.ca_file)
        self._is_replaced = False
        self._current: PushConnection | None = None
        self._opening = asyncio.Lock()
        self._failures, self._not_before = 0, 0.0
        self._failure: HandshakeFailed | Unreachable | None = None

    async def push(self, push_token: str) -> PushOutcome | None:
        """None: it was not answered, and another line is in use by now."""
        until = asyncio.get_running_loop().time() + self._endpoint.deadline
        reply: Reply = Unanswered("never sent")
        connection: PushConnection | None = None
        heard = 0
        for _ in range(_SENDINGS):
            if self._is_replaced:
                return None
            try:
                async with asyncio.timeout_at(until):
                    connection = await self.connection()
                heard = connection.heard
                reply = await connection.request(self._headers(push_token), b"{}", until=until)
            except (HandshakeFailed, Unreachable) as failure:
                if self._is_replaced:
                    return None
                return Down(type(failure).__name__, self._pause())
            except TimeoutError:
                if connection is not None and connection.heard == heard:
                    connection.end("silent")  # nothing at all came back in all that time: the line is dead
                return Retry("Deadline")
            if not isinstance(reply, Unanswered):
                break
        outcome = outcome_of(reply)
        if outcome == Refused("ExpiredProviderToken"):
            self._identity.is_expired(self._clock())
            return Retry("ExpiredProviderToken")
        return outcome

    async def connection(self) -> PushConnection:
        """The usable connection; one task opens it, the others wait. Within the pause after a failure it raises that failure again."""
        async with self._opening:
            if self._is_replaced:
                raise Unreachable("another line is in use")
            if self._current is not None and self._current.usable:
                return self._current
            loop = asyncio.get_running_loop()
            if self._failure is not None and loop.time() < self._not_before:
                raise self._failure.with_traceback(None)
            endpoint = self._endpoint
            try:
                self._current = await PushConnection.connect(
                    self._egress, endpoint.host, endpoint.port, self._tls, patience=endpoint.deadline * 0.8, ping_every=endpoint.ping_every
                )
            except (HandshakeFailed, Unreachable) as failure:
                self._failed(failure, loop.time())
                raise
            self._failures, self._failure = 0, None
            if self._is_replaced:  # while it was opened: nobody would close it any more
                self._current.end("closed")
                raise Unreachable("another line is in use")
            return self._current

    async def close(self) -> None:
        self._is_replaced = True
        if self._current is not None:
            await self._current.drain(self._endpoint.deadline)

    def _failed(self, failure: HandshakeFailed | Unreachable, now: float) -> None:
        _log.error("APNs %s for %s: %s", type(failure).__name__, self._topic, failure)
        pause = min(self._endpoint.backoff_at_most, 0.5 * 2 ** min(self._failures, 10))
        self._failures, self._failure = self._failures + 1, failure
        self._not_before = now + pause * (0.5 + self._jitter() / 2)

    def _pause(self) -> timedelta:
        return timedelta(seconds=max(0.0, self._not_before - asyncio.get_running_loop().time()))

    def _headers(self, push_token: str) -> list[Header]:
        authorization = self._identity.authorization(self._clock())
        return [
            (":method", "POST"),
            (":scheme", "https"),
            # Never indexed: the token is a secret, and each differs, so the compression table would only churn.
            NeverIndexedHeaderTuple(":path", f"/3/device/{push_token}"),
            (":authority", self._endpoint.host),
            ("apns-topic", self._topic),
            ("apns-push-type", self._endpoint.push_type),
            ("apns-priority", str(self._endpoint.priority)),
            ("content-length", "2"),
            *([NeverIndexedHeaderTuple("authorization", authorization)] if authorization else []),
        ]
