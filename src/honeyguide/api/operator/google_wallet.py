"""Cards at Google Wallet, for the operator: the queue with its end, and what Google's reviewers say of the classes (G3, G9)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from honeyguide.api.context import RequestContext
from honeyguide.api.types.lists import list_field
from honeyguide.wallet.at_google.metrics import google_queue
from honeyguide.wallet.at_google.objects import ClassRow, classes_of


@strawberry.type(description="A loyalty class: one style of this program at Google.")
class GoogleClass:
    class_id: str = strawberry.field(description="Its id at Google.")
    style: str = strawberry.field(description="The style.")
    program_version: int = strawberry.field(description="The version of the program that it was made from last.")
    review_status: str = strawberry.field(
        description="Google's word: DRAFT, UNDER_REVIEW, APPROVED or REJECTED; UNKNOWN where it did not take the class."
    )
    problem: str | None = strawberry.field(description="Google's word for why it does not take the class as it is; null where it does.")
    checked_at: datetime = strawberry.field(description="When Google was asked last.")

    @classmethod
    def of(cls, row: ClassRow) -> GoogleClass:
        return cls(
            class_id=row.class_id,
            style=row.style,
            program_version=row.version,
            review_status=row.review_status,
            problem=row.problem,
            checked_at=row.checked_at,
        )


@strawberry.type(description="Cards at Google Wallet.")
class GoogleDelivery:
    waiting: int = strawberry.field(description="Cards of the whole installation that show an older state and wait for their turn.")
    resting: int = strawberry.field(description="Cards that show an older state to nobody: they were offered and never saved.")
    done_at: datetime = strawberry.field(description="When the queue will be empty, at the permitted speed; now where it is.")
    classes: list[GoogleClass] = list_field("This program's classes.", 100)


async def google_delivery(context: RequestContext) -> GoogleDelivery:
    pool = context.services.database.pool
    queue = await google_queue(pool, context.services.settings, context.now)
    classes = [GoogleClass.of(row) for row in await classes_of(pool, context.caller.program_id)]
    return GoogleDelivery(waiting=queue.waiting, resting=queue.resting, done_at=queue.done_at, classes=classes)
