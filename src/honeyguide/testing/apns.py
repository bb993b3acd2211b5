"""An APNs simulator: HTTP/2 over TLS with a client certificate, as strict as Apple's, failing as told, waking virtual phones."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections import Counter, deque
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from honeyguide.endings import ended
from honeyguide.testing.apns_failures import DropConnection, Failure, GoAway, Hold, Push, PushHeard, ResetStream, Respond
from honeyguide.testing.apns_tokens import TokenKeys

__all__ = ["ApnsSimulator", "DropConnection", "GoAway", "Hold", "Push", "ResetStream", "Respond"]

_PATH = re.compile(r"/3/device/([0-9A-Fa-f]{16,256})")


@dataclass(slots=True)
class _Device:
    hear: PushHeard | None = None  # None: the phone is off, one notification is kept for each topic (N10)
    stored: dict[str, Push] = field(default_factory=dict)
    removed_at: datetime | None = None


class ApnsSimulator:
    """`await start()`, then point a client to 127.0.0.1:`port`; `connect` a phone's token; `script` what shall go wrong next."""

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
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._tls.load_verify_locations(client_ca)
        self._tls.verify_mode = ssl.CERT_REQUIRED if token_keys is None else ssl.CERT_OPTIONAL
        self.push_type, self.priority, self.token_keys = push_type, priority, token_keys
        # The pass certificate's issuer is an intermediate: whoever trusts it need not see the root.
        self._tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self._tls.set_alpn_protocols(["h2"])
        self.max_streams, self.stalled_window, self.accept_any_token = max_streams, stalled_window, accept_any_token
        self.port = 0
        self.connections = 0  # ever accepted
        self.most_at_once = 0
        self.answers: Counter[str] = Counter()
        self.pushes: deque[Push] = deque(maxlen=10_000)
        self.complaints: deque[str] = deque(maxlen=1000)  # what a client did that APNs would refuse
        self._devices: dict[str, _Device] = {}
        self._script: deque[Failure] = deque()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, host, port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await ended(*self._tasks)

    def connect(self, token: str, hear: PushHeard) -> None:
        """A phone is reachable under this token; what was kept while it was off is delivered now."""
        device = self._devices.setdefault(token.lower(), _Device())
        device.hear, device.removed_at = hear, None
        for push in device.stored.values():
            self._spawn(hear(push))
        device.stored.clear()

    def switch_off(self, token: str) -> None:
        self._devices[token.lower()].hear = None

    def remove(self, token: str, at: datetime | None = None) -> None:
        """The phone deleted its passes: its token answers 410 from now on."""
        self._devices.setdefault(token.lower(), _Device()).removed_at = at or datetime.now(UTC)

    def script(self, *failures: Failure) -> None:
        """The next requests fail so, in this order, one each."""
        self._script.extend(failures)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            await _Session(self, reader, writer).run()
        except (OSError, h2.exceptions.H2Error, asyncio.CancelledError):
            pass  # stop() cancels; asyncio would log a cancelled connection as an error
        finally:
            self._tasks.discard(task)
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
        device = self._devices.get(token)
        if device is None:
            return Respond(200) if self.accept_any_token else Respond(400, "BadDeviceToken")
        if device.removed_at is not None:
            return Respond(410, "Unregistered", int(device.removed_at.timestamp() * 1000))
        topic = topic or request["apns-topic"]
        push = Push(token, topic, datetime.now(UTC))
        self.pushes.append(push)
        if device.hear is None:
            device.stored[topic] = push
        else:
            self._spawn(device.hear(push))
        return Respond(200)

    def _refusal(self, request: Mapping[str, str], body: bytes, topic: str) -> Respond | None:
        """Apple's own checks and those of N2-N5."""
        if not topic and self.token_keys is not None:
            refusal = self.token_keys.refusal(request.get("authorization", ""))
            if refusal is not None:
                return Respond(403, refusal)
            topic = request.get("apns-topic", "")
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

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Http2(h2.connection.H2Connection):
    MAX_CLOSED_STREAMS = 1024  # so that a test of a client's memory does not measure ours


@dataclass(slots=True)
class _Request:
    headers: dict[str, str]
    body: bytes = b""


