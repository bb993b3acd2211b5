"""What is told of operations: lines without anything personal, one trace from the request to the statement, metrics of closed labels."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphql import NameNode
from opentelemetry.trace import format_trace_id
from prometheus_client import REGISTRY

from builders.json_lines import json_logged
from builders.platform import POST, Platform, purchase
from builders.signing_in import SigningIn, open_program, signing_in
from builders.traced import Kept, kept_spans
from honeyguide.api.documents import read_document
from honeyguide.api.observed import Observed, name_of, note_operation
from honeyguide.api.problems import ProblemCode
from honeyguide.api.schemas import schema_for
from honeyguide.api.trusted.load import trusted_documents
from honeyguide.caller import Audience
from honeyguide.database import Database

NAME, EMAIL, PHONE = "Canary Annabel", "canary@example.test", "+12025550177"
BUY = POST.replace("mutation Post", "mutation CanaryAnnabel_12025550177")
PASS = 'mutation { issuePass(input: { style: "membership" }) { __typename ... on PassIssued { pass { addUrl } } } }'
REQUEST = "till-7-receipt-1"


async def test_nothing_personal_or_secret_is_in_any_line_or_span(database: Database, database_url: str, tmp_path: Path) -> None:
    with kept_spans() as traced:
        async with signing_in(database, database_url, tmp_path, open_program()) as door:
            with json_logged() as logged:
                told_to_nobody = await a_day_of(door)
            metrics = (await door.platform.http.get("/metrics")).text

    canaries = (NAME, EMAIL, PHONE, "Canary", "12025550177", *told_to_nobody)
    assert logged.with_any(canaries) == []
    assert len(logged.parsed) > 10 and all({"event", "level", "logger", "timestamp"} <= line.keys() for line in logged.parsed)
    written = [one.to_json() for one in traced.all]
    assert [(canary, one[:300]) for one in written for canary in canaries if canary.lower() in one.lower()] == []
    assert [canary for canary in canaries if canary.lower() in metrics.lower()] == []
    lines_say_how_each_request_ended(logged.parsed)
    a_purchase_is_followed_to_its_statement(traced, logged.parsed)
    metrics_tell_of_each_operation(metrics)


async def a_day_of(door: SigningIn) -> list[str]:
    """She joins, signs in, adds the card and buys; tokens are wrong, and things break. The secrets of it all."""
    platform = door.platform
    await platform.enrol(EMAIL, phone=PHONE)
    signed_in = await door.sign_in(EMAIL)
    await door.token(email=EMAIL, code="000000")
    token, refresh = signed_in["access_token"], signed_in["refresh_token"]
    number = (await door.me(token)).json()["data"]["me"]["memberNumber"]
    issued = await platform.ask(Audience.MEMBER, token, PASS)
    add_token = issued["issuePass"]["pass"]["addUrl"].rpartition("/")[2]
    page = await platform.http.get(f"/add/{add_token}", headers={"X-Request-Id": "page-request-1"})
    assert page.headers["x-request-id"] == "page-request-1"
    assert (await door.ask(EMAIL)).headers["x-request-id"]

    once = purchase(platform.clock(), "79.90", EMAIL)
    partner = await platform.partner_token("grocer")
    for _ in range(2):  # the second is the first's answer again
        answer = await platform.send(Audience.PARTNER, partner, {"query": BUY, "variables": {"input": once}}, X_Request_Id=REQUEST)
        assert answer.json()["data"]["postTransaction"]["__typename"] == "TransactionPosted", answer.text
    await platform.post("10.00", email=f"x{EMAIL}")
    await platform.send(Audience.MEMBER, f"{token}x", {"query": "{ me { memberNumber } }"})
    await platform.send(Audience.MEMBER, token, {"query": f'query ($v: Int!) {{ me {{ memberNumber "{EMAIL}" }} }}'})
    await platform.send(Audience.MEMBER, token, {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": {NAME: EMAIL}}})
    await breaks(platform, token)
    return [token, refresh, str(number), add_token, partner, once["idempotencyKey"], once["reference"]]


async def breaks(platform: Platform, token: str) -> None:
    """Our side fails in the middle of a request, with her name in the exception; so does a task that nobody waits for."""
    programs = platform.services.programs
    held = programs.current

    def failing(program_id: object) -> Any:
        raise ValueError(f"{NAME} {EMAIL} {PHONE}")

    programs.current = failing  # type: ignore[method-assign, assignment]
    try:
        answer = await platform.send(Audience.MEMBER, token, {"query": "{ me { id } }"})
    finally:
        programs.current = held  # type: ignore[method-assign]
    assert answer.status_code == 500 and answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    try:
        failing(None)
    except ValueError as error:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
        said = f"Task exception was never retrieved\nfuture: <Task finished exception={error!r}>"
        logging.getLogger("asyncio").error(said, exc_info=error)


def lines_say_how_each_request_ended(lines: list[dict[str, Any]]) -> None:
    ended = [line for line in lines if line["logger"] == "honeyguide.access"]
    bought = [line for line in ended if line["request_id"] == REQUEST]
    assert [(line["audience"], line["operation"], line["outcome"], line["status"], line["replayed"]) for line in bought] == [
        ("partner", "postTransaction", "ok", 200, False),
        ("partner", "postTransaction", "ok", 200, True),
    ]
    assert all(line["milliseconds"] > 0 for line in ended)
    assert [line["refused"] for line in ended if line["outcome"] == "refused"] == ["MEMBER_NOT_FOUND"]
    codes = [code for line in ended for code in line.get("codes", ())]
    assert {"UNAUTHENTICATED", "PARSE_FAILED", "BAD_VARIABLES", "INTERNAL"} <= set(codes)
    assert all("frames" in line for line in lines if line["logger"] == "uvicorn.error")


def a_purchase_is_followed_to_its_statement(traced: Kept, lines: list[dict[str, Any]]) -> None:
    """Request, its preparation and execution, the till's batch, and the statements of that."""
    first, *_ = (one for one in traced.named("mutation postTransaction") if (one.attributes or {})["honeyguide.request_id"] == REQUEST)
    assert (first.attributes or {})["graphql.operation.type"] == "mutation" and (first.attributes or {})["honeyguide.outcome"] == "ok"
    same = [one for one in traced.all if one.context.trace_id == first.context.trace_id]
    by_name = {one.name: one for one in same}
    assert {"prepare", "execute", "till batch", "open_batch", "write_batch", "BEGIN", "COMMIT"} <= by_name.keys(), by_name.keys()
    assert "unnamed" not in by_name  # nor what asyncpg asks at the first use of a connection
    above = {one.context.span_id: one.name for one in same}
    for name, parent in (("open_batch", "till batch"), ("till batch", "execute"), ("execute", first.name)):
        assert above[by_name[name].parent.span_id] == parent  # type: ignore[union-attr]
    trace_id = format_trace_id(first.context.trace_id)
    assert [line["request_id"] for line in lines if line.get("trace_id") == trace_id and line["logger"] == "honeyguide.access"] == [REQUEST]


