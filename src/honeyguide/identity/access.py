"""What a caller may ask for: scopes of each audience and the one check of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from honeyguide.caller import Audience, Caller

PARTNER_SCOPES: Mapping[str, str] = {
    "earn": "post purchases and take them back",
    "burn": "redeem for members, at once or in two steps",
    "enrol": "enrol members",
    "read": "identify members, quote, read the partner's own transactions",
    "credentials": "make, rotate and end the partner's own credentials",
}
OPERATOR_SCOPES: Mapping[str, str] = {
    "program": "apply program files, change images and templates of passes",
    "members": "find and read members",
    "lookup": "find members by what names them exactly, and read them masked",
    "explain": "read a transaction and why it gave and took what it did",
    "partners": "read and register partners, tend their credentials",
    "adjust": "adjust accounts, transfer between members",
    "goodwill": "give goodwill under the budget of the program file",
    "approve": "decide about what waits for a second person",
    "merge": "merge and unmerge members",
    "tier": "assign tiers by hand",
    "erase": "erase members, read the certificates",
    "audit": "read conservation, liability, pass delivery, the review queue and the audit trail",
    "review": "decide about parked posts and new partners, see odd tills and what they posted",
    "freeze": "freeze members, partners, shops, cashiers and credentials, mark staff",
}
SCOPES: Mapping[Audience, frozenset[str]] = {
    Audience.MEMBER: frozenset(),  # members act for themselves; what they may do needs no scope
    Audience.PARTNER: frozenset(PARTNER_SCOPES),
    Audience.OPERATOR: frozenset(OPERATOR_SCOPES),
}


# What a person may do by the roles that the identity provider names (admin and manager see all of a member, an agent a mask).
ROLES: Mapping[str, frozenset[str]] = {
    "admin": SCOPES[Audience.OPERATOR],
    "manager": SCOPES[Audience.OPERATOR] - {"erase", "program"},
    "auditor": SCOPES[Audience.OPERATOR] & {"audit", "lookup", "explain"},
    "agent": SCOPES[Audience.OPERATOR] & {"lookup", "explain", "goodwill"},
}


@dataclass(frozen=True, slots=True)
class MissingScope:
    """`scopes`: any of them would do."""

    scopes: frozenset[str]


def require(caller: Caller, scopes: frozenset[str]) -> MissingScope | None:
    """None where the caller may go on; an operation without a scope is open to its whole audience."""
    return None if not scopes or scopes & caller.scopes else MissingScope(scopes)
