"""Whether two operators are one person, by what an approval keeps of the one who asked."""

from __future__ import annotations

from honeyguide.caller import Caller
from honeyguide.identity.second_approver.approval import Approval
from honeyguide.members.own_account import has_address
from honeyguide.till.claims import ClaimHasher


def is_asker(claims: ClaimHasher, caller: Caller, approval: Approval) -> bool:
    """By name, whatever the credential or session; and by address, under whatever name."""
    if caller.subject == approval.asked_by:
        return True
    if caller.email is None or approval.asked_email is None:
        return False
    return has_address(claims, caller, caller.email, approval.asked_email)


def is_person(caller: Caller) -> bool:
    """Signed in at the company's provider, which has proved the address; a machine has a credential, and no address."""
    return caller.credential_id is None and caller.email is not None
