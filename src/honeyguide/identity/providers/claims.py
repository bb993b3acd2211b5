"""What a provider's token says of a person, once its signature was checked; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from honeyguide.caller import Audience, Caller
from honeyguide.identity.access import ROLES
from honeyguide.identity.checked_jwt import UnverifiedJwt, audiences, check_times
from honeyguide.identity.providers.provider import Provider
from honeyguide.identity.refusal import Refusal
from honeyguide.members.display_name import checked_name
from honeyguide.members.identifiers import normal_email

LONGEST_SUBJECT = 255  # OpenID Connect Core, 2
_MOST_ROLES = 1_000
_DEEPEST_PATH = 8
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in at the provider; the e-mail address only where the provider has verified it, in its stored spelling."""

    subject: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    locale: str | None = None
    birth_date: date | None = field(default=None, repr=False)


def provider_of(token: UnverifiedJwt, providers: Sequence[Provider], audience: Audience) -> Provider | Refusal:
    """The one provider of this issuer that the token is for, at this API; of no other may it become a caller.

    A token that names the client audiences of two of them could be either's, and is neither's.
    """
    named = audiences(token.claims)
    if named is None:
        return Refusal.AUDIENCE
    meant = [provider for provider in providers if set(named) & set(provider.client_audiences)]
    return meant[0] if len(meant) == 1 and meant[0].audience is audience else Refusal.AUDIENCE


def read_person(provider: Provider, claims: Mapping[str, Any], now: datetime) -> tuple[Person, datetime] | Refusal:
    """The person, and when the token ends."""
    options = provider.options
    party = claims.get("azp", claims.get("client_id"))
    if options.authorized_parties and (not isinstance(party, str) or party not in options.authorized_parties):
        return Refusal.AUDIENCE
    ends_at = check_times(claims, now, options.leeway, options.max_age)
    if isinstance(ends_at, Refusal):
        return ends_at
    subject = claims.get(options.subject_claim)
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not (subject.isascii() and subject.isprintable()):
        return Refusal.CLAIMS
    if not _is_strong(options.acr, claims.get("acr")) or not _is_strong(options.amr, claims.get("amr")):
        return Refusal.WEAK_SIGN_IN
    person = Person(
        subject,
        _email(claims),
        _name(claims, options.name_claim),
        _locale(claims, options.locale_claim),
        _birth_date(claims, options.birth_date_claim),
    )
    return person, ends_at


def operator_of(provider: Provider, person: Person, claims: Mapping[str, Any]) -> Caller | Refusal:
    """An operator by the roles that the provider names; the subject stays the same as long as provider and person do."""
    given = _at(claims, provider.options.roles_claim or "")
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or len(names) > _MOST_ROLES:
        return Refusal.NO_ROLE
    roles = {provider.options.roles[name] for name in names if isinstance(name, str) and name in provider.options.roles}
    if not roles:
        return Refusal.NO_ROLE
    scopes = frozenset[str]().union(*(ROLES[role] for role in roles))
    return Caller(Audience.OPERATOR, provider.program_id, f"{provider.provider_id}/{person.subject}", scopes, email=person.email)


def _at(claims: Mapping[str, Any], path: str) -> object:
    """The claim of just this name, which may have dots (https://company.example/roles); else along the dots (realm_access.roles)."""
    if path in claims:
        return claims[path]
    value: object = claims
    for name in path.split(".", _DEEPEST_PATH):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is_strong(asked: Sequence[str], given: object) -> bool:
    said = given if isinstance(given, list) else [given]
    return not asked or any(isinstance(one, str) and one in asked for one in said[:50])


def _email(claims: Mapping[str, Any]) -> str | None:
    """Only what the provider says it has verified, with the JSON value true: an address that anybody may type proves nothing."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str) or len(email) > LONGEST_SUBJECT:
        return None
    return normal_email(email)


def _name(claims: Mapping[str, Any], claim: str | None) -> str | None:
    name = claims.get(claim) if claim else None
    return checked_name(name) if isinstance(name, str) else None


def _birth_date(claims: Mapping[str, Any], claim: str | None) -> date | None:
    """A whole date; a year alone (OpenID Connect Core, 5.1) says too little for an age gate."""
    text = claims.get(claim) if claim else None
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _locale(claims: Mapping[str, Any], claim: str | None) -> str | None:
    locale = claims.get(claim) if claim else None
    return locale.replace("_", "-") if isinstance(locale, str) and len(locale) <= 35 else None
