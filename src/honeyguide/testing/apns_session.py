"""One client's HTTP/2 connection to the APNs simulator: streams, windows, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from honeyguide.testing.apns_failures import DropConnection, Failure, GoAway, Hold, ResetStream, Respond


class Answers(Protocol):
    """What a connection needs of the simulator."""

    max_streams: int
    stalled_window: bool
    most_at_once: int
    answers: Any

    def next_failure(self) -> Failure | None: ...

    def answer(self, request: Mapping[str, str], body: bytes, topic: str) -> Respond: ...


class _Http2(h2.connection.H2Connection):
    MAX_CLOSED_STREAMS = 1024  # so that a test of a client's memory does not measure ours


@dataclass(slots=True)
class _Request:
    headers: dict[str, str]
    body: bytes = b""


class Session:
    """One client's connection."""

    def __init__(self, apns: Answers, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
