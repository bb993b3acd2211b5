"""Spans: nothing where tracing is off; whose trace it is; and nothing in them but listed words."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from asyncpg.introspection import INTRO_LOOKUP_TYPES
from opentelemetry.trace import StatusCode, format_trace_id

from builders.traced import Kept
from honeyguide.telemetry import spans
from honeyguide.telemetry.statements import name_of, trace_statements
from honeyguide.telemetry.tracing import is_wished

THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_off_there_is_nothing() -> None:
    with (
        spans.span("execute") as one,
        spans.root_span("GET", traceparent=THEIRS) as root,
        spans.batch_span("till batch", {}, [None]) as batch,
    ):
        spans.note({"honeyguide.outcome": "ok"})
        assert (one, root, batch, spans.current(), spans.ids()) == (None, None, None, None, {})


def test_t4_a_strangers_trace_is_linked_to_and_decides_nothing(traced: Kept) -> None:
    with spans.root_span("POST", traceparent=THEIRS):
        pass

    (one,) = traced.all
    assert one.parent is None and format_trace_id(one.context.trace_id) not in THEIRS
    assert [format_trace_id(link.context.trace_id) for link in one.links] == [THEIRS[3:35]]


def test_t4_behind_ones_own_gateway_its_trace_goes_on(traced: Kept) -> None:
    with spans.root_span("POST", traceparent=THEIRS, follows=True):
        pass

    (one,) = traced.all
    assert format_trace_id(one.context.trace_id) == THEIRS[3:35] and one.parent is not None and not one.links


@pytest.mark.parametrize("odd", ["", "x", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", THEIRS * 3, "00-eyJhbGciOi-x-01"])
def test_an_odd_traceparent_is_none(traced: Kept, odd: str) -> None:
    with spans.root_span("POST", traceparent=odd, follows=True):
        pass

    assert traced.all[0].parent is None and not traced.all[0].links


def test_a_batch_is_below_its_first_caller_and_linked_with_the_others(traced: Kept) -> None:
    callers = []
    for number in range(3):
        with spans.root_span(f"caller {number}"):
            callers.append(spans.current())
            if number == 2:
                with spans.batch_span("till batch", {"honeyguide.batch.size": 4}, [callers[1], None, callers[2], callers[2]]):
                    pass

    batch, first, second = traced.one("till batch"), traced.one("caller 1"), traced.one("caller 2")
    assert batch.parent is not None and batch.parent.span_id == first.context.span_id
    assert [link.context.span_id for link in batch.links] == [second.context.span_id]
    assert [link.context.span_id for link in second.links] == [batch.context.span_id]


def test_an_exception_leaves_its_type_and_no_text(traced: Kept) -> None:
    with (
        pytest.raises(ValueError, match="canary"),
        spans.span("execute", {"honeyguide.outcome": "x", "member.email": "canary@example.test"}),
    ):
        raise ValueError("canary@example.test")

    (one,) = traced.all
    assert one.attributes == {"honeyguide.outcome": "x", "error.type": "ValueError"}
    assert one.status.status_code is StatusCode.ERROR and not one.events and one.status.description is None


async def test_statements_are_told_by_name_where_somebody_asked(traced: Kept) -> None:
    heard: list[Any] = []
    trace_statements(SimpleNamespace(add_query_logger=heard.append))
    (log,) = heard
    query = SimpleNamespace(query="-- open_batch: claim.\nSELECT 'canary'", args=("canary",), elapsed=0.01, exception=ValueError("canary"))

    log(query)  # a poll: nobody asked
    with spans.root_span("POST"):
        asyncio.get_running_loop().call_soon(log, query)
        await asyncio.sleep(0)

    one = traced.one("open_batch")
    assert len(traced.all) == 2 and "canary" not in one.to_json()
    assert one.end_time is not None and one.start_time is not None and one.end_time - one.start_time == 10_000_000


def test_a_statement_without_a_name_is_not_quoted() -> None:
    queries = ("BEGIN;", "COMMIT;", "SELECT 'anna'", "-- read_member: one.\nSELECT 1", "SET ROLE x", INTRO_LOOKUP_TYPES)

    assert [name_of(query) for query in queries] == ["BEGIN", "COMMIT", "unnamed", "read_member", "SET", "asyncpg_types"]


def test_tracing_is_off_until_a_collector_is_named() -> None:
    assert not is_wished({})
    assert is_wished({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"})
    assert is_wished({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"})
    assert not is_wished({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"})
    assert not is_wished({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"})
