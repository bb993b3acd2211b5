"""Spans leave for the collector that the operator named, and a collector that is away holds nothing up."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic

import pytest

from honeyguide.telemetry import spans, tracing
from honeyguide.telemetry.tracing import FLUSH_SECONDS


def test_spans_arrive_at_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        with tracing.tracing("serve"), spans.root_span("POST", {"http.request.method": "POST"}):
            pass
        server.shutdown()

    ((path, body),) = received
    assert path == "/v1/traces" and b"honeyguide-serve" in body and b"http.request.method" in body
    assert not spans.is_on()


def test_a_collector_that_is_away_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(tracing, "FLUSH_SECONDS", 0.2)
    began = monotonic()

    with tracing.tracing("serve"), spans.root_span("POST"):
        pass

    assert monotonic() - began < FLUSH_SECONDS
