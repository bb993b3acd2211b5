"""GraphQL over HTTP: status codes, media types, limits; what must not leave does not leave."""

from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from builders.platform import GRAPHQL, Platform
from honeyguide.api.problems import ProblemCode
from honeyguide.caller import Audience

JSON = "application/json"
ME = "{ me { memberNumber } }"


class Door:
    """A member's requests, as raw as a test wants them."""

    def __init__(self, platform: Platform, token: str) -> None:
        self.platform, self.token = platform, token

    async def post(self, body: Any, *, accept: str | None = GRAPHQL, content_type: str = JSON, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": content_type,
            **({"Accept": accept} if accept else {"Accept": ""}),
            **headers,
        }
        return await self.platform.http.post("/member/graphql", content=content, headers=sent)

    async def get(self, query: str, **headers: str) -> httpx.Response:
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Accept": GRAPHQL,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.platform.http.get("/member/graphql", params={"query": query}, headers=sent)


@pytest_asyncio.fixture
async def door(platform: Platform) -> Door:
    member = await platform.enrol()
    return Door(platform, platform.token(Audience.MEMBER, str(member)))


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


# What cannot run, and the code it is told by.
CANNOT_RUN: list[tuple[Any, str]] = [
    ({"query": "{ me {"}, "PARSE_FAILED"),
    ({"query": "{ nobody }"}, "VALIDATION_FAILED"),
    ({"query": "query A { me { id } } query B { me { id } }"}, "UNKNOWN_OPERATION"),
    ({"query": ME, "operationName": "Else"}, "UNKNOWN_OPERATION"),
    ({"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {}}, "BAD_VARIABLES"),
    ({"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": {}}}, "BAD_VARIABLES"),
]
# What is no request of GraphQL at all.
NO_REQUESTS: list[tuple[Any, str]] = [
    (b"{", "BAD_REQUEST"),
    (b"\xff\xfe", "BAD_REQUEST"),
    (b"", "BAD_REQUEST"),
    (b'"text"', "BAD_REQUEST"),
    (b"null", "BAD_REQUEST"),
    (b"[" * 50_000, "BAD_REQUEST"),
    (b'{"query": NaN}', "BAD_REQUEST"),
    ({"variables": {}}, "BAD_REQUEST"),
    ({"query": 5}, "BAD_REQUEST"),
    ({"query": "  "}, "BAD_REQUEST"),
    ({"query": ME, "variables": []}, "BAD_REQUEST"),
    ({"query": ME, "extensions": "x"}, "BAD_REQUEST"),
    ({"query": ME, "operationName": 5}, "BAD_REQUEST"),
    ([{"query": ME}], "BATCHING_NOT_SUPPORTED"),
    ([], "BATCHING_NOT_SUPPORTED"),
]


async def test_h1_h2_what_cannot_run_is_400_without_data_or_200_for_clients_of_plain_json(door: Door) -> None:
    for body, code in CANNOT_RUN:
        rich, plain, unsaid = await door.post(body), await door.post(body, accept=JSON), await door.post(body, accept=None)

        assert (rich.status_code, plain.status_code, unsaid.status_code) == (400, 200, 200), body
        assert rich.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
        assert plain.headers["content-type"] == unsaid.headers["content-type"] == f"{JSON}; charset=utf-8"
        assert codes(rich) == codes(plain) == [code]
        assert "data" not in rich.json() and "data" not in plain.json()


async def test_h2_bad_requests_are_400_in_both_media_types(door: Door) -> None:
    for body, code in NO_REQUESTS:
        for accept in (GRAPHQL, JSON):
            response = await door.post(body, accept=accept)

            assert (response.status_code, codes(response)) == (400, [code]), (body, accept)
            assert response.headers["content-type"] == f"{accept}; charset=utf-8" and "data" not in response.json()


async def test_h2_what_may_be_left_out_may_be_null_and_what_is_not_known_is_ignored(door: Door) -> None:
    """GraphQL over HTTP, request parameters."""
    nulls = await door.post({"query": ME, "operationName": None, "variables": None, "extensions": None, "documentId": None, "more": [1]})
    empty = await door.post({"query": ME, "operationName": "", "variables": {"unused": 1}, "extensions": {}})

    assert [answer.json()["data"]["me"]["memberNumber"] is not None for answer in (nulls, empty)] == [True, True]


async def test_h3_an_answer_with_data_is_2xx_also_where_a_part_of_it_failed(door: Door) -> None:
    """GraphQL over HTTP would like 294 since 2026, which clients do not know yet: it is 200."""
    ids = ", ".join(f'"{number}"' for number in range(101))
    both = f"{{ good: nodes(ids: []) {{ id }} bad: nodes(ids: [{ids}]) {{ id }} }}"
    nothing = await door.post({"query": "{ me { activity(first: 101) { edges { cursor } } } }"})
    rich, plain = await door.post({"query": both}), await door.post({"query": both}, accept=JSON)

    assert [(answer.status_code, "errors" in answer.json(), "data" in answer.json()) for answer in (nothing, rich, plain)] == [
        (200, True, True)
    ] * 3


async def test_h3_every_refusal_has_its_status_and_says_what_would_do(door: Door) -> None:
    http, url, sent = door.platform.http, "/member/graphql", {"Accept": GRAPHQL, "Content-Type": JSON}
    nobody = await http.post(url, json={"query": ME}, headers=sent)
    forged = await http.post(url, json={"query": ME}, headers={**sent, "Authorization": f"Bearer {door.token[:-4]}AAAA"})
    stranger = await http.post(
        url, json={"query": ME}, headers={**sent, "Authorization": f"Bearer {await door.platform.partner_token('grocer')}"}
    )
    methods = [await http.request(method, url, headers=sent) for method in ("PATCH", "OPTIONS")]
    head = await http.head(url, headers=sent)

    assert [(one.status_code, codes(one)) for one in (nobody, forged, stranger)] == [(401, ["UNAUTHENTICATED"])] * 3
    assert nobody.headers["www-authenticate"] == 'Bearer realm="honeyguide"'
    assert 'error="invalid_token"' in forged.headers["www-authenticate"] and 'error="invalid_token"' in stranger.headers["www-authenticate"]
    for one in methods:
        assert (one.status_code, codes(one), one.headers["allow"][:9]) == (405, ["METHOD_NOT_ALLOWED"], "GET, POST")
    assert (head.status_code, head.headers["allow"][:9]) == (405, "GET, POST")


TOO_MUCH = [
    ("{ me { id " + "memberNumber " * 2000 + "} }", "TOO_MANY_TOKENS"),
    ("{ me " + "{ activity { edges { node { transaction " * 3 + "{ id }" + " } } } }" * 3 + "}", "TOO_DEEP"),
    ("{ node(id: " + "[" * 400 + "]" * 400 + ") { id } }", "TOO_DEEP"),
    ("{ me { " + " ".join(f"a{n}: id" for n in range(31)) + " } }", "TOO_MANY_ALIASES"),
    (
        "{ me { ...A ...B } } fragment A on Member { "
        + " ".join(f"a{n}: id" for n in range(16))
        + " } fragment B on Member { b: id ...A }",
        "TOO_MANY_ALIASES",
    ),
    ("{ " + " ".join(f"a{n}: me {{ id }}" for n in range(21)) + " }", "TOO_MANY_ROOT_FIELDS"),
    ("{ me { " + "id @include(if: true) " * 51 + " } }", "TOO_MANY_DIRECTIVES"),
]
# Just as much as is allowed, so that every limit is where it is said to be.
ENOUGH = [
    "{ me { ...A } } fragment A on Member { " + "memberNumber " * 1_985 + "}",
    "{ me { " + " ".join(f"a{n}: id" for n in range(30)) + " } }",
    "{ " + " ".join(f"a{n}: me {{ id }}" for n in range(20)) + " }",
    "{ me { " + "id @include(if: true) " * 50 + " } }",
]


async def test_h7_each_limit_has_its_own_code_and_is_where_it_is_said_to_be(door: Door) -> None:
    for document, code in TOO_MUCH:
        rich, plain = await door.post({"query": document}), await door.post({"query": document}, accept=JSON)

        assert (rich.status_code, codes(rich)) == (400, [code])
        assert (plain.status_code, codes(plain)) == (200, [code])
    for document in ENOUGH:
        response = await door.post({"query": document})
        found = codes(response) if "errors" in response.json() else []

        assert not [code for code in found if code.startswith("TOO_")], document[:60]


async def test_h7_fields_that_repeat_each_other_without_end_are_not_compared_to_the_end(door: Door) -> None:
    response = await door.post({"query": "{ me { " + "id " * 1900 + "} }"})

    assert (response.status_code, codes(response)) == (400, ["VALIDATION_FAILED"])
    assert "repeats too many fields" in response.text


async def test_h7_fragments_that_spread_each_other_are_counted_once_and_in_cycles_not_at_all(door: Door) -> None:
    bomb = (
        "{ me { ...F0 } } "
        + " ".join(f"fragment F{n} on Member {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
        + " fragment F40 on Member { a: id }"
    )

    exploded = await door.post({"query": bomb})
    plain = await door.post({"query": bomb.replace("a: id", "id")})  # no limit counts it, so it runs: each fragment once
    cyclic = await door.post({"query": "{ me { ...A } } fragment A on Member { id ...A }"})

    assert codes(exploded) == ["TOO_MANY_ALIASES"]
    assert plain.json()["data"]["me"].keys() == {"id"}
    assert codes(cyclic) == ["VALIDATION_FAILED"]


async def test_h7_bodies_are_bounded_and_large_ones_serve_batches_and_program_files_only(door: Door) -> None:
    platform = door.platform
    padded = {"query": ME, "extensions": {"pad": "x" * 100_000}}
    partner = await platform.partner_token("grocer")

    members = await door.post(padded)
    partners = await platform.send(Audience.PARTNER, partner, {"query": "{ partner { id } }", "extensions": {"pad": "x" * 100_000}})
    batch = {
        "query": "mutation ($i: PostTransactionsInput!) { postTransactions(input: $i) { __typename } }",
        "variables": {"i": {"transactions": []}},
    }
    large = await platform.send(Audience.PARTNER, partner, {**batch, "extensions": {"pad": "x" * 1_000_000}})
    too_large = await platform.send(Audience.PARTNER, partner, {**batch, "extensions": {"pad": "x" * 2_000_000}})

    assert (members.status_code, codes(members)) == (413, ["BODY_TOO_LARGE"])
    assert (partners.status_code, codes(partners)) == (413, ["BODY_TOO_LARGE"])
    assert large.json()["data"]["postTransactions"]["__typename"] == "BatchPosted"
    assert too_large.status_code == 413


async def test_h5_posts_are_json_in_utf_8(door: Door) -> None:
    others = ["text/plain", "application/x-www-form-urlencoded", "application/graphql", "multipart/form-data; boundary=x"]
    for content_type in (*others, "application/json; charset=utf-16", "application/jsonx", "", "application/graphql-response+json"):
        response = await door.post({"query": ME}, content_type=content_type)

        assert (response.status_code, codes(response)) == (415, ["UNSUPPORTED_MEDIA_TYPE"]), content_type
    for content_type in ("application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"; profile=app'):
        assert (await door.post({"query": ME}, content_type=content_type)).status_code == 200
    compressed = await door.post({"query": ME}, **{"Content-Encoding": "gzip"})
    assert (compressed.status_code, codes(compressed)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


async def test_h1_h3_answers_come_in_a_type_that_the_client_takes(door: Door) -> None:
    accepted = {accept: (await door.post({"query": ME}, accept=accept)).headers["content-type"].partition(";")[0] for accept in (
        GRAPHQL, JSON, "*/*", "application/*", f"{JSON};q=0.5, {GRAPHQL}", f"{GRAPHQL};q=0.1, {JSON}")}  # fmt: skip
    impossible = await door.post({"query": ME}, accept="text/html")

    assert list(accepted.values()) == [GRAPHQL, JSON, JSON, JSON, GRAPHQL, JSON]
    assert (impossible.status_code, codes(impossible)) == (406, ["NOT_ACCEPTABLE"])


async def test_h4_get_serves_queries_with_a_header_that_no_foreign_page_can_send(door: Door) -> None:
    bare = await door.get(ME)
    asked = await door.get(ME, GraphQL_Require_Preflight="1")
    mutation = await door.get('mutation { issuePass(input: { style: "membership" }) { __typename } }', X_Requested_With="app")
    patched = await door.platform.http.patch("/member/graphql")

    assert (bare.status_code, codes(bare)) == (400, ["HEADER_NEEDED"])
    assert asked.status_code == 200 and asked.json()["data"]["me"]["memberNumber"]
    assert (mutation.status_code, mutation.headers["allow"]) == (405, "POST")
    assert (patched.status_code, patched.headers["allow"][:9]) == (405, "GET, POST")
    assert await door.platform.services.database.pool.fetchval("SELECT count(*) FROM pass") == 0


async def test_h6_every_error_carries_the_request_id_and_every_answer_too(door: Door) -> None:
    given = await door.post({"query": "{ nobody }"}, **{"X-Request-Id": "till-7-0001"})
    made = await door.post({"query": ME}, **{"X-Request-Id": "no plain word!"})

    assert given.headers["x-request-id"] == given.json()["errors"][0]["extensions"]["requestId"] == "till-7-0001"
    assert len(made.headers["x-request-id"]) == 16
    assert made.headers["cache-control"] == "no-store"


async def test_h6_an_error_of_ours_says_nothing_of_the_inside(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    secret = "anna@example.test"

    async def broken(*_: Any) -> Any:
        raise RuntimeError(f"duplicate key {secret}")

    object.__setattr__(door.platform.services, "partners", type("Broken", (), {"partner": broken})())
    token = door.platform.token(Audience.PARTNER, "01900000-0000-7000-8000-000000000001")
    response = await door.platform.send(Audience.PARTNER, token, {"query": "{ partner { name } }"})

    assert (response.status_code, codes(response)) == (200, ["INTERNAL"])
    assert secret not in response.text and "RuntimeError" not in response.text
    assert "RuntimeError" in caplog.text and secret not in caplog.text


async def test_numbers_and_dates_that_would_lose_something_are_refused(platform: Platform) -> None:
    await platform.partner_token("grocer")
    quote = (
        'query ($a: Decimal!, $t: DateTime) { quote(input: { amount: { amount: $a, currency: "USD" }, occurredAt: $t }) { __typename } }'
    )
    literal = '{ quote(input: { amount: { amount: 1.1, currency: "USD" } }) { __typename } }'
    token = await platform.partner_token("grocer")

    answers = [
        await platform.send(Audience.PARTNER, token, {"query": quote, "variables": variables})
        for variables in (
            {"a": 1.1},
            {"a": 5},
            {"a": "1e5"},
            {"a": "NaN"},
            {"a": "1", "t": "2026-11-22"},
            {"a": "1", "t": "2026-11-22T12:00:00"},
            {"a": "1", "t": 5},
        )
    ]
    fine = await platform.send(Audience.PARTNER, token, {"query": quote, "variables": {"a": "1", "t": "2026-11-22T13:00:00+01:00"}})

    assert [codes(answer) for answer in answers] == [["BAD_VARIABLES"]] * 7
    assert codes(await platform.send(Audience.PARTNER, token, {"query": literal})) == ["VALIDATION_FAILED"]
    assert fine.json()["data"]["quote"]["__typename"] == "Quote"


async def test_introspection_is_on(door: Door) -> None:
    from graphql import get_introspection_query

    response = await door.post({"query": get_introspection_query(input_value_deprecation=True)})

    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"


def test_h6_every_code_says_its_status_and_when_it_comes() -> None:
    """H6: the list is closed and documented."""
    assert [code for code in ProblemCode if not code.status[:3].isdigit() or not code.description.endswith(".")] == []
