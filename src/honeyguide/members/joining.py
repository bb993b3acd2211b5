"""What a person says of himself while joining: name, birth date, guardian, consents; checked before anything is stored (R57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from honeyguide.members.contact import Consent
from honeyguide.members.display_name import checked_name
from honeyguide.members.identifiers import normal_email
from honeyguide.members.person import Details, Guardian, PersonVault
from honeyguide.members.set_consent import ConsentWish, wished
from honeyguide.programs.age import AgeDecision, is_plausible
from honeyguide.programs.program import Program


@dataclass(frozen=True, slots=True)
class Joining:
    """As sent; `guardian` is the e-mail address of who answers for a young member, `source` where it was said: PAGE, APP; None: at the partner."""

    display_name: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    guardian: str | None = field(default=None, repr=False)
    consents: tuple[ConsentWish, ...] = ()
    source: str | None = None

    @property
    def body(self) -> list[object]:
        """What an idempotency key covers; nothing where nothing was said, so that keys of before still fit."""
        said: list[object] = [self.display_name, self.birth_date, self.guardian, [[wish.purpose, wish.given] for wish in self.consents]]
        return said if self != Joining() else []


@dataclass(frozen=True, slots=True)
class Joined:
    """As checked: what is kept of it."""

    display_name: str | None = field(default=None, repr=False)
    details: Details = field(default_factory=Details)
    consents: tuple[Consent, ...] = ()

    def sealed(self, vault: PersonVault | None, program_id: UUID, member_id: UUID) -> dict[str, bytes | None]:
        if vault is None:
            assert self.details == Details(), "personal details need a vault"
            return {}
        return vault.sealed(program_id, member_id, self.details)


@dataclass(frozen=True, slots=True)
class NotJoined:
    """`path` names the field; nothing was stored."""

    code: str
    path: tuple[str, ...]


def checked_joining(program: Program | None, joining: Joining, source: str, now: datetime) -> Joined | NotJoined:
    """BIRTH_DATE_REQUIRED where the program has an age gate and none was said; TOO_YOUNG; GUARDIAN_NEEDED without the guardian's address.

    Consents of who needs a guardian are not his to give: they are left out until the guardian agrees.
    """
    name = checked_name(joining.display_name) if joining.display_name is not None else None
    if joining.display_name is not None and name is None:
        return NotJoined("INVALID_VALUE", ("displayName",))
    if program is None:
        return Joined(name, Details(birth_date=joining.birth_date))
    consents = wished(program, joining.consents, now, source)
    if isinstance(consents, str):
        return NotJoined("NOT_FOUND", ("consents",))
    born, today = joining.birth_date, program.local_day(now)
    if born is not None and not is_plausible(born, today):
        return NotJoined("INVALID_VALUE", ("birthDate",))
    if program.age is None:
        return Joined(name, Details(birth_date=born), tuple(consents))
    if born is None:
        return NotJoined("BIRTH_DATE_REQUIRED", ("birthDate",))
    decision = program.age.decide(born, today)
    if decision is AgeDecision.TOO_YOUNG:
        return NotJoined(str(decision), ("birthDate",))
    if decision is AgeDecision.OK:
        return Joined(name, Details(birth_date=born), tuple(consents))
    return _with_guardian(name, born, joining.guardian, consents)


def _with_guardian(name: str | None, born: date, address: str | None, consents: Sequence[Consent]) -> Joined | NotJoined:
    if address is None:
        return NotJoined(str(AgeDecision.GUARDIAN_NEEDED), ("guardian",))
    email = normal_email(address)
    if email is None:
        return NotJoined("INVALID_VALUE", ("guardian",))
    refused = tuple(consent for consent in consents if not consent.given)
    return Joined(name, Details(birth_date=born, guardian=Guardian(email)), refused)
