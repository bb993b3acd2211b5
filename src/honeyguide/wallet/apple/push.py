"""Tell a phone that its passes changed: content-free pushes through APNs, one long-lived connection for each pass type (N1-N7)."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import secrets
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID
from hpack import NeverIndexedHeaderTuple

from honeyguide.egress import Egress
from honeyguide.wallet.apple.push_connection import PushConnection
from honeyguide.wallet.apple.push_reply import Answer, HandshakeFailed, Header, Reply, Reset, Unanswered, Unreachable
from honeyguide.wallet.apple.signer import SigningFiles, read_certificate, read_identity

__all__ = [
    "ApnsClient",
    "ApnsEndpoint",
    "BadToken",
    "Delivered",
    "HandshakeFailed",
    "PushIdentity",
    "PushOutcome",
    "Refused",
    "Retry",
    "Unreachable",
    "Unregistered",
]

_log = logging.getLogger(__name__)

_TOKEN = re.compile(r"(?:[0-9A-Fa-f]{2}){8,128}")  # it becomes a part of an HTTP/2 path
_REASON = re.compile(r"[A-Za-z]{1,64}")
_SENDINGS = 3  # content-free, so that sending one twice after a lost connection does no harm


@dataclass(frozen=True, slots=True)
class Delivered:
    """APNs took it."""


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The token is dead since `timestamp`; delete its registrations that were not renewed later (N6)."""

    timestamp: datetime | None


@dataclass(frozen=True, slots=True)
class BadToken:
    """No push token at all: delete it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Our fault or our certificate's: raise an alarm, keep the registration."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again later, after `after` when APNs named a time."""

    reason: str
    after: timedelta | None = None


PushOutcome = Delivered | Unregistered | BadToken | Refused | Retry


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


@dataclass(frozen=True, slots=True)
class PushIdentity:
    """The pass certificate with its key: what signs a pass type also pushes for it (N3)."""

    certificate: x509.Certificate
    key: RSAPrivateKey = field(repr=False)
    intermediates: Sequence[x509.Certificate] = ()

    @classmethod
    def load(cls, files: SigningFiles) -> PushIdentity:
        """Read the files that sign passes; raises SigningRefused."""
        certificate, key = read_identity(files)
        return cls(certificate, key, (read_certificate(files.intermediate),))

    @property
    def topic(self) -> str:
        """The pass type identifier: the certificate's UID. Raises ValueError when it has none."""
        names = self.certificate.subject.get_attributes_for_oid(NameOID.USER_ID)
        if len(names) != 1:
            raise ValueError("the certificate has no UID, so it is no pass certificate")
        return str(names[0].value)


class ApnsClient:
    """Pushes for several pass types; `use` brings a certificate, also a renewed one while pushes run (N11)."""

    def __init__(self, endpoint: ApnsEndpoint, egress: Egress, *, jitter: Callable[[], float] = random.random) -> None:
        self._endpoint, self._egress, self._jitter = endpoint, egress, jitter
        self._lines: dict[str, _Line] = {}
        self._drains: set[asyncio.Task[None]] = set()

    def use(self, identity: PushIdentity) -> str:
        """Push with this certificate from now on; the connection of an older one finishes what it has. Returns the topic."""
        topic = identity.topic
        former = self._lines.get(topic)
        self._lines[topic] = _Line(topic, self._endpoint, self._egress, client_context(identity, self._endpoint.ca_file), self._jitter)
        if former is not None:
            drain = asyncio.get_running_loop().create_task(former.close())
            self._drains.add(drain)
            drain.add_done_callback(self._drains.discard)
        return topic

    async def push(self, push_token: str, topic: str) -> PushOutcome:
        """Wake the phone behind the token; never raises for what the network or APNs does."""
        if not _TOKEN.fullmatch(push_token):
            return BadToken()
        line = self._lines.get(topic)
        if line is None:
            return Refused("NoCertificateForTopic")
        return await line.push(push_token)

    async def check(self, topic: str) -> None:
        """Open the connection now; raises HandshakeFailed or Unreachable, for start-up and doctor."""
        await self._lines[topic].connection()

    async def close(self) -> None:
        """Finish what is under way, then close every connection."""
        lines, self._lines = list(self._lines.values()), {}
        await asyncio.gather(*(line.close() for line in lines), *self._drains)


