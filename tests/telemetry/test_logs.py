"""Log lines: one JSON object an event, exceptions without what they say."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from honeyguide.telemetry.logs import line_formatter, write_logs
from honeyguide.telemetry.told import Told, telling

CANARY = "canary@example.test"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a process with HONEYGUIDE_LOG_FORMAT=json writes."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = list(root.handlers), root.level
    write_logs("json", "info", "serve", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_of_a_request_carries_its_id_audience_and_operation(written: io.StringIO) -> None:
    with telling(Told("request-1", audience="partner", operation="postTransaction")):
        logging.getLogger("honeyguide.till.lane").warning("a batch is tried again: %s", "TimeoutError")
    logging.getLogger("honeyguide.worker").info("outside")

    inside, outside = lines(written)
    assert inside["event"] == "a batch is tried again: TimeoutError" and inside["level"] == "warning"
    assert (inside["request_id"], inside["audience"], inside["operation"]) == ("request-1", "partner", "postTransaction")
    assert inside["logger"] == "honeyguide.till.lane" and inside["process"] == "serve" and inside["timestamp"].endswith("Z")
    assert "request_id" not in outside


def test_an_exception_is_its_type_and_frames_without_values(written: io.StringIO) -> None:
    try:
        raise ValueError(f"no such member: {CANARY}")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    (line,) = lines(written)
    assert line["event"] == "Exception in ASGI application" and line["exception"] == "ValueError"
    assert line["frames"][0].startswith("test_logs.py:") and CANARY not in written.getvalue()


def test_what_asyncio_says_of_a_lost_task_has_no_text_of_its_exception(written: io.StringIO) -> None:
    said = f"Task exception was never retrieved\nfuture: <Task finished exception=ValueError('Annabel Canary {CANARY}')>"
    logging.getLogger("asyncio").error(said, exc_info=ValueError(CANARY))

    (line,) = lines(written)
    assert line["event"] == "Task exception was never retrieved" and line["exception"] == "ValueError"
    assert "Canary" not in written.getvalue()


def test_a_start_that_fails_says_why_and_not_where_from(written: io.StringIO) -> None:
    trace = 'Traceback (most recent call last):\n  File "web.py", line 1, in <module>\n    secret = "Annabel"\nOSError: the port is in use'
    logging.getLogger("uvicorn.error").error(trace)

    assert lines(written)[0]["event"] == "OSError: the port is in use"


def test_t1_no_extra_of_a_caller_enters_unless_it_is_listed(written: io.StringIO) -> None:
    logging.getLogger("x").warning("said", extra={"email": CANARY, "status": 200})

    (line,) = lines(written)
    assert line["status"] == 200 and "email" not in line


def test_t2_a_forged_line_stays_within_its_own(written: io.StringIO) -> None:
    logging.getLogger("x").warning("device log %s", 'x\n{"event": "forged"}\r\u2028\x1b[2J')

    assert len(written.getvalue().splitlines()) == 1 and lines(written)[0]["event"].startswith("device log x\\n")


def test_auto_is_for_people_on_a_terminal_and_for_machines_elsewhere() -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        for stream, is_json in ((Terminal(), False), (io.StringIO(), True)):
            write_logs("auto", "info", "worker", stream)
            write_logs("auto", "info", "worker", stream)  # twice is once
            logging.getLogger("honeyguide.worker").info("works")
            assert stream.getvalue().count("works") == 1
            assert stream.getvalue().startswith("{") is is_json
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(capture=False)


def test_readable_lines_are_as_discreet() -> None:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "refused %s", (CANARY,), None)

    assert CANARY not in line_formatter(is_json=False).format(record)


def test_a_command_that_says_nothing_does_not_wait_for_structlog_nor_for_opentelemetry() -> None:
    script = (
        "import sys; from honeyguide.telemetry.logs import write_logs; import honeyguide.till.lane, honeyguide.egress;"
        " write_logs('auto', 'info', 'cli'); print('structlog' in sys.modules, 'opentelemetry' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False False\n"
