"""C1: what an operation can cost at most, known before it runs."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, get_introspection_query, parse
from graphql.execution.values import VariableValues, get_variable_values

from honeyguide.api.core import core_schema
from honeyguide.api.cost.cost import Cost, cost_of
from honeyguide.api.cost.known import KnownCosts
from honeyguide.api.documents import Document, read_document
from honeyguide.api.schemas import schema_for
from honeyguide.api.trusted.folder import read_operations, shipped_folder
from honeyguide.caller import Audience
from honeyguide.settings import Settings

ONE_ROW = "edges { node { id } }"


def read(text: str, audience: Audience) -> Document:
    document = read_document(schema_for(audience), text)
    assert document.errors == (), document.errors
    return document


def cost(text: str, variables: dict[str, Any] | None = None, audience: Audience = Audience.MEMBER) -> int:
    return whole_cost(text, variables, audience).requested


def whole_cost(text: str, variables: dict[str, Any] | None = None, audience: Audience = Audience.MEMBER) -> Cost:
    document, schema = read(text, audience), core_schema(schema_for(audience))
    (operation,) = document.operations.values()
    coerced = get_variable_values(schema, operation.variable_definitions or (), variables or {})
    assert isinstance(coerced, VariableValues), coerced
    known = KnownCosts(schema).cost(document, operation, coerced)
    assert known == cost_of(schema, document.fragments, operation, coerced)
    return known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 0),
        ("{ me { id memberNumber } }", 1),
        ("{ me { tier { tier { name } } } }", 3),
        ("{ me { accounts { available } } }", 1 + 20),
        ("{ me { accounts { expiring { quantity } } } }", 1 + 20 * (1 + 500)),
        # a connection is an object, and each of its edges and nodes
        ("{ me { activity { edges { node { id } } } } }", 1 + 1 + 20 * 2),
        ("{ me { activity(first: 7) { edges { node { id } } pageInfo { hasNextPage } } } }", 1 + 1 + 7 * 2 + 1),
        ("{ me { activity(last: 3) { edges { cursor } } } }", 1 + 1 + 3),
        ("{ me { activity(first: null, last: null) { edges { cursor } } } }", 1 + 1 + 20),
        # what is merged is counted once, what is aliased each time, what is skipped never
        ("{ me { id } me { tier { since } } }", 2),
        ("{ me { tier { since } } ...A } fragment A on Query { me { tier { until } } }", 2),
        ("{ a: me { id } b: me { id } }", 2),
        ("{ me { tier @skip(if: true) { since } accounts @include(if: false) { available } } }", 1),
        ("{ me { ... @include(if: false) { tier { since } } ...A @skip(if: true) } } fragment A on Member { tier { since } }", 1),
        # of an interface the dearest type counts
        ('{ node(id: "x") { ... on Account { unit { code } } ... on Transaction { accruals { quantity } } } }', 1 + 20),
        ('{ node(id: "x") { id ... on Node { ... on Account { unit { code } } } } }', 2),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        # introspection is declared
        ('{ __schema { types { name } } a: __type(name: "Member") { fields { name } } }', 5_500),
    ],
)
def test_c1_objects_cost_one_leaves_nothing_lists_as_often_as_they_may_have_items(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_c1_variables_count_with_their_defaults_and_conditions() -> None:
    text = (
        "query Q($n: Int = 5, $with: Boolean!, $ids: [ID!]!) "
        "{ me { activity(first: $n) { edges { cursor } } tier @include(if: $with) { since } } nodes(ids: $ids) { id } }"
    )

    assert cost(text, {"with": False, "ids": []}) == 2 + 5
    assert cost(text, {"with": True, "ids": ["a"] * 4, "n": 50}) == 2 + 50 + 1 + 4
    assert cost(text, {"with": True, "ids": [], "n": None}) == 2 + 20 + 1


@pytest.mark.parametrize("size", [-1, -(2**31), 0, 100, 101, 2**31 - 1])
def test_a_negative_or_huge_page_is_no_discount_and_no_more_than_the_largest(size: int) -> None:
    """Its resolver refuses it."""
    assert cost("query Q($n: Int) { me { activity(first: $n) { edges { cursor } } } }", {"n": size}) == 2 + min(max(size, 0), 100)
    assert cost("query Q($n: Int) { me { activity(first: -9, last: $n) { edges { cursor } } } }", {"n": size}) == 2 + min(max(size, 0), 100)


def test_a_mutation_costs_ten_more_and_a_batch_ten_for_each_of_its_transactions() -> None:
    post = "postTransaction(input: $input) { ... on TransactionPosted { transaction { id } } ... on UserError { code } }"
    one = {"idempotencyKey": "k" * 8, "reference": "r", "occurredAt": "2026-01-01T00:00:00Z", "amount": {"amount": "1", "currency": "USD"}}
    batch = "postTransactions(input: {INPUT}) { ... on BatchPosted { results { ... on TransactionPosted { transaction { id } } } } }"
    inner = "mutation M($all: [PostTransactionInput!]!) { " + batch.replace("{INPUT}", "{transactions: $all}") + " }"
    outer = "mutation M($input: PostTransactionsInput!) { " + batch.replace("{INPUT}", "$input") + " }"

    def of(text: str, variables: dict[str, Any]) -> int:
        return cost(text, variables, Audience.PARTNER)

    assert of(f"mutation M($input: PostTransactionInput!) {{ {post} b: {post} }}", {"input": one}) == 2 * (10 + 2)
    assert of(inner, {"all": [one] * 30}) == of(outer, {"input": {"transactions": [one] * 30}}) == 1 + 30 * (10 + 2)


def test_a_subscription_costs_what_one_event_does() -> None:
    assert cost("subscription { accountChanged { available unit { code } } }") == 2


def test_actual_counts_what_was_answered_and_what_is_flat() -> None:
    query = whole_cost("{ me { tier { since } accounts { unit { code } } } s: __schema { types { name } } }")
    mutation = Cost(requested=11, flat=10)

    answered = {"me": {"tier": None, "accounts": [{"unit": {"code": "a"}}, {"unit": None}]}, "s": {"types": [{"name": "x"}] * 9}}
    assert query.actual(answered) == 1 + 3 + 5_000
    assert query.actual(None) == 5_000
    assert mutation.actual({"removePin": {"__typename": "PinRemoved"}}) == 11


@pytest.mark.parametrize("audience", list(Audience))
def test_all_shipped_operations_are_far_below_the_limit_of_one_request(audience: Audience) -> None:
    _, _, limit = Settings().cost(audience)
    largest = {"first": 100, "last": 100, "activity": 100}

    for operation in read_operations(shipped_folder(), audience, manifests=False):
        document, schema = read(operation.body, audience), core_schema(schema_for(audience))
        (node,) = document.operations.values()
        sizes = {
            one.variable.name.value: largest[one.variable.name.value]
            for one in node.variable_definitions or ()
            if one.variable.name.value in largest
        }
        assert cost_of(schema, document.fragments, node, VariableValues({}, sizes)).requested < limit * 0.7, operation.name


NEST = "purchases(first: 100) { edges { node { reversals { reversals { accruals { because { text } } } } } } }"


@pytest.mark.parametrize(
    "text",
    [
        f"{{ me {{ {NEST} }} }}",
        "{ " + " ".join(f"a{n}: me {{ accounts {{ expiring {{ quantity }} }} }}" for n in range(20)) + " }",
        "{ nodes(ids: ["
        + '"x" ' * 100
        + "]) { ... on Transaction { accruals { because { text } } reversals { accruals { unit { code } } } } } }",
    ],
    ids=["deep nest", "aliases", "a hundred ids"],
)
def test_what_is_made_to_be_dear_is_above_it(text: str) -> None:
    assert cost(text) > Settings().cost_limit_member


def test_a_schema_asked_again_and_again_by_aliases_costs_so_often_and_what_tools_ask_once() -> None:
    lists = "types { fields { type { ofType { name } } } possibleTypes { name } enumValues { name } inputFields { name } }"
    hungry = "{ __schema { " + " ".join(f"a{n}: {lists}" for n in range(28)) + " } }"

    for audience in Audience:
        assert cost(get_introspection_query(input_value_deprecation=True), audience=audience) == 5_000
    assert cost(hungry) == whole_cost(hungry).flat == 5_000 * 12
    assert cost('{ __type(name: "Member") { fields { name } ...A } } fragment A on __Type { fields { name } }') == 500


def test_fragments_that_spread_each_other_are_measured_once_and_not_on_each_of_their_paths() -> None:
    """Of these there are 2 to the 60th; the limits of aliases and depth, which stand before, are left out here."""
    fragments = [f"fragment F{n} on Transaction {{ reversals {{ ...F{n + 1} }} r: reversals {{ ...F{n + 1} }} }}" for n in range(60)]
    text = f'{{ node(id: "x") {{ ...F0 }} }} {" ".join(fragments)} fragment F60 on Transaction {{ id }}'
    operation, *others = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    known = {one.name.value: one for one in others if isinstance(one, FragmentDefinitionNode)}

    assert cost_of(core_schema(schema_for(Audience.MEMBER)), known, operation, VariableValues({}, {})).requested > 50**60
