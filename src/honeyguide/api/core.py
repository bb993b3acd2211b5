"""The graphql-core objects behind strawberry's: it offers no public way to them, so the private one is used here and nowhere else."""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import GraphQLSchema


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema  # noqa: SLF001 - there is no public name


def core_info(info: Any) -> Any:
    """The GraphQLResolveInfo of a strawberry Info."""
    return info._raw_info  # noqa: SLF001 - there is no public name
