"""Why a request did not leave the house, or did not come back; neither ever quotes an address's path, a header or a body."""

from __future__ import annotations

from typing import Literal

Reason = Literal["address", "header", "host", "inside", "method", "plain", "scheme", "user_info"]


class EgressRefused(Exception):
    """We do not send this, today or tomorrow: `reason` is one word of a closed set, `host` is None where it is none."""

    def __init__(self, reason: Reason, host: str | None = None) -> None:
        super().__init__(f"{reason}: {host}" if host else reason)
        self.reason, self.host = reason, host


class EgressFailed(Exception):
    """It was sent, or tried, and nothing usable came back; it may be tried again. `reason` is one word: of ours, or an error's class."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
