"""The member consents to a purpose, or withdraws it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.types.errors import IdempotencyConflict
from honeyguide.api.types.profile import Consent, consent, said_row
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.members import set_consent as use_case
from honeyguide.till.outcomes import KeyConflict, Refused


@strawberry.input(description="A yes or a no; withdrawing is the same call as giving.")
class SetConsentInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    purpose: str = strawberry.field(description="The program's code of the purpose.")
    given: bool = strawberry.field(description="Whether the member consents from now on.")


@strawberry.type(description="What the member says from now on.")
class ConsentSet:
    consent: Consent = strawberry.field(description="The purpose, and what was said.")
    replayed: bool = strawberry.field(description="Whether this key had said it before.")


SetConsentResult = Annotated[
    ConsentSet | IdempotencyConflict | TransactionRejected,
    strawberry.union("SetConsentResult", description="What became of setConsent."),
]
Input = Annotated[SetConsentInput, strawberry.argument(description="What the member says.")]


async def set_consent(info: Info, input: Input) -> SetConsentResult:
    context = info.context
    request = use_case.SetConsent(checked_key(input.idempotency_key), checked_text(input.purpose, "purpose"), input.given)
    outcome = await use_case.set_consent(context.call, context.services.vault, request)
    match outcome:
        case KeyConflict():
            return refusal.idempotency_conflict(context)
        case Refused():
            return refusal.refused(context, outcome)
    said = outcome.consent
    return ConsentSet(consent=consent(context, said.purpose, said_row(said)), replayed=outcome.replayed)
