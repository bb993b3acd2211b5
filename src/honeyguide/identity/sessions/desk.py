"""What signing in works with: put together once a process."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.encryption import Cipher
from honeyguide.identity.sessions.code import CodeKey
from honeyguide.identity.sessions.letters import TEXTS
from honeyguide.identity.sessions.limits import SignInLimits
from honeyguide.identity.sessions.refresh_token import refresh_key
from honeyguide.mail import Outbox
from honeyguide.members.person import PersonVault
from honeyguide.programs.current import Applied, Programs, UnknownProgram
from honeyguide.programs.localised import in_language, negotiate
from honeyguide.sealed import SealKey
from honeyguide.settings import Settings


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """`secrets`: the installation's, for links and refresh tokens; `guardians` seals what a guardian is asked."""

    database: Database
    programs: Programs
    outbox: Outbox
    vault: PersonVault
    clock: Clock
    url: str
    secrets: SealKey = field(repr=False)
    codes: CodeKey = field(repr=False)
    refresh_key: SealKey = field(repr=False)
    guardians: Cipher = field(repr=False)
    limits: SignInLimits = field(repr=False)

    @classmethod
    def of(cls, settings: Settings, database: Database, programs: Programs, outbox: Outbox, vault: PersonVault, clock: Clock) -> SignInDesk:
        secrets = settings.secrets
        guardians = Cipher.of(secrets, b"guardian link")
        return cls(
            database=database,
            programs=programs,
            outbox=outbox,
            vault=vault,
            clock=clock,
            url=settings.url,
            secrets=secrets,
            codes=CodeKey.of(secrets),
            refresh_key=refresh_key(secrets),
            guardians=guardians,
            limits=SignInLimits.of(time.monotonic),
        )

    def program(self, code: str | None) -> Applied | None:
        """The program of this code, or the only one; None where that is none."""
        known = [self.programs.current(program_id) for program_id in self.programs.ids()]
        meant = [applied for applied in known if code is None or applied.program.code == code]
        return meant[0] if len(meant) == 1 else None

    def known(self, program_id: object) -> Applied | None:
        try:
            return self.programs.current(program_id)  # type: ignore[arg-type]
        except UnknownProgram:
            return None


def name_of(applied: Applied, language: str) -> str:
    return in_language(applied.program.name, language, applied.program.default_locale)


def spoken(wishes: list[str], applied: Applied | None = None) -> str:
    """The language of our pages and letters that is wished most; else the program's own."""
    default = negotiate([applied.program.default_locale], TEXTS, "en") if applied is not None else "en"
    return negotiate(wishes, TEXTS, default)
