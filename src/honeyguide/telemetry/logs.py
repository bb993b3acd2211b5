"""Log lines of all loggers, by structlog: one JSON object an event for machines, readable lines on a terminal."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, Literal, TextIO

from honeyguide.telemetry import spans
from honeyguide.telemetry.fit import CLOSED, fit
from honeyguide.telemetry.told import told

LogFormat = Literal["json", "console", "auto"]
_MOST_FRAMES = 12
_TRACEBACK = "Traceback (most recent call last):"
# asyncio writes the failed task or future below its first line, with the text of its exception.
_FIRST_LINE_ONLY = frozenset({"asyncio"})
# At DEBUG they write down what they are sent and what they send.
_TALKATIVE = ("httpcore", "httpx", "hpack", "h2", "urllib3", "requests", "websockets", "asyncio", "asyncpg", "tortoise", "opentelemetry")

Line = MutableMapping[str, Any]


def write_logs(format: LogFormat, level: str, process: str, stream: TextIO | None = None) -> None:
    """All that any logger says goes to `stream` (stderr); auto is console on a terminal and json elsewhere."""
    stream = stream or sys.stderr
    is_json = format == "json" or (format == "auto" and not stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Late(lambda: line_formatter(is_json=is_json, colors=stream.isatty(), process=process)))
    root = logging.getLogger()
    for before in list(root.handlers):
        if isinstance(before.formatter, _Late):
            root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error"):  # where somebody let uvicorn set up its own
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.captureWarnings(capture=True)


class _Late(logging.Formatter):
    """structlog takes a quarter of a second to import: a command that says nothing does not wait for it."""

    def __init__(self, make: Callable[[], logging.Formatter]) -> None:
        super().__init__()
        self._make = make
        self._made: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._made is None:
            self._made = self._make()
        return self._made.format(record)


def line_formatter(*, is_json: bool, colors: bool = False, process: str = "honeyguide") -> logging.Formatter:
    import orjson
    import structlog

    def of_process(logger: Any, name: str, line: Line) -> Line:
        line["process"] = process
        return line

    renderer: Any = structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0, sort_keys=False)
    if is_json:
        renderer = structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line).decode())
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(allow=CLOSED),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            of_process,
        ],
        processors=[_framed, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _of_request, _fitting, renderer],
    )


def _of_request(logger: Any, name: str, line: Line) -> Line:
    """The request that the line belongs to, and its trace."""
    if (one := told()) is not None:
        line.setdefault("request_id", one.request_id)
        for key in ("audience", "operation"):
            if (value := getattr(one, key)) is not None:
                line.setdefault(key, value)
    for key, value in spans.ids().items():
        line.setdefault(key, value)
    return line


def _framed(logger: Any, name: str, line: Line) -> Line:
    """An exception is its type and its frames: its text may hold what somebody typed, or a row of the database."""
    record: logging.LogRecord = line["_record"]
    text = str(line.get("event", ""))
    given = line.pop("exc_info", None)
    if record.name in _FIRST_LINE_ONLY or given:
        text = text.partition("\n")[0]
    if (start := text.find(_TRACEBACK)) >= 0:
        text = _shortened(text[:start], text[start:])
    line["event"] = text
    line.pop("stack_info", None)
    if isinstance(given, tuple) and given[1] is not None:
        line["exception"], line["frames"] = type(given[1]).__name__, frames_of(given[2])
    return line


def frames_of(trace: TracebackType | None) -> list[str]:
    """The innermost frame first: file, line and function, no values."""
    found = traceback.extract_tb(trace)[: -_MOST_FRAMES - 1 : -1]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in found]


def _shortened(before: str, trace: str) -> str:
    """A traceback that somebody else made a text of, as uvicorn does of one at the start: its last line tells what is wrong."""
    lines = [line for line in trace.splitlines() if line.strip()]
    return f"{before}{lines[-1].strip()}"


def _fitting(logger: Any, name: str, line: Line) -> Line:
    return fit(line)
