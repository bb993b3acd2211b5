"""Random documents that a schema takes: aliases, fragments, directives, variables, unions, and arguments of every type.

Our own, for what hypothesis-graphql 0.13 writes for our schemas is invalid in three of four cases (fields of a union's members that
cannot be merged), knows no variables and no ids that exist, and takes fifty times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from builders.random_values import Values, literal

MOST_ALIASES, MOST_FIELDS, DEEPEST = 25, 60, 8


@dataclass(frozen=True)
class Written:
    """A document and its variables; `values` of some may be none that their types take."""

    text: str
    variables: dict[str, Any]
    is_mutation: bool


@dataclass
class Writer:
    """One document: make a new one for each."""

    schema: GraphQLSchema
    values: Values
    random: Random
    _aliases: int = 0
    _fields: int = 0
    _declared: list[str] = field(default_factory=list)
    _variables: dict[str, Any] = field(default_factory=dict)
    _fragments: list[str] = field(default_factory=list)

    def write(self, *, mutations: bool = True) -> Written:
        is_mutation = mutations and self.schema.mutation_type is not None and self.random.random() < 0.35
        root = self.schema.mutation_type if is_mutation else self.schema.query_type
        assert root is not None
        selection = self._fields_of(root, 1, {}, self.random.choice((1, 1, 1, 2, 3)))
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        name = self.random.choice(("Random", "Zufall", "R2"))
        text = f"{'mutation' if is_mutation else 'query'} {name}{declared} {{ {selection} }}"
        return Written("\n".join([text, *self._fragments]), self._variables, is_mutation)

    def _selection(self, type_: Any, depth: int) -> str:
        """A set of fields of a composite type; some become named fragments."""
        taken: dict[str, str] = {}
        if isinstance(type_, GraphQLObjectType):
            inner = self._fields_of(type_, depth, taken, self.random.randint(1, 5))
        else:
            inner = self._members_of(type_, depth, taken)
        if self.random.random() < 0.12:
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {type_.name} {{ {inner} }}")
            return f"{{ ...{name} }}"
        return f"{{ {inner} }}"

    def _members_of(self, type_: GraphQLUnionType | GraphQLInterfaceType, depth: int, taken: dict[str, str]) -> str:
        parts = ["__typename"]
        if isinstance(type_, GraphQLInterfaceType) and self.random.random() < 0.5:
            parts.append(self._fields_of(type_, depth, taken, 2))
        possible = self.schema.get_possible_types(type_)
        chosen = self.random.sample(list(possible), min(len(possible), self.random.randint(1, 4)))
        parts += [
            f"... on {one.name}{self._directive()} {{ {self._fields_of(one, depth, taken, self.random.randint(1, 4))} }}" for one in chosen
        ]
        return " ".join(parts)

    def _fields_of(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int, taken: dict[str, str], wanted: int) -> str:
        names = self.random.sample(list(type_.fields), min(len(type_.fields), wanted))
        chosen = [self._field(name, type_.fields[name], depth, taken) for name in names]
        return " ".join(filter(None, chosen)) or "__typename"

    def _field(self, name: str, definition: GraphQLField, depth: int, taken: dict[str, str]) -> str:
        """Nothing where the document is large or deep enough; what answers under a name once, answers the same there always."""
        named = get_named_type(definition.type)
        is_leaf = is_leaf_type(named)
        if self._fields >= MOST_FIELDS or (depth >= DEEPEST and not is_leaf):
            return ""
        shape = f"{name}: {definition.type}" if is_leaf and not definition.args else ""
        alias = ""
        if (name in taken and (not shape or taken[name] != shape)) or self.random.random() < 0.08:
            if self._aliases >= MOST_ALIASES:
                return ""
            self._aliases += 1
            alias = f"a{self._aliases}: "
        else:
            taken[name] = shape or "taken"
        self._fields += 1
        given = ", ".join(f"{key}: {text}" for key, argument in definition.args.items() if (text := self._argument(key, argument)))
        arguments = f"({given})" if given else ""
        below = "" if is_leaf else f" {self._selection(named, depth + 1)}"
        return f"{alias}{name}{arguments}{self._directive()}{below}"

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        is_needed = isinstance(argument.type, GraphQLNonNull)
        if not is_needed and self.random.random() < 0.5:
            return ""
        if self.random.random() < 0.6 and len(self._variables) < 20:
            return self._variable(str(argument.type), self.values.any(argument.type, name))
        if not is_needed and self.random.random() < 0.1:
            return "null"
        return literal(self.values.usual(argument.type, name), argument.type)

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self._declared)}"
        self._declared.append(f"${name}: {type_}")
        if type_.endswith("!") or value is not None or self.random.random() < 0.5:
            self._variables[name] = value
        return f"${name}"

    def _directive(self) -> str:
        draw = self.random.random()
        if draw > 0.06:
            return ""
        name = self.random.choice(("include", "skip"))
        condition = self.random.choice(("true", "false")) if draw > 0.03 else self._variable("Boolean!", self.random.random() < 0.5)
        return f" @{name}(if: {condition})"
