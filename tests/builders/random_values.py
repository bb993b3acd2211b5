"""Values for arguments and variables: what is known there, by the name and type of what asks for it, and what nobody should send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull, get_named_type

_MOMENTS = ["2026-11-22T12:00:00Z", "2026-11-22T11:00:00+02:00", "2026-11-21T00:00:00Z", "2020-01-01T00:00:00Z", "1900-01-01T00:00:00Z"]
_USUAL: dict[str, list[Any]] = {
    "Boolean": [True, False],
    "CurrencyCode": ["USD", "USD", "EUR"],
    "Date": ["2026-11-22", "2026-11-21", "1990-05-17", "2999-12-31"],
    "DateTime": _MOMENTS,
    "Decimal": ["1", "10.00", "25.50", "0", "-5", "0.001", "999999999"],
    "Int": [1, 5, 20, 100, 0, -1, 101, 2_147_483_647],
    "ID": ["x", ""],
    "String": [
        "grocer",
        "USD",
        "en",
        "text",
        "",
        "🦜 Ünïcode",
        "\u202eabc",
        "x" * 300,
        "a\x00b",
        "'; DROP TABLE member; --",
        "%",
        "${jndi:x}",
    ],
}
_ODD: list[Any] = [
    None, "", "x", 0, -1, 2**31, 2**53, 2**63, 1.5, 1e308, True, [], {}, [None], [[1]], {"x": 1}, "NaN", "Infinity", "1e400", "9" * 5_000,
    "2026-02-30", "2026-11-22", "2026-11-22T25:00:00Z", "\x00", "\u202e", "🦜" * 300, "0" * 100, "-0", "٣", "1_000", " 1 ", {"__proto__": {}},
]  # fmt: skip


@dataclass
class Values:
    """`known` by the argument's name, such as `reference`; `ids` grows by what answers tell."""

    random: Random
    known: Mapping[str, list[str]]
    ids: list[str]
    oddness: float = 0.1
    _keys: count[int] = field(default_factory=lambda: count(1))

    def usual(self, type_: GraphQLInputType, name: str, depth: int = 0) -> Any:
        """A value that fits its type, as JSON has it; whether it makes sense is another question."""
        random = self.random
        if isinstance(type_, GraphQLNonNull):
            return self.usual(type_.of_type, name, depth)
        if isinstance(type_, GraphQLList):
            return [self.usual(type_.of_type, name, depth + 1) for _ in range(random.choice((0, 1, 1, 2, 3, 30 if depth < 2 else 1)))]
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        if isinstance(type_, GraphQLEnumType):
            return random.choice(list(type_.values))
        if name == "idempotencyKey":
            return f"random-key-{next(self._keys) if random.random() < 0.8 else 1}"
        if name in self.known and random.random() < 0.9:
            return random.choice(self.known[name])
        if type_.name == "ID" and random.random() < 0.9:
            return random.choice(self.ids or ["x"])
        return random.choice(_USUAL[type_.name])

    def any(self, type_: GraphQLInputType, name: str) -> Any:
        """A usual value, or here and there an odd one, somewhere in it."""
        value = self.usual(type_, name)
        return self._spoilt(value) if self.random.random() < self.oddness else value

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        fields = list(type_.fields.items())
        if type_.is_one_of:
            name, one = self.random.choice(fields)
            return {name: self.usual(one.type, name, depth + 1)}
        wanted = 0.5 if depth < 3 else 0.1
        return {
            name: self.usual(one.type, name, depth + 1)
            for name, one in fields
            if isinstance(one.type, GraphQLNonNull) or self.random.random() < wanted
        }

    def _spoilt(self, value: Any) -> Any:
        if isinstance(value, dict) and value and self.random.random() < 0.8:
            name = self.random.choice(list(value))
            return {**value, name: self._spoilt(value[name])}
        if isinstance(value, list) and value and self.random.random() < 0.5:
            return [self._spoilt(value[0]), *value[1:]]
        return self.random.choice(_ODD)


def literal(value: Any, type_: GraphQLInputType) -> str:
    """The value as a document writes it."""
    if isinstance(type_, GraphQLNonNull):
        return literal(value, type_.of_type)
    if value is None:
        return "null"
    if isinstance(type_, GraphQLList):
        return "[" + ", ".join(literal(item, type_.of_type) for item in value) + "]"
    if isinstance(type_, GraphQLInputObjectType):
        return "{" + ", ".join(f"{name}: {literal(one, type_.fields[name].type)}" for name, one in value.items()) + "}"
    if isinstance(get_named_type(type_), GraphQLEnumType):
        return str(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
