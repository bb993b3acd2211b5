"""What is frozen, known in every process within a second: a partner, a shop, a cashier or a credential, and partners that are under review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson

from honeyguide.database import statements

FREEZES = "frozen"
IN_FORCE = statements(__package__, "freezes.sql")["freezes_in_force"]


class FreezeKind(StrEnum):
    """In the order in which they are told."""

    REVIEW = "REVIEW"  # a partner whose first posts nobody has judged yet
    PARTNER = "PARTNER"
    LOCATION = "LOCATION"
    CREDENTIAL = "CREDENTIAL"
    CASHIER = "CASHIER"


@dataclass(frozen=True, slots=True)
class TillPlace:
    """Where something is posted, as far as the till says so; `credential` is what it signed in with."""

    program_id: UUID
    partner_id: UUID
    location: str | None = None
    cashier: str | None = None
    credential: str | None = None


def is_cashier(name: str | None, told: str | None) -> bool:
    """Is this the cashier of that name? Tills send it in capitals or not, and with spaces."""
    return name is not None and told is not None and spelled(name) == spelled(told)


def spelled(name: str) -> str:
    """A cashier's name as it is compared."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class InForce:
    """A freeze that has not ended."""

    kind: FreezeKind
    location: str | None
    cashier: str | None
    credential: str | None

    def holds(self, till: TillPlace) -> bool:
        match self.kind:
            case FreezeKind.LOCATION:
                # Who names no shop may stand in this one.
                return till.location in (self.location, None)
            case FreezeKind.CASHIER:
                return is_cashier(self.cashier, till.cashier) and self.location in (till.location, None)
            case FreezeKind.CREDENTIAL:
                return till.credential == self.credential
        return True


class Freezes:
    """By partner, replaced as a whole whenever the poll hears of a change."""

    def __init__(self) -> None:
        self._by_partner: dict[tuple[UUID, UUID], tuple[InForce, ...]] = {}

    def heard(self, values: Iterable[str]) -> None:
        found: dict[tuple[UUID, UUID], list[InForce]] = {}
        for value in values:
            program_id, partner_id, kind, location, cashier, credential = orjson.loads(value)
            one = InForce(FreezeKind(kind), location, cashier, credential)
            found.setdefault((UUID(program_id), UUID(partner_id)), []).append(one)
        order = tuple(FreezeKind)
        self._by_partner = {partner: tuple(sorted(all_, key=lambda one: order.index(one.kind))) for partner, all_ in found.items()}

    def is_frozen(self, program_id: UUID, partner_id: UUID, credential: str | None) -> bool:
        """Whether this credential is, by itself."""
        frozen = self._by_partner.get((program_id, partner_id), ())
        return any(one.kind is FreezeKind.CREDENTIAL and one.credential == credential for one in frozen)

    def of(self, till: TillPlace) -> FreezeKind | None:
        """What stands in the way of this till, the widest first."""
        frozen = self._by_partner.get((till.program_id, till.partner_id))
        return next((one.kind for one in frozen if one.holds(till)), None) if frozen else None
