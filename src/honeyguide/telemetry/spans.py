"""Spans of OpenTelemetry where tracing is on, and nothing at all where it is off: then opentelemetry is not even imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanContext, SpanKind, Tracer

Attribute = str | int | bool
Kind = Literal["internal", "server", "client", "consumer"]

# All that a span may say of anything: closed words, numbers and names of hosts.
ATTRIBUTES = frozenset({
    "graphql.operation.name", "graphql.operation.type", "honeyguide.audience", "honeyguide.request_id", "honeyguide.outcome",
    "honeyguide.batch.size", "honeyguide.transport", "honeyguide.platform",
    "http.request.method", "http.response.status_code", "server.address", "server.port",
    "db.system.name", "db.query.summary", "error.type",
})  # fmt: skip

_tracer: Tracer | None = None
_NOTHING: AbstractContextManager[None] = nullcontext()


def turn_on(tracer: Tracer) -> None:
    global _tracer  # noqa: PLW0603 - one a process, as loggers and metrics
    _tracer = tracer


def turn_off() -> None:
    global _tracer  # noqa: PLW0603
    _tracer = None


def tracer() -> Tracer | None:
    return _tracer


def is_on() -> bool:
    return _tracer is not None


def span(name: str, attributes: Mapping[str, Attribute] | None = None, kind: Kind = "internal") -> AbstractContextManager[Span | None]:
    """A span below the current one; `name` is a word of ours, attributes that are not listed are left out."""
    return _NOTHING if _tracer is None else _opened(_tracer, name, attributes or {}, kind)


def root_span(
    name: str,
    attributes: Mapping[str, Attribute] | None = None,
    kind: Kind = "server",
    *,
    traceparent: str | None = None,
    follows: bool = False,
) -> AbstractContextManager[Span | None]:
    """A span with nothing above it in this process.

    The caller's own span (`traceparent`, W3C) is linked to: a stranger decides neither our trace ids nor what is sampled. With
    `follows` it is the parent, and its flag decides as the sampler says.
    """
    return _NOTHING if _tracer is None else _rooted(_tracer, name, attributes or {}, kind, traceparent, follows)


def batch_span(name: str, attributes: Mapping[str, Attribute], asked_by: Sequence[Span | None]) -> AbstractContextManager[Span | None]:
    """A span that works for several: below the first of them, linked with all others in both directions."""
    return _NOTHING if _tracer is None else _shared(_tracer, name, attributes, asked_by)


def current() -> Span | None:
    """The current span, where it is recorded."""
    if _tracer is None:
        return None
    from opentelemetry.trace import get_current_span

    found = get_current_span()
    return found if found.is_recording() else None


def note(attributes: Mapping[str, Attribute], name: str | None = None) -> None:
    """Say more of the current span; `name` renames it."""
    if (found := current()) is not None:
        found.set_attributes(_listed(attributes))
        if name is not None:
            found.update_name(name)


def ids() -> dict[str, str]:
    """Of the current span, for log lines."""
    if _tracer is None:
        return {}
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    here = get_current_span().get_span_context()
    return {"trace_id": format_trace_id(here.trace_id), "span_id": format_span_id(here.span_id)} if here.is_valid else {}


@contextmanager
def _opened(tracer: Tracer, name: str, attributes: Mapping[str, Attribute], kind: Kind) -> Iterator[Span]:
    with (
        tracer.start_as_current_span(
            name, kind=_kind(kind), attributes=_listed(attributes), record_exception=False, set_status_on_exception=False
        ) as opened,
        _failing(opened),
    ):
        yield opened


@contextmanager
def _rooted(
    tracer: Tracer, name: str, attributes: Mapping[str, Attribute], kind: Kind, traceparent: str | None, follows: bool
) -> Iterator[Span]:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, NonRecordingSpan, set_span_in_context

    above, links = Context(), []
    if traceparent is not None and (remote := remote_of(traceparent)) is not None:
        if follows:
            above = set_span_in_context(NonRecordingSpan(remote), above)
        else:
            links = [Link(remote)]
    with (
        tracer.start_as_current_span(
            name,
            context=above,
            kind=_kind(kind),
            attributes=_listed(attributes),
            links=links,
            record_exception=False,
            set_status_on_exception=False,
        ) as opened,
        _failing(opened),
    ):
        yield opened


@contextmanager
def _shared(tracer: Tracer, name: str, attributes: Mapping[str, Attribute], asked_by: Sequence[Span | None]) -> Iterator[Span]:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, set_span_in_context

    callers = list({id(one): one for one in asked_by if one is not None}.values())
    above = set_span_in_context(callers[0], Context()) if callers else Context()
    links = [Link(one.get_span_context()) for one in callers[1:]]
    with (
        tracer.start_as_current_span(
            name, context=above, attributes=_listed(attributes), links=links, record_exception=False, set_status_on_exception=False
        ) as opened,
        _failing(opened),
    ):
        for one in callers[1:]:
            if one.is_recording():
                one.add_link(opened.get_span_context())
        yield opened


@contextmanager
def _failing(opened: Span) -> Iterator[None]:
    """An exception is its type: its text may hold anything."""
    try:
        yield
    except Exception as error:
        from opentelemetry.trace import StatusCode

        opened.set_attribute("error.type", type(error).__name__)
        opened.set_status(StatusCode.ERROR)
        raise


def remote_of(traceparent: str) -> SpanContext | None:
    """The span of a traceparent header; tracestate is free text and is not read."""
    from opentelemetry.context import Context
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    found = get_current_span(TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())).get_span_context()
    return found if found.is_valid else None


def _listed(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {key: value for key, value in attributes.items() if key in ATTRIBUTES}


def _kind(kind: Kind) -> SpanKind:
    from opentelemetry.trace import SpanKind

    return SpanKind[kind.upper()]
