"""The accounts of the books and how their ids follow from what they are for, so that nobody looks one up or creates one twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from uuid import UUID, uuid5

# System and partner accounts, and anonymous transactions, belong to no member.
NOBODY = UUID(int=0)


class AccountKind(StrEnum):
    MEMBER = "member"
    ISSUED = "issued"  # a partner funded an accrual: his debt to the program
    REDEEMED = "redeemed"  # a partner accepted a redemption: the program's debt to him
    ADJUSTED = "adjusted"  # the operator gave or took by hand
    BREAKAGE = "breakage"  # what expired unused
    WRITTEN_OFF = "written_off"  # taken back and not there any more, and the member need not repay it
    TRANSIT = "transit"  # between two members: what left one and has not come to the other yet
    FORFEITED = "forfeited"  # unspent when the member left
    PAID_OUT = "paid_out"  # unspent when the member left, and paid to him


def member_account(program_id: UUID, member_id: UUID, unit: str) -> UUID:
    """The one account a member has for a unit (R18)."""
    return uuid5(program_id, f"{member_id}/{unit}/{AccountKind.MEMBER}")


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """An account that stands against the members' own; it has no running balance, so no two members ever wait for it."""

    account_id: UUID
    kind: AccountKind
    owner: UUID


def issued_account(program_id: UUID, partner_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, partner_id, unit, AccountKind.ISSUED)


def redeemed_account(program_id: UUID, partner_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, partner_id, unit, AccountKind.REDEEMED)


def adjusted_account(program_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, program_id, unit, AccountKind.ADJUSTED)


def breakage_account(program_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, program_id, unit, AccountKind.BREAKAGE)


def written_off_account(program_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, program_id, unit, AccountKind.WRITTEN_OFF)


def transit_account(program_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, program_id, unit, AccountKind.TRANSIT)


def forfeited_account(program_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, program_id, unit, AccountKind.FORFEITED)


def paid_out_account(program_id: UUID, unit: str) -> SystemAccount:
    return _system_account(program_id, program_id, unit, AccountKind.PAID_OUT)


@lru_cache(maxsize=4096)
def _system_account(program_id: UUID, owner: UUID, unit: str, kind: AccountKind) -> SystemAccount:
    return SystemAccount(uuid5(program_id, f"{owner}/{unit}/{kind}"), kind, owner)
