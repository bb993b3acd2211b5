"""Turns tracing on where the operator named a collector: OpenTelemetry's SDK and its OTLP exporter, by their own OTEL_* variables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from honeyguide.telemetry import spans

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
FLUSH_SECONDS = 3


class TracingMissing(Exception):
    """A collector is named, and the packages that speak to it are not installed."""

    def __str__(self) -> str:
        return "OTEL_EXPORTER_OTLP_ENDPOINT is set, and tracing is not installed: pip install honeyguide[tracing]"


def is_wished(environment: Mapping[str, str]) -> bool:
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(environment.get(name) for name in _ENDPOINTS)


@contextmanager
def tracing(process: str, environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Traces leave for the collector until the end; what is left then has three seconds. Raises TracingMissing."""
    if not is_wished(environment):
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise TracingMissing from None
    is_named = "OTEL_SERVICE_NAME" in environment or "service.name=" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    resource = Resource.create({} if is_named else {"service.name": f"honeyguide-{process}"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    processor = BatchSpanProcessor(OTLPSpanExporter())
    provider.add_span_processor(processor)
    spans.turn_on(provider.get_tracer("honeyguide"))
    try:
        yield
    finally:
        spans.turn_off()
        _shut_down(processor)


def _shut_down(processor: object) -> None:
    """A collector that is away does not hold up the end of a process."""
    from threading import Thread

    ending = Thread(target=processor.shutdown, daemon=True)  # type: ignore[attr-defined]
    ending.start()
    ending.join(FLUSH_SECONDS)