class _Line:
    """One pass type's connection, opened when needed, opened anew when it goes away, with growing pauses when that fails."""

    def __init__(self, topic: str, endpoint: ApnsEndpoint, egress: Egress, tls: ssl.SSLContext, jitter: Callable[[], float]) -> None:
        self._topic, self._endpoint, self._egress, self._tls, self._jitter = topic, endpoint, egress, tls, jitter
        self._current: PushConnection | None = None
        self._opening = asyncio.Lock()
        self._failures, self._not_before = 0, 0.0
        self._failure: HandshakeFailed | Unreachable | None = None

    async def push(self, push_token: str) -> PushOutcome:
        until = asyncio.get_running_loop().time() + self._endpoint.deadline
        reply: Reply = Unanswered("never sent")
        connection: PushConnection | None = None
        heard = 0
        for _ in range(_SENDINGS):
            try:
                async with asyncio.timeout_at(until):
                    connection = await self.connection()
                heard = connection.heard
                reply = await connection.request(self._headers(push_token), b"{}", until=until)
            except HandshakeFailed:
                return Retry("HandshakeFailed", self._pause())
            except Unreachable:
                return Retry("Unreachable", self._pause())
            except TimeoutError:
                if connection is not None and connection.heard == heard:
                    connection.end("silent")  # nothing at all came back in all that time: the line is dead
                return Retry("Deadline")
            if not isinstance(reply, Unanswered):
                break
        return outcome_of(reply)

    async def connection(self) -> PushConnection:
        """The usable connection; one task opens it, the others wait. Within the pause after a failure it raises that failure again."""
        async with self._opening:
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
            return self._current

    async def close(self) -> None:
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
        ]


def outcome_of(reply: Reply) -> PushOutcome:
    """What APNs' answer means for the registration (N6)."""
    match reply:
        case Unanswered():
            return Retry("ConnectionLost")
        case Reset(code=code):
            return Retry(f"StreamReset{code}")
        case Answer(status=200):
            return Delivered()
        case Answer(status=410):
            return Unregistered(_timestamp(_read(reply.body).get("timestamp")))
        case Answer(status=status) if status == 429 or status >= 500 or status < 200:
            return Retry(_reason(reply), _retry_after(reply.headers.get("retry-after", "")))
        case Answer():
            reason = _reason(reply)
            return BadToken() if reason == "BadDeviceToken" else Refused(reason)


def client_context(identity: PushIdentity, ca_file: Path | None) -> ssl.SSLContext:
    """TLS with the pass certificate. Python reads keys from files only: an encrypted copy exists for that moment, for us alone."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    password = secrets.token_bytes(32).hex().encode()
    chain = [certificate.public_bytes(serialization.Encoding.PEM) for certificate in (identity.certificate, *identity.intermediates)]
    key = identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(password)
    )
    with TemporaryDirectory(prefix="honeyguide-") as folder:  # mode 0700
        file = Path(folder, "identity.pem")
        file.write_bytes(b"".join([*chain, key]))
        context.load_cert_chain(file, password=password)
    return context


def _reason(reply: Answer) -> str:
    """APNs' word for it, when it is one of Apple's kind of words; nothing else from outside gets into logs and labels."""
    reason = _read(reply.body).get("reason")
    return reason if isinstance(reason, str) and _REASON.fullmatch(reason) else f"Status{reply.status}"


def _read(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _timestamp(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, int) and not isinstance(milliseconds, bool) and 0 < milliseconds < 253_402_300_800_000:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return None


def _retry_after(seconds: str) -> timedelta | None:
    return timedelta(seconds=min(int(seconds), 3600)) if seconds.isdigit() and len(seconds) < 9 else None
