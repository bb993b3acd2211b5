"""Requests that nobody can answer, made of documents that somebody could: mutated, deep, wide, aliased, cyclic, huge, of wrong types, and no JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from graphql import GraphQLSchema, GraphQLSyntaxError, parse, validate

from builders.random_documents import Written

_LETTERS = '{}()[]:!$@|&="\\#,.…\x00\ud800\u202e\ufeffé🦜 abZ09_-\n'
_NO_JSON = [
    b"", b" ", b"{", b"nul", b'{"query"', b"\xff\xfe{}", b"\x00", b'"{ __typename }"', b"5", b"true", b"null", b"[]",
    b'{"query": "{ __typename }", "variables": {"x": NaN}}', b'{"query": "{ __typename }", "variables": {"x": -Infinity}}',
    b'{"query": "{ __typename }", "variables": {"x": "\\ud800"}}', b'{"query": "{ \\udfff }"}', b'{"query": "\xed\xa0\x80"}',
    b'{"query": "{ __typename }"} {"query": "{ __typename }"}', b"{'query': '{ __typename }'}", b'{"query": "{ __typename }",}',
    b'{"query": "{ __typename }", "query": 5}', b'{"query": "{ __typename }", "query": null}', b'\xef\xbb\xbf{"query": "{ __typename }"}',
    b'{"query": "{ __typename }", "variables": {"x": 0x10}}', b'{"query": "{ __typename }", "variables": {"x": 01}}',
]  # fmt: skip
_NO_QUERY: list[Any] = [None, 5, True, [], {}, "", " ", "\n\t", "#", "\ufeff", "query", "{", "}", "\x00", "{ \x00 }", "{ é }", "…"]
_NO_VARIABLES: list[Any] = [[], 5, "x", True, [{}], 1e308]


def spoilt(written: Written, schema: GraphQLSchema, random: Random) -> bytes:
    """A body that must be refused before anything runs."""
    ways: list[Callable[[], Any]] = [
        lambda: _mutated(written, schema, random),
        lambda: _mutated(written, schema, random),
        lambda: _unknown(written, random),
        lambda: _wrong_variables(schema, random),
        lambda: _wrong_variables(schema, random),
        lambda: _excessive(random),
        lambda: _excessive(random),
        lambda: _cyclic(schema, random),
        lambda: _wrong_shape(written, random),
    ]
    if random.random() < 0.1:
        return _cut(random)
    # With escapes, so that halves of surrogate pairs reach the server as a client would send them.
    return json.dumps(random.choice(ways)()).encode()


def _cut(random: Random) -> bytes:
    """No JSON, or none that names a query."""
    if random.random() < 0.2:
        depth = random.choice((5_000, 40_000))
        end = random.choice((b"]" * depth + b"}}", b""))
        return b'{"query": "{ __typename }", "variables": {"x": ' + b"[" * depth + end[:1]
    return random.choice(_NO_JSON)


def _body(written: Written, text: str) -> dict[str, Any]:
    return {"query": text, "variables": written.variables}


def _mutated(written: Written, schema: GraphQLSchema, random: Random) -> dict[str, Any]:
    """Letters and words left out, put in and swapped, until graphql-core itself would refuse it."""
    text = written.text
    for _ in range(100):
        place, end = sorted((random.randrange(len(text) + 1), random.randrange(len(text) + 1)))
        match random.randrange(5):
            case 0:
                text = text[:place] + random.choice(_LETTERS) + text[place:]
            case 1:
                text = text[:place] + text[min(end, place + 8) :]
            case 2:
                text = text[:place] + text[place:end] * 2 + text[end:] if end - place < 200 else text[:place]
            case 3:
                words = text.split(" ")
                one, other = random.randrange(len(words)), random.randrange(len(words))
                words[one], words[other] = words[other], words[one]
                text = " ".join(words)
            case _:
                text = (
                    text[:place]
                    + random.choice(("null", "true", "5", '"x"', "[]", "{}", "$v0", "...", "on", "query", "@skip"))
                    + text[end:]
                )
        if not _is_good(text, schema):
            break
        text = text or written.text
    return _body(written, text)


def _is_good(text: str, schema: GraphQLSchema) -> bool:
    try:
        return not validate(schema, parse(text, max_tokens=2_000), max_errors=1)
    except (GraphQLSyntaxError, RecursionError):
        return False


def _unknown(written: Written, random: Random) -> dict[str, Any]:
    """A field, an argument, a type, a fragment, a variable or an operation that is not there."""
    name = "x" * random.choice((1, 10, 3_000)) + "_unknown"
    text = random.choice(
        (
            f"{{ {name} }}", f"{{ __typename(id: 5) {name} }}", f"{{ __typename ...{name} }}", f"{{ ... on {name} {{ id }} }}",
            "{ node(id: $nothing) { id } }", f"query ($v: {name}) {{ __typename }}", f"query ($v: [[{name}!]!]!) {{ __typename }}",
            f"{{ __typename @{name} }}", f"subscription {{ {name} }}", "fragment F on Query { __typename }", f"scalar {name}",
            f"extend type Query {{ {name}: Int }}", f"{name} {{ __typename }}",
        )
    )  # fmt: skip
    if random.random() < 0.2:
        return {**_body(written, written.text), "operationName": name}
    return _body(written, text)


def _wrong_variables(schema: GraphQLSchema, random: Random) -> dict[str, Any]:
    """A mutation whose input is none, or a question for a node by what is no id."""
    odd = [
        None,
        5,
        "x",
        True,
        [],
        [[]],
        {"x": 1},
        {"input": {}},
        _nested(random.choice((10, 300))),
        {f"x{n}": n for n in range(2_000)},
        "9" * 60_000,
    ]
    mutation = schema.mutation_type
    if mutation is None or random.random() < 0.2:
        return {
            "query": "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            "variables": {"ids": random.choice([None, {}, [None], [{}], [1.5], [[]]])},
        }
    name, field = random.choice([(name, field) for name, field in mutation.fields.items() if "input" in field.args])
    text = f"mutation ($input: {field.args['input'].type}) {{ {name}(input: $input) {{ __typename }} }}"
    return {"query": text, "variables": random.choice(({}, None, {"input": random.choice(odd)}, {"input": random.choice(odd)}))}


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"x": value} if depth % 2 else [value]
    return value


def _excessive(random: Random) -> dict[str, Any]:
    """Above a limit: of bytes, tokens, levels, aliases, root fields, directives, or levels of a value."""
    many = random.choice((100, 400, 2_500))
    text = random.choice(
        (
            "{ __typename " + "a { " * many + "b" + " }" * many + " }",
            "{ " * many, "[" * many, "{ node(id: " + "[" * many + "]" * many + ") { id } }",
            "{ node(id: " + "{x: " * many + "1" + "}" * many + ") { id } }",
            "{ " + " ".join(f"a{n}: __typename" for n in range(many)) + " }",
            "{ " + "__typename " * many * 10 + "}",
            "{ __typename " + "@include(if: true) " * many + "}",
            "{ " + "... on Query { " * many * 5 + "__typename" + " }" * many * 5 + " }",
            "query (" + " ".join(f"$v{n}: Int" for n in range(many)) + ") { __typename }",
            "query ($v: " + "[" * many + "Int" + "]" * many + ") { __typename }",
            "{ __schema { types { " + "fields { type { " * 20 + "name" + " } }" * 20 + " } } }",
            '{ node(id: "' + "x" * many * 50 + '") { id',
            "# " + "x" * many * 50, "," * many * 30,
            " ".join(f"query Q{n} {{ __typename }}" for n in range(many)),
        )
    )  # fmt: skip
    return {"query": text}


def _cyclic(schema: GraphQLSchema, random: Random) -> dict[str, Any]:
    """Fragments that spread themselves, through one another, or two to the power of many times."""
    count = random.choice((1, 2, 20, 60))
    if random.random() < 0.5:
        rest = " ".join(f"fragment F{n} on Query {{ __typename ...F{(n + 1) % count} }}" for n in range(count))
    else:
        rest = (
            " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(count))
            + f" fragment F{count} on Query {{ __typename nothing }}"
        )
    return {"query": "{ ...F0 } " + rest}


def _wrong_shape(written: Written, random: Random) -> Any:
    """Parameters of wrong types, and batches."""
    body = _body(written, written.text)
    return random.choice(
        (
            {**body, "query": random.choice(_NO_QUERY)},
            {**body, "variables": random.choice(_NO_VARIABLES)},
            {**body, "operationName": random.choice((5, [], {}, True, "Nobody", "\x00"))},
            {**body, "extensions": random.choice((5, [], "x", True))},
            {**body, "query": None, "extensions": {"persistedQuery": random.choice((5, {}, {"version": 1}, {"version": 1, "sha256Hash": "0" * 64}))}},
            {**body, "query": None, "documentId": random.choice((5, "", "x", "sha256:" + "0" * 64, "sha256:", "\x00"))},
            [body], [body, body], [body] * 500, {"query": [body]}, {"variables": {}},
        )
    )  # fmt: skip
