"""The outbox: letters wait in memory, bounded, so that no answer waits for a mail host, nor tells by its time to whom one goes."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Protocol

from prometheus_client import Counter, Gauge
from uuid_utils.compat import uuid7

from honeyguide.caller import Clock
from honeyguide.egress import Egress
from honeyguide.endings import ended
from honeyguide.mail.letter import AddressUnfit, Letter, message_of, sender_of
from honeyguide.mail.mail_host import MailHost, NotSent
from honeyguide.mail.mailbox import Mailbox
from honeyguide.settings import Settings

MOST_WAITING = 1_000
AT_ONCE = 4
PAUSES = (1.0, 5.0, 15.0, 60.0)  # seconds between the tries of one letter; the last one again and again until its end
LETTERS = Counter("honeyguide_letters", "Letters by what became of them.", ["outcome"])
WAITING = Gauge("honeyguide_letters_waiting", "Letters that wait for the mail host.")
_log = logging.getLogger(__name__)


class Postman(Protocol):
    async def send(self, message: EmailMessage) -> None: ...


@dataclass(slots=True)
class _Waiting:
    letter: Letter
    due: float  # of the loop's clock
    tries: int = 0


class Outbox:
    """`put` never waits and never raises; what is beyond the bound, or past its end, is dropped and counted."""

    def __init__(self, postman: Postman | None, sender: Address, clock: Clock, *, most: int = MOST_WAITING) -> None:
        self._postman, self._sender, self._clock, self._most = postman, sender, clock, most
        self._letters: deque[_Waiting] = deque()
        self._sending = 0
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._trouble: str | None = None

    @property
    def delivers(self) -> bool:
        """False where no mail host is set in production."""
        return self._postman is not None

    def __len__(self) -> int:
        return len(self._letters) + self._sending

    def put(self, letter: Letter) -> None:
        if self._postman is None or len(self) >= self._most:
            LETTERS.labels("dropped").inc()
            return
        self._letters.append(_Waiting(letter, asyncio.get_running_loop().time()))
        self._wake.set()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._work(), name="outbox") for _ in range(AT_ONCE)]

    async def close(self, patience: float = 5.0) -> None:
        """What can go at once goes; what waits for a host that is down is lost with the process, and asked for again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._trouble is None and len(self):  # noqa: ASYNC110 - nobody waits for this but the end of the process
                    await asyncio.sleep(0.02)
        await ended(*self._tasks)

    async def _work(self) -> None:
        while True:
            WAITING.set(len(self))
            waiting = await self._next()
            self._sending += 1
            try:
                await self._try(waiting)
            except Exception as error:  # noqa: BLE001 - one letter must not end the post
                LETTERS.labels("failed").inc()
                _log.error("a letter could not be written: %s", type(error).__name__)
            finally:
                self._sending -= 1

    async def _next(self) -> _Waiting:
        loop = asyncio.get_running_loop()
        while True:
            due = [one for one in self._letters if one.due <= loop.time()]
            if due:
                self._letters.remove(due[0])
                return due[0]
            pause = min((one.due for one in self._letters), default=loop.time() + 60) - loop.time()
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(pause, 0.01)):
                    await self._wake.wait()

    async def _try(self, waiting: _Waiting) -> None:
        assert self._postman is not None
        now = self._clock()
        if waiting.letter.ends_at <= now:
            LETTERS.labels("too late").inc()
            return
        try:
            await self._postman.send(message_of(waiting.letter, self._sender, now, uuid7()))
        except AddressUnfit:
            LETTERS.labels("failed").inc()
        except NotSent as error:
            if error.lasting:
                LETTERS.labels("refused").inc()
            else:
                self._again(waiting, str(error))
        else:
            LETTERS.labels("sent").inc()
            if self._trouble is not None:
                _log.info("the mail host takes letters again")
            self._trouble = None

    def _again(self, waiting: _Waiting, why: str) -> None:
        LETTERS.labels("put off").inc()
        if self._trouble != why:
            _log.warning("the mail host does not take letters: %s", why)
        self._trouble = why
        waiting.due = asyncio.get_running_loop().time() + PAUSES[min(waiting.tries, len(PAUSES) - 1)]
        waiting.tries += 1
        self._letters.append(waiting)


def open_outbox(settings: Settings, egress: Egress, clock: Clock) -> Outbox:
    """The mail host of the settings; in development without one, files in the data folder."""
    postman: Postman | None = MailHost.of(settings, egress)
    if postman is None and settings.environment == "development":
        postman = Mailbox(settings.data_dir / "mail")
    return Outbox(postman, sender_of(settings.smtp_sender), clock)