class _Session:
    """One client's connection."""

    def __init__(self, apns: ApnsSimulator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._apns, self._reader, self._writer = apns, reader, writer
        self._http2 = _Http2(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._requests: dict[int, _Request] = {}
        self._gone_at: int | None = None
        self._topic = _certificate_uid(writer)

    async def run(self) -> None:
        settings = {
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: self._apns.max_streams,
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0 if self._apns.stalled_window else 65_535,
        }
        # Before the start and as a whole: a setting changed on h2's own settings counts, and is sent, only after the peer's word for it.
        self._http2.local_settings = h2.settings.Settings(client=False, initial_values=settings)
        self._http2.initiate_connection()
        self._flush()
        while data := await self._reader.read(65536):
            for event in self._http2.receive_data(data):
                self._hear(event)
            self._flush()

    def _hear(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived(stream_id=stream_id, headers=headers):
                self._requests[stream_id or 0] = _Request({str(name): str(value) for name, value in headers or []})
                self._apns.most_at_once = max(self._apns.most_at_once, len(self._requests))
            case h2.events.DataReceived(stream_id=stream_id, data=data, flow_controlled_length=length):
                self._http2.acknowledge_received_data(length or 0, stream_id or 0)
                if request := self._requests.get(stream_id or 0):
                    request.body += (data or b"")[:4096]
            case h2.events.StreamEnded(stream_id=stream_id):
                self._decide(stream_id or 0)
            case h2.events.StreamReset(stream_id=stream_id):
                self._requests.pop(stream_id or 0, None)

    def _decide(self, stream_id: int) -> None:
        if self._gone_at is not None and stream_id > self._gone_at:
            return
        match self._apns.next_failure():
            case None:
                self._answer(stream_id)
            case Respond() as respond:
                self._send(stream_id, respond)
            case ResetStream(code=code):
                self._requests.pop(stream_id, None)
                self._apns.answers["reset"] += 1
                self._http2.reset_stream(stream_id, code)
            case GoAway():
                self._go_away(stream_id - 2)
            case DropConnection():
                self._writer.transport.abort()
            case Hold(seconds=None):
                pass
            case Hold(seconds=float() | int() as seconds):
                asyncio.get_running_loop().call_later(seconds, self._answer_later, stream_id)

    def _answer_later(self, stream_id: int) -> None:
        with suppress(h2.exceptions.H2Error, OSError):
            self._answer(stream_id)
            self._flush()

    def _answer(self, stream_id: int) -> None:
        request = self._requests.get(stream_id)
        if request is not None:
            self._send(stream_id, self._apns.answer(request.headers, request.body, self._topic))

    def _send(self, stream_id: int, respond: Respond) -> None:
        self._requests.pop(stream_id, None)
        self._apns.answers[f"{respond.status} {respond.reason or ''}".strip()] += 1
        content: dict[str, Any] = {"reason": respond.reason} if respond.reason else {}
        if respond.timestamp is not None:
            content["timestamp"] = respond.timestamp
        body = json.dumps(content).encode() if content else b""
        headers = [(":status", str(respond.status)), *respond.headers.items()]
        self._http2.send_headers(stream_id, headers, end_stream=not body)
        if body:
            self._http2.send_data(stream_id, body, end_stream=True)
        if self._gone_at is not None and not any(other <= self._gone_at for other in self._requests):
            self._flush()
            self._writer.close()

    def _go_away(self, last_stream_id: int) -> None:
        """Written by hand: h2 closes its own state on GOAWAY, though lower streams are still answered."""
        self._gone_at = last_stream_id
        self._flush()
        debug = b'{"reason":"Shutdown"}'
        payload = last_stream_id.to_bytes(4, "big") + (0).to_bytes(4, "big") + debug
        self._writer.write(len(payload).to_bytes(3, "big") + b"\x07\x00" + (0).to_bytes(4, "big") + payload)
        self._apns.answers["goaway"] += 1
        if not any(other <= last_stream_id for other in self._requests):
            self._writer.close()

    def _flush(self) -> None:
        if (data := self._http2.data_to_send()) and not self._writer.is_closing():
            self._writer.write(data)


def _certificate_uid(writer: asyncio.StreamWriter) -> str:
    certificate = writer.get_extra_info("peercert") or {}
    return next((value for part in certificate.get("subject", ()) for name, value in part if name in ("userId", "UID")), "")
