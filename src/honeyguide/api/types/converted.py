"""Lets an input type be read straight into what a use case takes, past strawberry's general converter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Input = TypeVar("Input", bound=type)


def converted(read: Callable[[Mapping[str, Any]], object]) -> Callable[[Input], Input]:
    """Decorate an input type: resolvers get what `read` makes of its fields, which graphql-core has coerced by then."""

    def decorate(input_type: Input) -> Input:
        input_type.__strawberry_definition__.from_input = lambda _type, value, _context: read(value)  # type: ignore[attr-defined]
        return input_type

    return decorate
