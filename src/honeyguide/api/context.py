"""What every resolver may ask: who calls, with which services, in which language, at which moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import strawberry

from honeyguide.api.looks import Looks
from honeyguide.api.services import Services
from honeyguide.caller import Caller
from honeyguide.coalition.partner import Partner
from honeyguide.members.call import Call
from honeyguide.members.lookup import LookupPolicy
from honeyguide.programs.current import Applied
from honeyguide.programs.localised import negotiate
from honeyguide.programs.program import Program


@dataclass(slots=True)
class RequestContext:
    """One request; `now` is read once, so that all of an answer is of one moment."""

    caller: Caller
    services: Services
    applied: Applied
    wanted_languages: tuple[str, ...]
    request_id: str
    now: datetime
    address: str | None  # of the caller's connection, for budgets
    wants_cost: bool = False  # told of what its operations cost (C2)
    # Whom the answer is about, once known: a caller who wishes no language reads the member's, else the program's.
    member_locale: str | None = field(default=None)
    looks: Looks = field(default_factory=Looks)  # whom an operator's answer shows

    @property
    def program(self) -> Program:
        return self.applied.program

    @property
    def language(self) -> str:
        wishes = self.wanted_languages or ((self.member_locale,) if self.member_locale else ())
        return _language(wishes, self.program.locales, self.program.default_locale)

    @property
    def sees_masked(self) -> bool:
        """Whether this operator or agent may not know who a member is (identity/README.md)."""
        return self.caller.audience == "operator" and "members" not in self.caller.scopes

    @property
    def lookup_policy(self) -> LookupPolicy:
        partner_id = self.caller.partner_id if self.caller.audience == "partner" else None
        return LookupPolicy(self.caller.program_id, partner_id, self.services.handle_key, cipher=self.services.cipher)

    @property
    def call(self) -> Call:
        """For the use cases of members and operators; a partner's have a desk."""
        services = self.services
        return Call(services.database, services.till, self.applied, self.caller, self.lookup_policy, services.claims, self.now)

    async def partner(self, partner_id: UUID) -> Partner | None:
        return await self.services.partners.partner(self.caller.program_id, partner_id)


Info = strawberry.Info[RequestContext, None]


# Every text of an answer asks.
_language = lru_cache(maxsize=1_000)(negotiate)


def accept_languages(header: str) -> tuple[str, ...]:
    """The languages of an Accept-Language header, best first (RFC 9110, 12.5.4)."""
    weighed: list[tuple[float, str]] = []
    for part in header[:500].split(",")[:20]:
        tag, _, weight = part.partition(";")
        tag = tag.strip()
        if not tag or tag == "*":
            continue
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        if quality > 0:
            weighed.append((-quality, tag))
    return tuple(tag for _, tag in sorted(weighed, key=lambda pair: pair[0]))
