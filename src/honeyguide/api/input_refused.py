"""What a client typed into an input and that cannot be: a typed refusal where the mutation has one (S3), else BAD_ARGUMENT; with the field at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from honeyguide.api.problems import BadArgument
from honeyguide.api.types.errors import ErrorCode
from honeyguide.api.words.messages import message

Read = TypeVar("Read")


class InputRefused(BadArgument):
    """`refusal` is its code among business refusals, `field` the way to the input field, outermost first."""

    def __init__(self, field: tuple[str, ...], refusal: ErrorCode = ErrorCode.INVALID_VALUE, **facts: Any) -> None:
        super().__init__(f"{'.'.join(field)}: {message(refusal, 'en', field, **facts)}", field)
        self.refusal, self.field, self.facts = refusal, field, facts

    def under(self, *outer: str) -> InputRefused:
        """The same, of a field inside another."""
        return InputRefused((*outer, *self.field), self.refusal, **self.facts)


def each(read: Callable[[Mapping[str, Any]], Read], items: Iterable[Mapping[str, Any]] | None, name: str) -> tuple[Read, ...]:
    """The items of an input's list as `read` takes them; raises InputRefused with the place in the list."""
    taken = []
    for place, item in enumerate(items or ()):
        try:
            taken.append(read(item))
        except InputRefused as refused:
            raise refused.under(name, str(place)) from None
    return tuple(taken)
