"""The accounts of the books and how their ids follow from what they are for, so that nobody looks one up or creates one twice."""

from __future__ import annotations

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


def member_account(program_id: UUID, member_id: UUID, unit: str) -> UUID:
    """The one account a member has for a unit (R18)."""
    return uuid5(program_id, f"{member_id}/{unit}/{AccountKind.MEMBER}")


@lru_cache(maxsize=4096)
def issued_account(program_id: UUID, partner_id: UUID, unit: str) -> UUID:
    return uuid5(program_id, f"{partner_id}/{unit}/{AccountKind.ISSUED}")


@lru_cache(maxsize=4096)
def redeemed_account(program_id: UUID, partner_id: UUID, unit: str) -> UUID:
    return uuid5(program_id, f"{partner_id}/{unit}/{AccountKind.REDEEMED}")


@lru_cache(maxsize=1024)
def adjusted_account(program_id: UUID, unit: str) -> UUID:
    return uuid5(program_id, f"{program_id}/{unit}/{AccountKind.ADJUSTED}")
