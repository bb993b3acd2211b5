"""Whether a code is the address's live one: five tries, wrong and unknown in the same words and time."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from honeyguide.database import Executor
from honeyguide.identity.sessions import store
from honeyguide.identity.sessions.code import typed
from honeyguide.identity.sessions.desk import SignInDesk

_NO_CODE = "00000000"


@dataclass(frozen=True, slots=True)
class Proved:
    """The code was right, and is not used up yet: `use` says whether this is who uses it."""

    program_id: UUID
    subject: bytes = field(repr=False)
    code_hash: bytes = field(repr=False)

    async def use(self, executor: Executor) -> bool:
        return await store.use_code(executor, self.program_id, self.subject, self.code_hash)

    async def keep(self, executor: Executor) -> None:
        """It is sent again with what is missing, and that is no guess: it does not count among the five tries."""
        await store.give_back_try(executor, self.program_id, self.subject, self.code_hash)


async def check_code(desk: SignInDesk, program_id: UUID, subject: bytes, text: str, now: datetime) -> Proved | None:
    """One try; raises what the database raises."""
    code = typed(text)
    kept = await store.take_try(desk.database.pool, program_id, subject, now)
    given = desk.codes.hash(subject, code or _NO_CODE)
    right = hmac.compare_digest(given, kept or bytes(32))
    return Proved(program_id, subject, given) if right and code is not None and kept is not None else None
