"""Lets an input type be read straight into what a use case takes, past strawberry's general converter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from honeyguide.api.input_refused import InputRefused

Input = TypeVar("Input", bound=type)


def converted(read: Callable[[Mapping[str, Any]], object]) -> Callable[[Input], Input]:
    """Decorate an input type: resolvers get what `read` makes of its fields, which graphql-core has coerced by then.

    What it refuses is handed on, not raised: whether the caller may ask at all comes first (`root.py`).
    """

    def from_input(_type: object, value: Mapping[str, Any], _context: object) -> object:
        try:
            return read(value)
        except InputRefused as refused:
            return refused

    def decorate(input_type: Input) -> Input:
        input_type.__strawberry_definition__.from_input = from_input  # type: ignore[attr-defined]
        return input_type

    return decorate
