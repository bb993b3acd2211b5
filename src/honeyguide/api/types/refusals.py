"""Refusals that several mutations share and that carry more than a sentence."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

from honeyguide.api.types.errors import UserError
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.transaction import Transaction
from honeyguide.members.proof import Proof


@strawberry.type(description="The reference was posted before, by this transaction.")
class DuplicateReference(UserError):
    transaction: Transaction = strawberry.field(description="What was posted under it.")


@strawberry.type(description="The member has less than was asked.")
class InsufficientBalance(UserError):
    asked: Decimal = strawberry.field(description="How much was asked.")
    available: Decimal = strawberry.field(description="How much there is.")


@strawberry.type(description="More proof is needed that the member is present or agrees.")
class ProofRequired(UserError):
    accepts: list[Proof] = list_field("Which proofs would do.", 10)


@strawberry.type(description="A limit of the program stands against it.")
class LimitExceeded(UserError):
    limit: str = strawberry.field(description="Which limit, in words.")
    resets_at: datetime | None = strawberry.field(description="When it starts anew; null where it does not.")


@strawberry.type(description="Any other refusal; retryAfter (seconds) with RETRY_LATER.")
class TransactionRejected(UserError):
    retry_after: int | None = strawberry.field(description="With RETRY_LATER: after how many seconds to try again.")
    at_most: Decimal | None = strawberry.field(
        default=None,
        description="With ABOVE_HOLD and ABOVE_WHAT_IS_LEFT: the most that the field at `path` may ask for; of lines, their sum in money.",
    )
