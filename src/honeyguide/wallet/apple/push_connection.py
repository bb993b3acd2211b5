"""One HTTP/2 connection to APNs: many requests at once, each ended by an answer, a reset, a going-away or the loss of the line."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from honeyguide.egress import Egress, EgressFailed, EgressRefused
from honeyguide.wallet.apple.push_frames import GoingAway, split_frames
from honeyguide.wallet.apple.push_reply import Answer, HandshakeFailed, Header, Reply, Reset, Unanswered, Unreachable

logging.getLogger("hpack").setLevel(logging.WARNING)  # its DEBUG lines show header values, and push tokens are among them

STREAMS_AT_MOST = 256  # h2 counts all open streams for each new one: more of them at once only costs time
BODY_AT_MOST = 4096
_STREAM_IDS = 2**31 - 1000  # a connection that has used up its stream ids takes no more requests


@dataclass(slots=True)
class _Stream:
    reply: asyncio.Future[Reply]
    unsent: bytes
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


class _Http2(h2.connection.H2Connection):
    MAX_CLOSED_STREAMS = 1024  # what h2 remembers of ended streams: its own 65,536 would grow for an hour before they are flat


class PushConnection:
    """Made by `connect`; `request` from any number of tasks; ends by itself when the server goes away and nothing is left to hear."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ping_every: float, ping_patience: float) -> None:
        self._reader, self._writer = reader, writer
        self._ping_every, self._ping_patience = ping_every, ping_patience
        configuration = h2.config.H2Configuration(client_side=True, header_encoding="utf-8", validate_outbound_headers=False)
        self._http2 = _Http2(configuration)
        self._http2.local_settings = h2.settings.Settings(client=True, initial_values={h2.settings.SettingCodes.ENABLE_PUSH: 0})
        self._streams: dict[int, _Stream] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._buffer = b""
        self._pong, self._over = asyncio.Event(), asyncio.Event()
        self.goes_away = False
        self.ended = False
        self.heard = 0  # frames received so far: a request that saw none pass by was sent into the void

    @classmethod
    async def connect(
        cls,
        egress: Egress,
        host: str,
        port: int,
        tls: ssl.SSLContext,
        *,
        patience: float = 10.0,
        ping_every: float = 60.0,
        ping_patience: float = 10.0,
    ) -> PushConnection:
        """Connect and wait for the server's settings: with TLS 1.3 a refused client certificate shows only then.

        Raises Unreachable or HandshakeFailed.
        """
        try:
            reader, writer = await egress.connect(host, port, tls, within=patience)
        except ssl.SSLError as error:
            raise HandshakeFailed(f"TLS with {host}:{port} failed: {error.reason or type(error).__name__}") from error
        except EgressFailed as error:
            raise Unreachable(f"{host}:{port}: {error.reason}") from error
        except EgressRefused as error:
            raise Unreachable(f"{host}:{port}: refused by our own egress (HONEYGUIDE_EGRESS_ALLOW): {error}") from error
        connection = cls(reader, writer, ping_every, ping_patience)
        try:
            async with asyncio.timeout(patience):
                await connection._start()
        except TimeoutError as error:
            connection.end("silent")
            raise HandshakeFailed(f"{host}:{port} sent no HTTP/2 settings") from error
        except BaseException:
            connection.end("given up")
            raise
        return connection

    @property
    def usable(self) -> bool:
        return not (self.ended or self.goes_away)

    async def request(self, headers: list[Header], body: bytes, *, until: float) -> Reply:
        """Send when the server admits one more stream; at `until` (loop time) take the status if it came, else raise TimeoutError.

        A request given up is reset, so that it frees its stream.
        """
        async with asyncio.timeout_at(until):
            while self.usable and len(self._streams) >= self._streams_allowed():
                await self._a_free_stream()
        if not self.usable:
            self._wake(len(self._waiting))
            return Unanswered("connection ended")
        try:
            stream_id, stream = self._open(headers, body)
        except h2.exceptions.H2Error as error:
            self.end(type(error).__name__)
            return Unanswered(type(error).__name__)
        try:
            async with asyncio.timeout_at(until):
                return await stream.reply
        except TimeoutError:
            if stream.status:
                return Answer(stream.status, stream.headers, bytes(stream.body))
            raise
        finally:
            self._forget(stream_id, answered=stream.reply.done() and not stream.reply.cancelled())

    def _open(self, headers: list[Header], body: bytes) -> tuple[int, _Stream]:
        stream_id = self._http2.get_next_available_stream_id()
        self._http2.send_headers(stream_id, headers)
        stream = self._streams[stream_id] = _Stream(asyncio.get_running_loop().create_future(), body)
        self._send_body(stream_id, stream)
        self._flush()
        return stream_id, stream

    async def drain(self, patience: float = 10.0) -> None:
        """Take no more requests, wait for those under way, then close."""
        self.goes_away = True
        self._wake(len(self._waiting))
        if self._streams:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._over.wait()
        self.end("closed")

    def end(self, reason: str) -> None:
        """Close at once; every request still open is answered Unanswered."""
        if self.ended:
            return
        self.ended = True
        self._over.set()
        for stream in self._streams.values():
            if not stream.reply.done():
                stream.reply.set_result(Unanswered(reason))
        self._wake(len(self._waiting))
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self._writer.transport.abort() if reason != "closed" else self._writer.close()

    async def _start(self) -> None:
        self._http2.initiate_connection()
        self._flush()
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._keep_alive())]
        await self._ready

    async def _listen(self) -> None:
        reason: Exception | None = None
        try:
            while data := await self._reader.read(65536):
                frames, self._buffer = split_frames(self._buffer + data)
                for frame in frames:
                    self.heard += 1
                    self._go_away(frame) if isinstance(frame, GoingAway) else self._hear(frame)
                self._flush()
                if self.goes_away and not self._streams:
                    break
        except (OSError, ValueError, h2.exceptions.H2Error) as error:
            reason = error
        if not self._ready.done():
            why = getattr(reason, "reason", None) or type(reason).__name__ if reason else "closed by the server"
            self._ready.set_exception(HandshakeFailed(f"APNs refused the connection: {why}"))
        self.end("connection lost")

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._ping_every)
            self._pong.clear()
            self._http2.ping(b"honeygde")
            self._flush()
            try:
                async with asyncio.timeout(self._ping_patience):
                    await self._pong.wait()
            except TimeoutError:
                self.end("ping unanswered")
                return

    def _hear(self, frame: bytes) -> None:
        for event in self._http2.receive_data(frame):
            match event:
                case h2.events.RemoteSettingsChanged():
                    if not self._ready.done():
                        self._ready.set_result(None)
                    self._send_bodies()
                    self._wake(len(self._waiting))
                case h2.events.WindowUpdated():
                    self._send_bodies()
                case h2.events.PingAckReceived():
                    self._pong.set()
                case h2.events.ResponseReceived() | h2.events.DataReceived() | h2.events.StreamEnded() | h2.events.StreamReset():
                    self._hear_stream(event)

    def _hear_stream(
        self, event: h2.events.ResponseReceived | h2.events.DataReceived | h2.events.StreamEnded | h2.events.StreamReset
    ) -> None:
        stream_id = event.stream_id or 0
        if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
            self._http2.acknowledge_received_data(event.flow_controlled_length, stream_id)
        stream = self._streams.get(stream_id)
        if stream is None or stream.reply.done():
            return
        match event:
            case h2.events.ResponseReceived(headers=headers):
                stream.headers = {str(name): str(value) for name, value in headers or []}
                status = stream.headers.get(":status", "")
                stream.status = int(status) if status.isdigit() else 0
            case h2.events.DataReceived(data=data):
                stream.body += (data or b"")[: BODY_AT_MOST - len(stream.body)]
            case h2.events.StreamEnded():
                stream.reply.set_result(Answer(stream.status, stream.headers, bytes(stream.body)))
            case h2.events.StreamReset(error_code=code):
                stream.reply.set_result(Reset(int(code or 0)))

    def _go_away(self, frame: GoingAway) -> None:
        self.goes_away = True
        for stream_id, stream in self._streams.items():
            if stream_id > frame.last_stream_id and not stream.reply.done():
                stream.reply.set_result(Unanswered(f"going away {frame.reason}".strip()))
        self._wake(len(self._waiting))

    def _send_body(self, stream_id: int, stream: _Stream) -> None:
        if stream.unsent and self._http2.local_flow_control_window(stream_id) >= len(stream.unsent):
            self._http2.send_data(stream_id, stream.unsent, end_stream=True)
            stream.unsent = b""

    def _send_bodies(self) -> None:
        for stream_id, stream in self._streams.items():
            if stream.unsent and not stream.reply.done():
                self._send_body(stream_id, stream)

    def _forget(self, stream_id: int, *, answered: bool) -> None:
        self._streams.pop(stream_id, None)
        if not answered and not self.ended:
            with suppress(h2.exceptions.H2Error):
                self._http2.reset_stream(stream_id, h2.errors.ErrorCodes.CANCEL)
                self._flush()
        if stream_id > _STREAM_IDS:
            self.goes_away = True
        if self.goes_away and not self._streams:
            self.end("closed")
        self._wake(1)

    def _streams_allowed(self) -> int:
        return min(self._http2.remote_settings.max_concurrent_streams, STREAMS_AT_MOST)

    async def _a_free_stream(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            else:
                self._wake(1)  # it was woken and will not use its turn
            raise

    def _wake(self, count: int) -> None:
        while count > 0 and self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                count -= 1

    def _flush(self) -> None:
        if data := self._http2.data_to_send():
            self._writer.write(data)
