"""Everything with an id of its own, and the ids: opaque, checked, stable for life (S1)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2s
from uuid import UUID

import strawberry

_CHECK_BYTES = 3
_NOTHING = UUID(int=0)


class NodeKind(StrEnum):
    """One letter a type; a letter is never given to another type, for apps keep ids."""

    ACCOUNT = "a"
    ACCOUNT_AT = "b"  # as it was: a client's cache must not take it for the account of today
    ACTIVITY = "v"
    HOLD = "h"
    HOUSEHOLD = "o"
    MEMBER = "m"
    PARTNER = "p"
    PARKED_POST = "k"
    PASS = "w"  # noqa: S105 - a card, no password
    TRANSACTION = "t"


# How many bytes an id of each kind has: the kind, its key, the member's id, a line. An id of another shape was never given out;
# a member's id with a second member in it would ask as the one and read as the other.
_INSTANT = 8
_ALONE, _WITH_MEMBER, _WITH_LINE, _WITH_INSTANT = 1 + 16, 1 + 16 + 16, 1 + 16 + 16 + 2, 1 + 16 + 16 + _INSTANT
_LENGTHS = {
    NodeKind.ACCOUNT: _WITH_MEMBER,
    NodeKind.ACCOUNT_AT: _WITH_INSTANT,
    NodeKind.ACTIVITY: _WITH_LINE,
    NodeKind.HOLD: _WITH_MEMBER,
    NodeKind.HOUSEHOLD: _ALONE,
    NodeKind.MEMBER: _ALONE,
    NodeKind.PARTNER: _ALONE,
    NodeKind.PARKED_POST: _WITH_MEMBER,
    NodeKind.PASS: _WITH_MEMBER,
    NodeKind.TRANSACTION: _WITH_MEMBER,
}
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_BY_LETTER = {kind.encode(): kind for kind in NodeKind}


@dataclass(frozen=True, slots=True)
class NodeId:
    """What an id says: the type, the member it lies with where it lies with one, its own key, a line within it, or the instant it is told of."""

    kind: NodeKind
    key: UUID
    member_id: UUID | None = None
    line: int | None = None
    instant: datetime | None = None

    def __str__(self) -> str:
        body = self.kind.encode() + self.key.bytes
        if self.member_id is not None:
            body += self.member_id.bytes
        if self.line is not None:
            body += self.line.to_bytes(2, "big")
        if self.instant is not None:
            body += ((self.instant - _EPOCH) // _MICROSECOND).to_bytes(_INSTANT, "big", signed=True)
        return base64.urlsafe_b64encode(body + _check(body)).rstrip(b"=").decode()

    @classmethod
    def read(cls, text: str) -> NodeId | None:
        """Read an id back; whatever we did not write ourselves is None."""
        if len(text) > 80:
            return None
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        body, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
        kind = _BY_LETTER.get(body[:1])
        if kind is None or len(body) != _LENGTHS[kind] or check != _check(body):
            return None
        member_id = UUID(bytes=body[17:33]) if len(body) > _ALONE else None
        line = int.from_bytes(body[33:], "big") if len(body) == _WITH_LINE else None
        try:
            instant = _instant(body[33:]) if len(body) == _WITH_INSTANT else None
        except OverflowError:  # made up: no moment of the calendar
            return None
        node_id = cls(kind, UUID(bytes=body[1:17]), member_id, line, instant)
        # One spelling an id: base64 would let the last character vary.
        return node_id if str(node_id) == text else None

    @classmethod
    def of_kind(cls, kind: NodeKind, text: str) -> NodeId:
        """What the id of a thing with a member names; whatever is no such id names nothing that there is."""
        read = cls.read(text)
        return read if read is not None and read.kind is kind else cls(kind, _NOTHING, _NOTHING)


def _instant(raw: bytes) -> datetime:
    return _EPOCH + int.from_bytes(raw, "big", signed=True) * _MICROSECOND


def _check(body: bytes) -> bytes:
    # Catches slips and guesses before they reach the database; it is no secret and protects nothing.
    return blake2s(body, digest_size=_CHECK_BYTES, person=b"hg-node").digest()


@strawberry.interface(description="Anything with an id of its own, stable for life.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque and stable for life; `node` finds it again.")
