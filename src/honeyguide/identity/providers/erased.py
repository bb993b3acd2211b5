"""What an erasure leaves of a sign-in: a keyed hash that tells nobody who it was, and the person apart from strangers."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from honeyguide.database import Connection
from honeyguide.identity.providers import store
from honeyguide.sealed import purpose_key

_MARK = "erased:"  # no subject of a provider looks like this: 'erased:' and 64 digits


@dataclass(frozen=True, slots=True)
class ErasedSignIns:
    """`keys`: newest first; what was hashed with a former one is still recognised."""

    keys: tuple[bytes, ...] = field(repr=False)

    @staticmethod
    def of(secret_key: bytes, *before: bytes) -> ErasedSignIns:
        return ErasedSignIns(tuple(purpose_key(secret, "erased sign-in v1") for secret in (secret_key, *before)))

    def names(self, issuer: str, subject: str) -> list[str]:
        """What an erasure may have left of the subject."""
        text = f"{issuer}\n{subject}".encode()
        return [_MARK + hmac.digest(key, text, "sha256").hex() for key in self.keys]

    async def forget(self, connection: Connection, program_id: UUID, member_ids: Sequence[UUID]) -> Mapping[str, int]:
        """In the transaction of an erasure (members/erase_member.py)."""
        known = [one for one in await store.sign_ins_of(connection, program_id, member_ids) if not one.subject.startswith(_MARK)]
        for one in known:
            await store.erase_sign_in(connection, program_id, one.issuer, one.subject, self.names(one.issuer, one.subject)[0])
        return {"sign_ins": len(known)}