def metrics_tell_of_each_operation(text: str) -> None:
    assert 'honeyguide_operation_seconds_count{audience="partner",operation="postTransaction",outcome="ok"}' in text
    assert 'honeyguide_operation_seconds_count{audience="partner",operation="postTransaction",outcome="refused"}' in text
    assert 'honeyguide_graphql_errors_total{audience="member",code="INTERNAL"}' in text


def test_t3_no_client_makes_rows_of_metrics_by_what_it_calls_its_operations() -> None:
    schema = schema_for(Audience.MEMBER)
    document = read_document(schema, "query Mine { me { id } }")
    operation = document.operations["Mine"]
    before = series()

    for number in range(10_000):
        named = replace(operation, name=NameNode(value=f"X{number}_{secrets.token_hex(4)}"))
        with Observed(Audience.MEMBER, "request-1", "http") as one:
            note_operation(document, named)
            one.failed(ProblemCode.BAD_ARGUMENT)

    assert series() - before <= 2 * 11  # one histogram of one operation, one counter of one code


def series() -> int:
    return sum(len(metric.samples) for metric in REGISTRY.collect() if metric.name.startswith("honeyguide_"))


def test_t3_an_operation_is_called_by_its_trusted_document_or_its_first_root_field() -> None:
    schema = schema_for(Audience.MEMBER)
    trusted = next(iter(trusted_documents(Audience.MEMBER).values()))
    (operation,) = trusted.operations.values()
    named = {
        text: read_document(schema, text)
        for text in ("query Evil { mine: me { id } }", "query E { ...F } fragment F on Query { me { id } }")
    }

    assert operation.name is not None and name_of(trusted, operation) == operation.name.value
    assert [name_of(one, next(iter(one.operations.values()))) for one in named.values()] == ["me", "other"]
