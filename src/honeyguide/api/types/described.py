"""Makes a plain enum one of the schema, with a sentence for each value (S8)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

import strawberry

Values = TypeVar("Values", bound=type[Enum])


def described(description: str, **sentences: str) -> Callable[[Values], Values]:
    """Decorate an enum; a value without its sentence, or a sentence without its value, fails at import."""

    def decorate(enum: Values) -> Values:
        if set(enum.__members__) != set(sentences):
            raise TypeError(f"{enum.__name__}: values and sentences differ: {set(enum.__members__) ^ set(sentences)}")
        strawberry.enum(enum, description=description)
        for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
            value.description = sentences[value.name]
        return enum

    return decorate
