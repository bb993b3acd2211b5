"""Root fields: each asks the access matrix which scope its caller needs, and is noted for the audit trail; nothing below a root is asked again."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.union import StrawberryUnion

from honeyguide.api.context import RequestContext
from honeyguide.api.core import core_info
from honeyguide.api.input_refused import InputRefused
from honeyguide.api.observed import note_answer
from honeyguide.api.problems import Forbidden
from honeyguide.api.refusal import said
from honeyguide.api.types.errors import UserError
from honeyguide.api.types.lists import AT_MOST, BATCH, SIZED_BY, counted
from honeyguide.caller import Audience
from honeyguide.identity.access import require
from honeyguide.identity.matrix import required_scopes
from honeyguide.members.store import members_by_id

_OF_ONE_CODE = ("CodeRejected",)


class Scoped(FieldExtension):
    """Refuses callers whose credential lacks the scope; an operation without a row in the matrix serves nobody."""

    def __init__(self) -> None:
        self._rejection: type[UserError] | None = None

    def apply(self, field: Any) -> None:
        members: Any = field.type.types if isinstance(field.type, StrawberryUnion) else ()
        self._rejection = next((one for one in members if one.__name__.endswith("Rejected") and one.__name__ not in _OF_ONE_CODE), None)

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        raw, caller = core_info(info), info.context.caller
        info.context.looks.fields[raw.field_name] = None
        missing = require(caller, required_scopes(caller.audience, raw.parent_type.name, raw.field_name))
        if missing is not None:
            raise Forbidden(f"This credential lacks the scope {' or '.join(sorted(missing.scopes))}.")
        if raw.parent_type.name == "Mutation":
            await _speak(info.context)
        try:
            for value in arguments.values():
                if isinstance(value, InputRefused):
                    raise value
            return note_answer(await next_(source, info, **arguments))
        except InputRefused as refused:
            if self._rejection is None:
                raise
            return note_answer(_rejected(self._rejection, info.context, refused))


async def _speak(context: RequestContext) -> None:
    """Who wishes no language is answered in the member's own; a query reads it with the rest."""
    caller = context.caller
    if caller.audience is Audience.MEMBER and not context.wanted_languages and context.member_locale is None:
        profile = (await members_by_id(context.services.database.pool, caller.program_id, [caller.member_id])).get(caller.member_id)
        context.member_locale = profile.locale if profile is not None else None


def _rejected(rejection: type[UserError], context: RequestContext, refused: InputRefused) -> UserError:
    """What was typed into the input, as the refusal that the mutation's union has for anything (S3)."""
    fields: dict[str, Any] = said(context, refused.refusal, refused.field, **refused.facts)
    if "retry_after" in rejection.__dataclass_fields__:
        fields["retry_after"] = None
    return rejection(**fields)


def root_field(
    resolver: Any,
    description: str,
    name: str | None = None,
    *,
    at_most: int | None = None,
    sized_by: str | None = None,
    batch: str | None = None,
) -> Any:
    """A field of Query or Mutation; its resolver is async.

    `at_most` of a list (types/lists.py), `sized_by` the argument that says how many; `batch`: the list in a mutation's input each item of
    which counts as a mutation.
    """
    metadata = {name: value for name, value in ((AT_MOST, at_most), (SIZED_BY, sized_by), (BATCH, batch)) if value is not None}
    described = counted(description, at_most)
    return strawberry.field(resolver=resolver, description=described, name=name, extensions=[Scoped()], metadata=metadata)


def subscription_field(resolver: Any, description: str) -> Any:
    """A field of Subscription; its resolver is async and answers an iterator of `api.live.changes.Event`."""
    return strawberry.subscription(resolver=resolver, description=description, extensions=[Scoped()])
