"""The lines of everything that is logged, as a server in production writes them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from builders.canaries import Lines, everything_logged
from honeyguide.telemetry.logs import line_formatter


class JsonLines(Lines):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(line_formatter(is_json=True, process="serve"))

    @property
    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def answered(self) -> list[dict[str, Any]]:
        """Those that say how an operation ended."""
        return [line for line in self.parsed if line["logger"] == "honeyguide.access"]


@contextmanager
def json_logged() -> Iterator[JsonLines]:
    written = JsonLines()
    with everything_logged():
        logging.getLogger().addHandler(written)
        try:
            yield written
        finally:
            logging.getLogger().removeHandler(written)
