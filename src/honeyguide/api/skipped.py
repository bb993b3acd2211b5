"""Whether @skip or @include leaves a selection out."""

from __future__ import annotations

from graphql import GraphQLIncludeDirective, GraphQLSkipDirective, SelectionNode
from graphql.execution.values import VariableValues, get_directive_values


def is_skipped(node: SelectionNode, variables: VariableValues) -> bool:
    if not node.directives:  # the common case is quick
        return False
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return bool(skip and skip["if"]) or bool(include and not include["if"])
