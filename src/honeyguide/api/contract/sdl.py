"""The SDL of an audience, sorted: what schema/*.graphql holds (S10)."""

from __future__ import annotations

from graphql import lexicographic_sort_schema, print_schema

from honeyguide.api.core import core_schema
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience


def sdl(audience: Audience) -> str:
    """Sorted, so that moving a line of Python changes no contract."""
    return print_schema(lexicographic_sort_schema(core_schema(schema_for(audience)))) + "\n"
