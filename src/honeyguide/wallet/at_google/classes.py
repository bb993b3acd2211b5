"""The loyalty classes of programs and styles: made ready before their objects, looked at again until Google's reviewers approve (G3)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from honeyguide.programs.current import Applied
from honeyguide.programs.google_style import GoogleStyle
from honeyguide.programs.program import Program
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.at_google import objects as google_objects
from honeyguide.wallet.at_google.objects import ClassRow
from honeyguide.wallet.faces.card_program import card_program
from honeyguide.wallet.faces.template import Template
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.loyalty import class_body, class_id_of
from honeyguide.wallet.google.outcomes import Refused, Retry
from honeyguide.wallet.google.policy import class_policy

_log = logging.getLogger(__name__)

LOGO = "logo@3x.png"
DIGITS_OF_LOGO = 12
CALLBACK = "/wallet/google/callback"
# Reviewers take their time; until they approved, Google is asked again so often. A class that was refused is tried again sooner.
LOOK_AGAIN = timedelta(hours=1)
TRY_AGAIN = timedelta(minutes=1)
SETTLED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Known:
    """The program version that Google has, 0 for none; the one that was tried last, and until when it is not tried again."""

    version: int
    tried: int
    until: datetime


class GoogleClasses:
    """Ensures each class once for each program version; what Google said of it stands in the table for the operator."""

    def __init__(self, wallet: Wallet) -> None:
        self._wallet = wallet
        self._known: dict[str, _Known] = {}
        self._dressed: dict[str, int] = {}
        self._ensuring = asyncio.Lock()

    def class_id(self, google: GoogleWallet, program: Program, style: str) -> str:
        return class_id_of(google.issuer_id, program.code, style)

    def forget(self, class_id: str) -> None:
        """Google does not have it any more: it is ensured anew."""
        self._known.pop(class_id, None)

    async def ensure(self, google: GoogleWallet, newest: Applied, style: str, dressed: int = 0) -> bool:
        """False where there is no class yet, so that its objects would be refused; a change that has to wait stops none.

        `dressed`: the revision of the style's own files that an object was drawn with; a newer one may bring another logo.
        """
        class_id, now = self.class_id(google, newest.program, style), self._wallet.clock()
        async with self._ensuring:
            known = self._known.get(class_id) or _Known(0, 0, now)
            is_undressed = dressed > self._dressed.get(class_id, 0)
            if is_undressed or known.tried < newest.version or now >= known.until:
                self._dressed[class_id] = max(dressed, self._dressed.get(class_id, 0))
                known = self._known[class_id] = await self._ensured(google, class_id, known, newest, style, now)
            return known.version > 0

    async def _ensured(self, google: GoogleWallet, class_id: str, known: _Known, newest: Applied, style: str, now: datetime) -> _Known:
        outcome = await google.ensure_class(await self._body(class_id, newest, style))
        if isinstance(outcome, Retry):
            _log.warning("the class %s has to wait: %s", class_id, outcome.reason)
            return _Known(known.version, 0, now)
        problem: str | None = None
        if isinstance(outcome, Refused):
            _log.error("Google refuses the class %s: %s %s", class_id, outcome.status, outcome.reason)
            review, problem = "UNKNOWN", outcome.reason
            then = _Known(known.version, newest.version, now + TRY_AGAIN)
        else:
            review = outcome.review_status.upper()
            then = _Known(newest.version, newest.version, now + (SETTLED if review == "APPROVED" else LOOK_AGAIN))
            if review == "REJECTED":
                _log.error("Google rejected the class %s; its console says why", class_id)
        row = ClassRow(class_id, style, newest.version, review, problem, now)
        await google_objects.note_class(self._wallet.database.pool, newest.program_id, row)
        return then

    async def _body(self, class_id: str, newest: Applied, style: str) -> dict[str, Any]:
        wallet, program = self._wallet, newest.program
        dressed = self._dressed.get(class_id, 0)
        template = await wallet.dressing.template(newest.program_id, program, style, dressed)
        body = class_body(template, card_program(program, style), class_id=class_id, logo_url=logo_url(wallet, template))
        return body | class_policy(google_style(program, style), callback_url(wallet.settings.url))


def google_style(program: Program, style: str) -> GoogleStyle:
    return program.passes[style].google if style in program.passes else GoogleStyle()


def callback_url(public_url: str) -> str | None:
    """Where Google tells of saves and deletions; None where it could not reach us (G18)."""
    parts = urlsplit(public_url)
    return f"{public_url}{CALLBACK}" if parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost") else None


def logo_url(wallet: Wallet, template: Template) -> str:
    """Where Google fetches the logo; another picture has another address, for Google keeps what it fetched (G20)."""
    digest = hashlib.sha256(template.files.get(LOGO, b"")).hexdigest()[:DIGITS_OF_LOGO]
    return f"{wallet.settings.url}/wallet/images/{quote(template.style)}/{digest}.png"
