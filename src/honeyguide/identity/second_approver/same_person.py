"""Whether two operators are one person, by what an approval keeps of the one who asked."""

from __future__ import annotations

from honeyguide.caller import Caller
from honeyguide.identity.second_approver.approval import Approval
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.intent import Key

_PURPOSE = "an operator's address"


def address_hash(claims: ClaimHasher, caller: Caller) -> bytes | None:
    """A keyed hash of the address that the sign-in has proved; None for who has none, such as a machine."""
    return None if caller.email is None else _hashed(claims, caller, caller.email).request_hash


def is_asker(claims: ClaimHasher, caller: Caller, approval: Approval) -> bool:
    """By name, whatever the credential or session; and by address, under whatever name."""
    if caller.subject == approval.asked_by:
        return True
    if caller.email is None or approval.asked_email is None:
        return False
    return _hashed(claims, caller, caller.email).same_request(approval.asked_email)


def is_person(caller: Caller) -> bool:
    """Signed in at the company's provider, which has proved the address; a machine has a credential, and no address."""
    return caller.credential_id is None and caller.email is not None


def _hashed(claims: ClaimHasher, caller: Caller, email: str) -> Key:
    return claims.key_over(caller, "", _PURPOSE, email.lower())
