"""What is told of the request under way: its id, and, once they are known, whose API, which operation, and how it ended."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass

# A plain word, so that the logs of both sides match and no line is forged.
_PLAIN = re.compile(r"[\w.-]{8,64}", re.ASCII)


@dataclass(slots=True)
class Told:
    """Closed words and numbers only, but for the id; whoever learns one of them writes it here, and log lines carry it from then on.

    `operation` is the name of a trusted document or a root field of the schema, never a word of the client's; `codes` are those of
    errors, `refused` that of a refusal in the data; `replayed`: an earlier answer was told again.
    """

    request_id: str
    audience: str | None = None
    operation: str | None = None
    kind: str | None = None
    codes: tuple[str, ...] = ()
    refused: str | None = None
    replayed: bool | None = None
    cost: int | None = None
    status: int | None = None

    def failed(self, code: str) -> None:
        if code not in self.codes:
            self.codes += (code,)


_current: ContextVar[Told | None] = ContextVar("told", default=None)


def told() -> Told | None:
    """Of the request that this code works for; None outside of any."""
    return _current.get()


@contextmanager
def telling(one: Told) -> Iterator[Told]:
    token = begin(one)
    try:
        yield one
    finally:
        end(token)


def begin(one: Told) -> Token[Told | None]:
    return _current.set(one)


def end(token: Token[Told | None]) -> None:
    _current.reset(token)


def request_id_from(given: str | None) -> str:
    """The caller's own id where it is a plain word, else a new one."""
    return given if given is not None and _PLAIN.fullmatch(given) else secrets.token_hex(8)
