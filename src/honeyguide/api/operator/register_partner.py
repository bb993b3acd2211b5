"""The operator lets a partner in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.refusal import said
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict, UserError
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.coalition import register_partner as use_case
from honeyguide.coalition.partner import Location
from honeyguide.till.outcomes import KeyConflict
from honeyguide.transactions.outcomes import Rejected


def _request(value: Mapping[str, Any]) -> use_case.RegisterPartner:
    return use_case.RegisterPartner(
        idempotency_key=checked_key(value["idempotencyKey"]),
        code=value["code"],
        name=value["name"],
        locations=tuple(Location(place["code"], place["name"], place.get("timeZone")) for place in value["locations"]),
        scopes=frozenset(value["scopes"]),
    )


@strawberry.input(description="A shop of the partner.")
class LocationInput:
    code: str = strawberry.field(description="The partner's own code for it.")
    name: str = strawberry.field(description="Its name.")
    time_zone: str | None = strawberry.field(default=strawberry.UNSET, description="Its IANA time zone; default the program's.")


@converted(_request)
@strawberry.input(description="The secret is shown once.")
class RegisterPartnerInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    code: str = strawberry.field(description="What the program file calls the partner.")
    name: str = strawberry.field(description="Its name as members know it.")
    locations: list[LocationInput] = strawberry.field(description="Where it sells.")
    scopes: list[str] = strawberry.field(description="What its credential may do: earn, burn, enrol, read, credentials.")


@strawberry.type(description="The partner is registered, with a first credential.")
class PartnerRegistered:
    partner: Partner = strawberry.field(description="The partner.")
    client_id: str = strawberry.field(description="For /oauth/token.")
    client_secret: str = strawberry.field(description="For /oauth/token; shown here and nowhere else.")
    replayed: bool = strawberry.field(description="Whether this key had registered it before; then this is the first answer again.")


@strawberry.type(description="A partner of that code exists.")
class PartnerExists(UserError):
    pass


RegisterPartnerResult = Annotated[
    PartnerRegistered | PartnerExists | IdempotencyConflict | TransactionRejected,
    strawberry.union("RegisterPartnerResult", description="What became of a registration."),
]
Input = Annotated[RegisterPartnerInput, strawberry.argument(description="The partner.")]


_FAULTS = {"TOO_MANY_LOCATIONS": "LIMIT_EXCEEDED", "DUPLICATE_LOCATION": "ALREADY_EXISTS"}
_CODE = {"partner_code": "code"}
_LIMITS: dict[str, Any] = {"longest": use_case.LONGEST_NAME, "limit": use_case.MOST_LOCATIONS}


async def register_partner(info: Info, input: Input) -> RegisterPartnerResult:
    context, request = info.context, cast(use_case.RegisterPartner, input)
    services, caller = context.services, context.caller
    reviewed = context.program.limits.new_partners == "review"
    outcome = await use_case.register_partner(
        services.database, caller, request, services.credentials, services.claims, context.now, reviewed=reviewed
    )
    match outcome:
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case use_case.PartnerExists():
            return PartnerExists(**said(context, ErrorCode.ALREADY_EXISTS, ("code",)))
        case use_case.PartnerRejected(code=code, path=path):
            return refusal.rejected(
                context, Rejected(_FAULTS.get(code, "INVALID_VALUE"), path, facts=_CODE if code == "INVALID_CODE" else _LIMITS)
            )
        case use_case.PartnerRegistered():
            services.partners.forget(caller.program_id)
            await services.revocations.refresh()
            registered = await context.partner(outcome.partner_id)
            assert registered is not None  # committed just now
            return PartnerRegistered(
                partner=Partner.of(registered), client_id=outcome.client_id, client_secret=outcome.client_secret, replayed=outcome.replayed
            )
