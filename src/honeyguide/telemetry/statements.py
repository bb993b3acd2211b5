"""A span for each statement of the database, by its name alone: neither its text nor its values."""

from __future__ import annotations

import re
from time import time_ns
from typing import Any

from honeyguide.telemetry import spans

_HEADING = re.compile(r"-- ([a-z][a-z0-9_]*): ")
# asyncpg's own, at the first use of a type on a connection: it asks what the type is, and keeps the planner from compiling that question.
_OF_DRIVER = re.compile(r"\s*(?:WITH RECURSIVE typeinfo_tree\b|SELECT\s+(?:current_setting|set_config)\('jit')")
_PLAIN = frozenset({"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "SET", "NOTIFY", "LISTEN"})


def trace_statements(connection: Any) -> None:
    """Of a connection of asyncpg, where tracing is on; without it nothing is asked or measured."""
    if spans.is_on():
        connection.add_query_logger(_trace)


def name_of(query: str) -> str:
    """The name above a statement of ours, one for the driver's own; of others the first word, where it is one of a transaction's."""
    if (heading := _HEADING.match(query)) is not None:
        return heading[1]
    if _OF_DRIVER.match(query) is not None:
        return "asyncpg_types"
    word = query.lstrip()[:12].partition(" ")[0].rstrip(";").upper()
    return word if word in _PLAIN else "unnamed"


def _trace(logged: Any) -> None:
    """Called in the context of who asked; a statement outside of any span, as of those who poll, makes none."""
    from opentelemetry.trace import SpanKind, StatusCode, get_current_span

    tracer, above = spans.tracer(), get_current_span().get_span_context()
    if tracer is None or not above.trace_flags.sampled:  # by now the span above may have ended, as that of a batch after its COMMIT
        return
    name, ended = name_of(logged.query), time_ns()
    attributes = {"db.system.name": "postgresql", "db.query.summary": name}
    opened = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes, start_time=ended - int(logged.elapsed * 1e9))
    if logged.exception is not None:
        opened.set_attribute("error.type", type(logged.exception).__name__)
        opened.set_status(StatusCode.ERROR)
    opened.end(ended)
