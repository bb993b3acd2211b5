"""A strict mail host: what it takes is a letter that any host would take, to one person, with nothing to load; it can be slow, refuse and lie."""

from __future__ import annotations

import asyncio
import email
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LONGEST_LINE = 998  # RFC 5322, 2.1.1, without CRLF
_LOADS = {"src", "srcset", "background", "data", "poster"}
_CODE = re.compile(r"\b(\d{4}) (\d{4})\b")
_LINK = re.compile(r"https?://\S+")


@dataclass
class MailHost:
    """`answers`: of the next letters, "250 ..." afterwards; `pause`: seconds before each. `faults` tells what was wrong with letters."""

    port: int = 0
    user: str | None = None
    password: str | None = None
    answers: list[str] = field(default_factory=list)
    pause: float = 0.0
    letters: list[EmailMessage] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    tried: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if str(letter["To"]) == address]

    async def wait_for(self, count: int, seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while len(self.letters) < count:
                self.heard.clear()
                await self.heard.wait()

    # aiosmtpd's names
    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if self.user is not None and not session.authenticated:
            return "530 5.7.0 sign in first"
        if envelope.rcpt_tos:
            return "452 4.5.3 one letter, one person"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.tried += 1
        await asyncio.sleep(self.pause)
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=policy.SMTP)
        if faults := faults_of(envelope.content, letter, envelope.rcpt_tos):
            self.faults += faults
            return "554 5.6.0 " + faults[0]
        self.letters.append(letter)
        self.heard.set()
        return "250 2.0.0 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (self.user, self.password)
        return AuthResult(success=good, handled=False)


def faults_of(raw: bytes, letter: EmailMessage, recipients: list[str]) -> list[str]:
    """What a careful host, or a careful reader, would not like."""
    found = [f"{type(defect).__name__} in the letter" for part in letter.walk() for defect in part.defects]
    counts = {name: len(letter.get_all(name, [])) for name in ("From", "To", "Subject", "Date", "Message-ID")}
    found += [f"{name} is there {count} times" for name, count in counts.items() if count != 1]
    if letter.get_all("Bcc") or letter.get_all("Cc"):
        found.append("copies to others")
    if [str(one.addr_spec) for one in letter["To"].addresses] != recipients:
        found.append("To is not whom it goes to")
    if any(len(line) > LONGEST_LINE for line in raw.split(b"\r\n")):
        found.append("a line is too long")
    kinds = [part.get_content_type() for part in letter.walk() if not part.is_multipart()]
    if kinds != ["text/plain", "text/html"]:
        found.append(f"parts are {', '.join(kinds)}")
        return found
    page = _Page()
    body = letter.get_body(("html",))
    page.feed(body.get_content() if body is not None else "")
    return found + page.faults


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return body.get_content() if body is not None else ""


def code_in(letter: EmailMessage) -> str:
    """The digits, without the blank that people read them with."""
    found = _CODE.search(text_of(letter))
    assert found is not None, text_of(letter)
    return found[1] + found[2]


def link_in(letter: EmailMessage) -> str:
    found = _LINK.search(text_of(letter))
    assert found is not None, text_of(letter)
    return found[0]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "img", "link", "object", "form"):
            self.faults.append(f"<{tag}> in a letter")
        for name, value in attrs:
            if name in _LOADS or name.startswith("on") or "url(" in (value or ""):
                self.faults.append(f"{name} loads or runs something")


@asynccontextmanager
async def mail_host(host: MailHost | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[MailHost]:
    """On a free port of this machine; with `tls` it wants STARTTLS before anything else."""
    host = host or MailHost()
    asks = host.user is not None
    made: list[SMTP] = []

    def connected() -> SMTP:
        made.append(
            SMTP(
                host,
                enable_SMTPUTF8=True,
                hostname="mail.test",
                tls_context=tls,
                require_starttls=tls is not None,
                auth_required=asks,
                auth_require_tls=tls is not None,
                authenticator=host.authenticate if asks else None,
                timeout=30,
            )
        )
        return made[-1]

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", host.port)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        for one in made:
            if isinstance(one.transport, asyncio.WriteTransport):
                one.transport.abort()
