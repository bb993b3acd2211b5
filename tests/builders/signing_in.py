"""Members who sign in: a server with a strict mail host, and what comes out of the letters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from builders.clock import Clock
from builders.platform import GALLERY, Platform, running_platform
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.identity.grants.one_time_code import GRANT_TYPE
from honeyguide.ledger.books import broken_rows
from honeyguide.testing.mail import MailHost, code_in, mail_host

OPEN = "\njoins:\n  by_email: true\n  anonymous: true\n"
ME = "{ me { memberNumber displayName } }"


def open_program(more: str = "", source: str | None = None) -> str:
    """The gallery's program, which lets people join by themselves; without its own sections of these names."""
    lines, kept, skipping = (source or GALLERY.read_text()).splitlines(), [], False
    for line in lines:
        if line[:1] not in (" ", "", "#"):
            skipping = line.split(":")[0] in ("joins", "age", "consents", "pass_messages")
        if not skipping:
            kept.append(line)
    return "\n".join(kept) + OPEN + more


@dataclass
class SigningIn:
    platform: Platform
    mail: MailHost

    @property
    def http(self) -> httpx.AsyncClient:
        return self.platform.http

    @property
    def clock(self) -> Clock:
        return self.platform.clock

    async def ask(self, email: str, **more: str) -> httpx.Response:
        return await self.http.post("/member/sign-in", json={"email": email, **more})

    async def code(self, email: str, **more: str) -> str:
        """Asked for and read in the mailbox."""
        before = len(self._letters_to(email))
        answer = await self.ask(email, **more)
        assert answer.status_code == 202, answer.text
        count = len(self.mail.letters)
        while len(self._letters_to(email)) == before:  # letters to others may still be on their way
            await self.mail.wait_for(count + 1)
            count = len(self.mail.letters)
        return code_in(self._letters_to(email)[-1])

    def _letters_to(self, email: str) -> list[EmailMessage]:
        return [letter for letter in self.mail.letters if str(letter["To"]).casefold() == email.casefold()]

    async def token(self, **form: str) -> httpx.Response:
        return await self.http.post("/oauth/token", data={"grant_type": GRANT_TYPE, **form})

    async def sign_in(self, email: str, **more: str) -> dict[str, Any]:
        program = {"program": more["program"]} if "program" in more else {}
        answer = await self.token(email=email, code=await self.code(email, **program), **more)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    async def refresh(self, token: str, **more: str) -> httpx.Response:
        return await self.http.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token, **more})

    async def me(self, access_token: str) -> httpx.Response:
        return await self.platform.send(Audience.MEMBER, access_token, {"query": ME})

    async def member_of(self, email: str) -> UUID | None:
        pool = self.platform.services.database.pool
        return await pool.fetchval("SELECT member_id FROM identifier WHERE kind = 'email' AND value = $1", email)  # type: ignore[no-any-return]

    async def members(self) -> int:
        return int(await self.platform.services.database.pool.fetchval("SELECT count(*) FROM member"))


@asynccontextmanager
async def signing_in(
    database: Database, database_url: str, folder: Path, program: str | None = None, **more: Any
) -> AsyncIterator[SigningIn]:
    async with (
        mail_host() as mail,
        running_platform(
            database,
            database_url,
            folder,
            program or open_program(),
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_tls="none",
            smtp_sender="Honey <loyalty@shop.test>",
            **more,
        ) as platform,
    ):
        yield SigningIn(platform, mail)
        assert await broken_rows(database.pool) == []  # the whole of what a test did
