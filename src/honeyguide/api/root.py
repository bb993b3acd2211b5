"""Root fields: each asks the access matrix which scope its caller needs, and is noted for the audit trail; nothing below a root is asked again."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from honeyguide.api.core import core_info
from honeyguide.api.problems import Forbidden
from honeyguide.identity.access import require
from honeyguide.identity.matrix import required_scopes


class Scoped(FieldExtension):
    """Refuses callers whose credential lacks the scope; an operation without a row in the matrix serves nobody."""

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        raw, caller = core_info(info), info.context.caller
        info.context.looks.fields[raw.field_name] = None
        missing = require(caller, required_scopes(caller.audience, raw.parent_type.name, raw.field_name))
        if missing is not None:
            raise Forbidden(f"This credential lacks the scope {' or '.join(sorted(missing.scopes))}.")
        return await next_(source, info, **arguments)


def root_field(resolver: Any, description: str, name: str | None = None) -> Any:
    """A field of Query or Mutation; its resolver is async."""
    return strawberry.field(resolver=resolver, description=description, name=name, extensions=[Scoped()])


def subscription_field(resolver: Any, description: str) -> Any:
    """A field of Subscription; its resolver is async and answers an iterator of `api.live.changes.Event`."""
    return strawberry.subscription(resolver=resolver, description=description, extensions=[Scoped()])
