"""What somebody asks of a new credential, checked: nobody makes one that may do more, or elsewhere, than he may himself; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from honeyguide.caller import Audience, Caller
from honeyguide.identity.access import SCOPES
from honeyguide.identity.client_assertion import read_public_key
from honeyguide.identity.credentials import CredentialWish
from honeyguide.identity.store import Credential

LONGEST_NAME = 100
MOST_IN_FORCE = 20_000  # of one partner: two for each of ten thousand shops


@dataclass(frozen=True, slots=True)
class AskedCredential:
    """As sent; `public_key`: the text of a JWK, for private_key_jwt, else a secret is made."""

    partner_id: UUID
    name: str
    scopes: frozenset[str]
    location: str | None = None
    public_key: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialRefused:
    """INVALID_NAME, UNKNOWN_SCOPE, MORE_THAN_OWN_SCOPES, UNKNOWN_LOCATION, OTHER_LOCATION, INVALID_KEY, TOO_MANY; `path` names the field."""

    code: str
    path: tuple[str, ...]


def wish_of(caller: Caller, asked: AskedCredential, locations: Collection[str]) -> CredentialWish | CredentialRefused:
    """`locations` of the partner. An operator with the scope for it may make any credential of a partner."""
    jwk = read_public_key(asked.public_key) if asked.public_key is not None else None
    refused = _refused(caller, asked, locations)
    if refused is None and asked.public_key is not None and jwk is None:
        refused = CredentialRefused("INVALID_KEY", ("publicKey",))
    if refused is not None:
        return refused
    return CredentialWish(caller.program_id, Audience.PARTNER, str(asked.partner_id), asked.scopes, asked.name, asked.location, jwk)


def may_touch(caller: Caller, credential: Credential) -> bool:
    """Whether the caller may end or rotate it; whoever may not is told that there is none."""
    if credential.program_id != caller.program_id or credential.audience is not Audience.PARTNER:
        return False
    if caller.audience is Audience.OPERATOR:
        return True
    return credential.subject == caller.subject and caller.location in (None, credential.location)


def _refused(caller: Caller, asked: AskedCredential, locations: Collection[str]) -> CredentialRefused | None:
    if not asked.name.strip() or len(asked.name) > LONGEST_NAME or not asked.name.isprintable():
        return CredentialRefused("INVALID_NAME", ("name",))
    if not asked.scopes or not asked.scopes <= SCOPES[Audience.PARTNER]:
        return CredentialRefused("UNKNOWN_SCOPE", ("scopes",))
    if caller.audience is Audience.PARTNER and not asked.scopes <= caller.scopes:
        return CredentialRefused("MORE_THAN_OWN_SCOPES", ("scopes",))
    if asked.location is not None and asked.location not in locations:
        return CredentialRefused("UNKNOWN_LOCATION", ("location",))
    if caller.location is not None and asked.location != caller.location:
        return CredentialRefused("OTHER_LOCATION", ("location",))
    return None
