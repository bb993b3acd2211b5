"""An identity provider that a program trusts, and what is asked of its tokens; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from honeyguide.caller import Audience

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
ALGORITHMS: tuple[str, ...] = get_args(Algorithm)
TokenType = Literal["at+jwt", "JWT"]
Role = Literal["admin", "manager", "auditor", "agent"]

_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_URL = re.compile(r"https?://[!-~]{1,240}")
# OpenID Connect Core, 5.7: only iss and sub are never given to somebody else; these are.
_REASSIGNED = frozenset({"email", "phone_number", "preferred_username", "upn", "unique_name", "name", "nickname"})

Text = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[ -~]+$")]
Names = Annotated[tuple[Text, ...], Field(max_length=50)]


class LinksBy(StrEnum):
    """Whether a person whom we do not know by `sub` yet may be a member whom we know: by nothing, or by a verified e-mail address, once."""

    NOTHING = "none"
    VERIFIED_EMAIL = "verified_email"


class ProviderOptions(BaseModel):
    """What is asked of a token beside issuer, audience, signature and times, and what is read from it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    token_types: Annotated[tuple[TokenType, ...], Field(min_length=1, max_length=2)] = ("at+jwt", "JWT")
    authorized_parties: Names = ()  # values of `azp`, or of `client_id` in access tokens; none: any client
    subject_claim: Text = "sub"
    enrols: bool = False
    links_by: LinksBy = LinksBy.NOTHING
    locale_claim: Text | None = "locale"
    name_claim: Text | None = "name"
    birth_date_claim: Text | None = "birthdate"
    roles_claim: Text | None = None
    roles: Annotated[dict[Text, Role], Field(max_length=100)] = {}
    leeway_seconds: Annotated[int, Field(ge=0, le=300)] = 60
    max_age_seconds: Annotated[int, Field(ge=60, le=86_400)] = 43_200
    acr: Names = ()  # one of them
    amr: Names = ()  # one of them

    @model_validator(mode="after")
    def _subject_is_for_good(self) -> Self:
        if self.subject_claim in _REASSIGNED:
            raise ValueError(f"{self.subject_claim} may belong to somebody else tomorrow: name a claim that stays, such as sub")
        return self

    @property
    def leeway(self) -> timedelta:
        return timedelta(seconds=self.leeway_seconds)

    @property
    def max_age(self) -> timedelta:
        return timedelta(seconds=self.max_age_seconds)


@dataclass(frozen=True, slots=True)
class Provider:
    """`provider_id` is a short code, part of its operators' names; `jwks_url` None: found by the issuer's discovery document."""

    program_id: UUID
    provider_id: str
    audience: Audience
    issuer: str
    client_audiences: tuple[str, ...]
    jwks_url: str | None
    algorithms: frozenset[str]
    options: ProviderOptions


def faults(provider: Provider, own_issuer: str, *, plain_http: bool) -> list[str]:
    """Why this cannot be trusted, in words; none when it can."""
    options = provider.options
    found = [
        (not _CODE.fullmatch(provider.provider_id), "the name has 1 to 32 small letters, digits and hyphens, a letter first"),
        (not _is_issuer(provider.issuer, plain_http), "the issuer is an https:// address without query and fragment"),
        (provider.issuer == own_issuer, "this is our own issuer"),
        (provider.jwks_url is not None and not _is_url(provider.jwks_url, plain_http), "the address of the keys is an https:// address"),
        (not _are_texts(provider.client_audiences, 20), "name 1 to 20 audiences of the tokens (client ids or an API's identifier)"),
        (not provider.algorithms or not provider.algorithms <= set(ALGORITHMS), f"algorithms are of {', '.join(ALGORITHMS)}"),
        (provider.audience is Audience.PARTNER, "partners sign in by credentials"),
    ]
    if provider.audience is Audience.OPERATOR:
        found += [
            (options.roles_claim is None or not options.roles, "operators need a claim of roles, and which of its values mean which role"),
            (options.enrols or options.links_by is not LinksBy.NOTHING, "enrolling and linking are for members"),
        ]
    else:
        found += [(bool(options.roles) or options.roles_claim is not None, "roles are for operators")]
    return [words for is_wrong, words in found if is_wrong]


def _is_issuer(text: str, plain_http: bool) -> bool:
    return _is_url(text, plain_http) and "?" not in text and "#" not in text


def _is_url(text: str, plain_http: bool) -> bool:
    if not _URL.fullmatch(text) or "\\" in text or "@" in text or not (text.startswith("https://") or plain_http):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _are_texts(texts: Iterable[str], most: int) -> bool:
    given = list(texts)
    return 0 < len(given) <= most and all(0 < len(text) <= 255 and text.isascii() and text.isprintable() for text in given)
