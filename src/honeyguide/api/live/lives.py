"""How long connections live: until the token ends or is taken back, whichever comes first, or the server stops."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from enum import StrEnum
from typing import Any

from honeyguide.api.live import metrics
from honeyguide.caller import Audience, Caller, Clock
from honeyguide.endings import ended
from honeyguide.identity.refusal import Refusal, TokenRefused
from honeyguide.identity.token_door import TokenDoor
from honeyguide.identity.tokens import LEEWAY

_log = logging.getLogger(__name__)

MOST_CONNECTIONS = {Audience.MEMBER: 10, Audience.PARTNER: 1_000, Audience.OPERATOR: 100}  # of one caller, in a process
MOST_OPERATIONS = 20  # of a connection, at a time
# WebSockets of a process that have not said yet who they are. There is no bound by address: a carrier's phones share one.
MOST_UNKNOWN = 1_000
POLL_SECONDS = 0.2
_SLICE = 50  # signatures checked before others have a turn


class Ending(StrEnum):
    """Why a connection ends that did nothing wrong, in words for its client."""

    EXPIRED = "The token has ended."
    REVOKED = "The token was taken back."
    STOPPING = "The server stops; come again."


class Life:
    """Of one connection. `token` None: it was shown elsewhere and cannot be checked again, only its caller."""

    __slots__ = ("_lives", "_timer", "caller", "on_end", "token", "until", "why")

    def __init__(self, lives: Lives, caller: Caller, token: str | None, until: datetime) -> None:
        self._lives, self.caller, self.token, self.until = lives, caller, token, until
        self._timer: asyncio.TimerHandle | None = None
        self.why: Ending | None = None
        self.on_end: Callable[[Ending], None] | None = None  # called once; who leaves first hears nothing

    def end(self, why: Ending) -> None:
        if self.why is None:
            self.why, on_end = why, self.on_end
            self.leave()
            if on_end is not None:
                on_end(why)

    async def over(self) -> Ending:
        """Wait for the end, instead of `on_end`."""
        if self.why is not None:
            return self.why
        end: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.on_end = lambda why: None if end.done() else end.set_result(why)
        return await end

    def leave(self) -> None:
        """The connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.on_end = None  # who has a life is named by it: else only the garbage collector would free the two
        self._lives.forget(self)

    def wait_for_end(self, clock: Clock) -> None:
        if self._timer is not None:
            self._timer.cancel()
        seconds = max((self.until - clock()).total_seconds(), 0.0)
        self._timer = asyncio.get_running_loop().call_later(seconds, self._lives.is_due, self)


class Lives:
    """All connections of a process."""

    def __init__(self, door: TokenDoor, clock: Clock, most: int) -> None:
        self._door, self._clock, self._most = door, clock, most
        self.sockets = 0  # also those that have not said yet who they are
        self._living: dict[Life, None] = {}
        self._by_caller: Counter[str] = Counter()
        self._unknown: dict[Callable[[], None], None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._revocations = door.epoch
        self._keys = door.keys_epoch

    def __len__(self) -> int:
        return len(self._living)

    @property
    def is_full(self) -> bool:
        # Who is not known yet takes no place of those who are; twice as many, for some are on their way out.
        return len(self._living) >= self._most or self.sockets >= self._most + 2 * MOST_UNKNOWN

    def has_most(self, caller: Caller) -> bool:
        """Whether the caller has as many connections as he may, with whichever credentials."""
        return self._by_caller[_who(caller)] >= MOST_CONNECTIONS[caller.audience]

    def meet(self, send_away: Callable[[], None]) -> None:
        """Somebody came who has not said yet who he is; where they are too many, goes who has had the longest time to say so."""
        self._unknown[send_away] = None
        if len(self._unknown) > MOST_UNKNOWN:
            slowest = next(iter(self._unknown))
            self.know(slowest)
            slowest()

    def know(self, send_away: Callable[[], None]) -> None:
        """He said who he is, or is gone."""
        self._unknown.pop(send_away, None)

    def join(self, caller: Caller, token: str | None, until: datetime) -> Life:
        """Whoever joins must `leave` in the end, whatever happens."""
        life = Life(self, caller, token, until)
        self._living[life] = None
        self._by_caller[_who(caller)] += 1
        metrics.CONNECTIONS.inc()
        life.wait_for_end(self._clock)
        return life

    def forget(self, life: Life) -> None:
        if life not in self._living:
            return
        del self._living[life]
        metrics.CONNECTIONS.dec()
        self._by_caller[_who(life.caller)] -= 1
        if not self._by_caller[_who(life.caller)]:
            del self._by_caller[_who(life.caller)]

    def start(self) -> None:
        self._spawn(self._watch())

    async def close(self) -> None:
        self._most = 0  # who comes again now is sent to another process
        await ended(*self._tasks)
        for life in list(self._living):
            life.end(Ending.STOPPING)

    def is_due(self, life: Life) -> None:
        """Some tokens are good for longer than one look at them holds."""
        self._spawn(self._look_again(life, Ending.EXPIRED))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look_at_all()
            except Exception:  # noqa: BLE001 - a watch that died silently would leave revoked callers connected
                _log.exception("connections cannot be checked")

    async def _look_at_all(self) -> None:
        revocations, keys = self._door.epoch, self._door.keys_epoch
        if revocations != self._revocations:
            for life in list(self._living):
                if self._door.is_revoked(life.caller):
                    life.end(Ending.REVOKED)
        if keys != self._keys:
            for number, life in enumerate(list(self._living)):
                await self._look_again(life, Ending.REVOKED)
                if number % _SLICE == _SLICE - 1:
                    await asyncio.sleep(0.01)
        self._revocations, self._keys = revocations, keys

    async def _look_again(self, life: Life, otherwise: Ending) -> None:
        """Show the token again, as of the moment when even its leeway is over."""
        if life not in self._living:
            return
        if life.token is None:
            life.end(otherwise)
            return
        try:
            verified = await self._door.verified(life.token, life.caller.audience, max(self._clock(), life.until) + LEEWAY)
        except Exception as error:  # noqa: BLE001 - whatever is away, the connection outlives it for a moment and no longer
            _log.warning("a token cannot be checked again: %s", type(error).__name__)
            verified = TokenRefused(Refusal.KEYS_UNAVAILABLE)
        if isinstance(verified, TokenRefused) or verified.caller != life.caller:
            life.end(otherwise)
        elif life in self._living:
            life.until = verified.expires_at
            life.wait_for_end(self._clock)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _who(caller: Caller) -> str:
    return f"{caller.program_id}:{caller.scope}"
