"""What phones log at us: bounded, parsed into counts, and trusted in nothing (A34, A50)."""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from honeyguide.wallet.phones.metrics import PHONE_LOG_DROPPED, PHONE_LOG_LINES

_log = logging.getLogger(__name__)

LOG_BYTES_AT_MOST = 32_768
_LINES_AT_MOST = 50
_LINE_AT_MOST = 500
_KEPT = 200
_PER_SECOND = 20.0

# As iOS words them; the first that fits tells the task.
_TASKS = (
    ("unregister", re.compile(r"unregister task", re.IGNORECASE)),
    ("register", re.compile(r"register task", re.IGNORECASE)),
    ("list", re.compile(r"get serial (?:#|number)s? task|what changed\?", re.IGNORECASE)),
    ("fetch", re.compile(r"get pass task|requested update to serial|received invalid pass|if-modified-since", re.IGNORECASE)),
    ("personalize", re.compile(r"personali[sz]", re.IGNORECASE)),
)
_SERIAL = re.compile(r"serial number '?([A-Za-z0-9._-]{1,64})")
_PASS_TYPE = re.compile(r"(?:pass type|error for) '?([A-Za-z0-9._-]{1,128})")
_CODE = re.compile(r"\b(?:response code|status(?: code)?|error) ([1-5]\d\d)\b", re.IGNORECASE)
# Kept nowhere: whoever knows a phone's id may ask which passes it holds (A31), with a pass's token he is its phone; no more who it is.
_SECRETS = (
    re.compile(r"(\bdevice )(?=\S*\d)[A-Za-z0-9_.:-]{8,}", re.IGNORECASE),
    re.compile(r"(/devices/)[^/\s]+", re.IGNORECASE),
    re.compile(r"(\bApplePass\s+)\S+", re.IGNORECASE),
    re.compile(r"(\b(?:push|authentication)[ _-]?token\W{1,4})\w[\w=+/-]{7,}", re.IGNORECASE),
    re.compile(r"(/add/)[^/\s]+"),
    re.compile(r"()\b[A-Za-z0-9_=+-]{40,}"),  # tokens of passes have 43 signs and those of pushes 64, serials and pass types fewer
    re.compile(r"()[^\s@'\"<>(),;:]{1,64}@[^\s@'\"<>(),;:]{1,255}"),
)


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """One line; `task` is one of a closed set, everything else is what a stranger wrote."""

    at: datetime
    task: str
    pass_type: str | None
    serial: str | None
    code: int | None
    text: str


class DeviceLog:
    """The latest lines of this process for the operator, and how many came of each task; beyond the rate they are dropped unread."""

    def __init__(self) -> None:
        self.lines: deque[LoggedLine] = deque(maxlen=_KEPT)
        self._unwritten: deque[LoggedLine] = deque(maxlen=_KEPT)
        self.counts: dict[str, int] = {}
        self.dropped = 0
        self._allowed = _PER_SECOND
        self._since: datetime | None = None

    def take(self, body: bytes, now: datetime) -> bool:
        """False when the body is no log; lines beyond the rate are dropped silently, for a phone would only repeat them."""
        try:
            lines = orjson.loads(body)["logs"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return False
        if not isinstance(lines, list):
            return False
        for line in lines[:_LINES_AT_MOST]:
            if isinstance(line, str):
                self._take_line(line[:_LINE_AT_MOST], now)
        return True

    def take_unwritten(self) -> list[LoggedLine]:
        """The lines since the last call, for the operator of all processes."""
        lines = list(self._unwritten)
        self._unwritten.clear()
        return lines

    def put_back(self, lines: Sequence[LoggedLine]) -> None:
        """They could not be written; the newest are kept."""
        self._unwritten = deque([*lines, *self._unwritten], maxlen=_KEPT)

    def _take_line(self, text: str, now: datetime) -> None:
        gained = (now - self._since) / timedelta(seconds=1) * _PER_SECOND if self._since else 0.0
        self._allowed, self._since = min(_PER_SECOND, self._allowed + max(gained, 0.0)), now
        if self._allowed < 1:
            self.dropped += 1
            PHONE_LOG_DROPPED.inc()
            return
        self._allowed -= 1
        line = parse_line(text, now)
        self.lines.append(line)
        self._unwritten.append(line)
        self.counts[line.task] = self.counts.get(line.task, 0) + 1
        PHONE_LOG_LINES.labels(line.task, _code_label(line.code)).inc()
        # As JSON in ASCII: a line break or terminal code in it, also one of Unicode's, cannot forge a log line of ours.
        _log.info("device log %s", json.dumps({"task": line.task, "code": line.code, "text": line.text}))


def _code_label(code: int | None) -> str:
    """The code by its hundred but for those that tell something: a stranger makes no series (A50)."""
    if code is None:
        return ""
    return str(code) if code in (304, 401, 404, 429, 500, 503) else f"{code // 100}xx"


def parse_line(text: str, now: datetime) -> LoggedLine:
    task = next((name for name, mark in _TASKS if mark.search(text)), "other")
    serial, pass_type, code = _SERIAL.search(text), _PASS_TYPE.search(text), _CODE.search(text)
    return LoggedLine(now, task, pass_type and pass_type[1], serial and serial[1], int(code[1]) if code else None, _redacted(text))


def _redacted(text: str) -> str:
    for secret in _SECRETS:
        text = secret.sub(r"\1(hidden)", text)
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
