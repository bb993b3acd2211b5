"""Tickets: what a client that cannot send headers opens its stream with, once; they stand nowhere but with the client."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from honeyguide.caller import Audience, Caller
from honeyguide.encryption import Cipher, Undecipherable
from honeyguide.sealed import Keys, purpose_key

UNUSED = timedelta(seconds=60)  # how long a ticket waits to be used
_BYTES = 32
LETTERS = 43  # of 256 bits in URL-safe base64


@dataclass(frozen=True, slots=True)
class Holder:
    """Who made a ticket, and until when his token is good."""

    caller: Caller
    expires_at: datetime


def new_ticket() -> str:
    return urlsafe_b64encode(secrets.token_bytes(_BYTES)).rstrip(b"=").decode()


def ticket_hash(ticket: str) -> bytes:
    """What the table knows of it: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).digest()


def owner_key(secrets_: Keys) -> bytes:
    return purpose_key(secrets_.newest, "event streams v1")


def owner_hash(key: bytes, caller: Caller) -> bytes:
    """The same for all that one token says of its caller, and for no other: whose rights grew or shrank is somebody else."""
    return hmac.digest(key, orjson.dumps(_written(caller)), "sha256")


def sealed_holder(cipher: Cipher, hashed: bytes, holder: Holder) -> bytes:
    note = {**_written(holder.caller), "expires_at": holder.expires_at.isoformat()}
    return cipher.seal(orjson.dumps(note), b"event_stream.caller" + hashed)


def opened_holder(cipher: Cipher, hashed: bytes, sealed: bytes) -> Holder | None:
    """None where it was sealed under a key that is gone."""
    try:
        note = orjson.loads(cipher.open(sealed, b"event_stream.caller" + hashed))
    except Undecipherable:
        return None
    session = UUID(note["session_id"]) if note["session_id"] else None
    caller = Caller(
        Audience(note["audience"]),
        UUID(note["program_id"]),
        note["subject"],
        frozenset(note["scopes"]),
        note["credential_id"],
        note["location"],
        session,
        note["email"],
    )
    return Holder(caller, datetime.fromisoformat(note["expires_at"]))


def _written(caller: Caller) -> dict[str, Any]:
    return {
        "audience": str(caller.audience),
        "program_id": str(caller.program_id),
        "subject": caller.subject,
        "scopes": sorted(caller.scopes),
        "credential_id": caller.credential_id,
        "location": caller.location,
        "session_id": str(caller.session_id) if caller.session_id else None,
        "email": caller.email,
    }
