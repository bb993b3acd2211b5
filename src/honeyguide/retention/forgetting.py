"""All that the slices hold of members beside the membership: what every erasure removes, whoever asks for it."""

from __future__ import annotations

from honeyguide.identity.providers.erased import ErasedSignIns
from honeyguide.identity.sessions.store import forget_sessions
from honeyguide.members.erase_member import Forget
from honeyguide.transactions.park_post import forget_parked
from honeyguide.wallet.phones.forgetting import forget_passes


def everything(erased_sign_ins: ErasedSignIns) -> tuple[Forget, ...]:
    """In the order in which it is removed; each in the transaction of the erasure."""
    return (forget_parked, forget_passes, forget_sessions, erased_sign_ins.forget)
