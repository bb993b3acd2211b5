"""An APNs simulator: HTTP/2 over TLS with a client certificate or a provider token, as strict as Apple's, failing as told, waking virtual phones."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h2.exceptions

from honeyguide.endings import ended
from honeyguide.testing.apns_failures import DropConnection, Failure, GoAway, Hold, Push, PushHeard, ResetStream, Respond
from honeyguide.testing.apns_phones import Device, Sky, Weather
from honeyguide.testing.apns_session import Session
from honeyguide.testing.apns_tokens import TokenKeys

__all__ = ["ApnsSimulator", "DropConnection", "GoAway", "Hold", "Push", "ResetStream", "Respond", "Weather"]

_PATH = re.compile(r"/3/device/([0-9A-Fa-f]{16,256})")


class ApnsSimulator:
    """`await start()`, then point a client to 127.0.0.1:`port`; `connect` a phone's token; `script` what shall go wrong next.

    For all connections from now on: `handshake_delay` seconds until TLS begins, `refuse_certificates` to trust nobody's, `is_down` to cut
    every connection at once. `weather` is what happens to pushes on their way to phones.
    """

    def __init__(
        self,
        *,
        certificate: Path,
        key: Path,
        client_ca: Path,
        max_streams: int = 1000,
        stalled_window: bool = False,
        accept_any_token: bool = False,
        push_type: str = "background",
        priority: int = 5,
        token_keys: TokenKeys | None = None,
    ) -> None:
        needed = ssl.CERT_REQUIRED if token_keys is None else ssl.CERT_OPTIONAL
        self._tls = _context(certificate, key, client_ca, needed)
        self._tls_of_strangers = _context(certificate, key, None, ssl.CERT_REQUIRED)
        self.max_streams, self.stalled_window, self.accept_any_token = max_streams, stalled_window, accept_any_token
        self.push_type, self.priority, self.token_keys = push_type, priority, token_keys
        self.handshake_delay, self.refuse_certificates, self.is_down = 0.0, False, False
        self.port = 0
        self.connections = 0  # ever accepted
        self.most_at_once = 0
        self.answers: Counter[str] = Counter()
        self.pushes: deque[Push] = deque(maxlen=10_000)
        self.complaints: deque[str] = deque(maxlen=1000)  # what a client did that APNs would refuse
        self.sky = Sky()
        self._script: deque[Failure] = deque()
        self._listening: socket.socket | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def _devices(self) -> dict[str, Device]:
        return self.sky.devices

    @property
    def weather(self) -> Weather:
        return self.sky.weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self.sky.weather = weather

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raises OSError when the port is taken."""
        self._listening = socket.create_server((host, port), backlog=128)
        self._listening.setblocking(False)
        self.port = self._listening.getsockname()[1]
        self._spawn(self._accept(self._listening))

    async def stop(self) -> None:
        self.hang_up()
        await self.sky.close()
        await ended(*self._tasks)
        if self._listening is not None:
            self._listening.close()

    def hang_up(self) -> None:
        """Cut every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    def connect(self, token: str, hear: PushHeard) -> None:
        """A phone is reachable under this token; what was kept while it was off is delivered now."""
        self.sky.connect(token, hear)

    def switch_off(self, token: str) -> None:
        self.sky.switch_off(token)

    def remove(self, token: str, at: datetime | None = None) -> None:
        """The phone deleted its passes: its token answers 410 from now on."""
        self.sky.remove(token, at)

    def script(self, *failures: Failure) -> None:
        """The next requests fail so, in this order, one each."""
        self._script.extend(failures)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listening)
            self._spawn(self._serve(client))

    async def _serve(self, client: socket.socket) -> None:
        """TLS begins only when we want it to: until then the client's greeting waits in the kernel."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        if self.handshake_delay:
            await asyncio.sleep(self.handshake_delay)
        if self.is_down:
            client.close()
            return
        writer = None
        try:
            protocol = asyncio.StreamReaderProtocol(reader)
            tls = self._tls_of_strangers if self.refuse_certificates else self._tls
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, client, ssl=tls)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            self._writers.add(writer)
            self.connections += 1
            await Session(self, reader, writer).run()
        except (OSError, h2.exceptions.H2Error):
            pass
        finally:
            if writer is not None:
                self._writers.discard(writer)
                with suppress(Exception):
                    writer.close()

    def next_failure(self) -> Failure | None:
        return self._script.popleft() if self._script else None

    def answer(self, request: Mapping[str, str], body: bytes, topic: str) -> Respond:
        """What Apple would answer; a push that passes every check wakes the phone."""
        refusal = self._refusal(request, body, topic)
        if refusal is not None:
            self.complaints.append(f"{refusal.status} {refusal.reason}")
            return refusal
        token = request[":path"].rpartition("/")[2].lower()
        device = self.sky.devices.get(token)
        if device is None:
            return Respond(200) if self.accept_any_token else Respond(400, "BadDeviceToken")
        if device.removed_at is not None:
            return Respond(410, "Unregistered", int(device.removed_at.timestamp() * 1000))
        topic = topic or request["apns-topic"]
        push = Push(token, request["apns-topic"], datetime.now(UTC))
        self.pushes.append(push)
        self.sky.deliver(push)
        return Respond(200)

    def _refusal(self, request: Mapping[str, str], body: bytes, topic: str) -> Respond | None:
        """Apple's own checks and those of N2-N5."""
        if not topic and self.token_keys is not None:
            refusal = self.token_keys.refusal(request.get("authorization", ""))
            if refusal is not None:
                return Respond(429 if refusal.startswith("TooMany") else 403, refusal)
            topic = request.get("apns-topic", "")
            if not self.token_keys.may_push_to(topic):
                return Respond(400, "TopicDisallowed" if topic else "MissingTopic")
        if request.get(":method") != "POST":
            return Respond(405, "MethodNotAllowed")
        if not _PATH.fullmatch(request.get(":path", "")):
            return Respond(404, "BadPath")
        if request.get("apns-topic") != topic:
            return Respond(400, "TopicDisallowed" if "apns-topic" in request else "MissingTopic")
        if request.get("apns-push-type") != self.push_type:
            return Respond(400, "InvalidPushType")
        if request.get("apns-priority") != str(self.priority):
            return Respond(400, "BadPriority")
        if body != b"{}":
            return Respond(400, "PayloadEmpty" if not body else "BadPayload")
        return None

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _context(certificate: Path, key: Path, client_ca: Path | None, needed: ssl.VerifyMode) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
    context.verify_mode = needed
    # The pass certificate's issuer is an intermediate: whoever trusts it need not see the root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["h2"])
    return context
