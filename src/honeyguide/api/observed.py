"""What is told of each operation when it is over: one line in the log, its time and outcome for Prometheus; and its name for its span."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType

from honeyguide.api.documents import Document
from honeyguide.api.metrics import ERRORS, OPERATION_SECONDS, Outcome
from honeyguide.api.problems import ProblemCode, code_of
from honeyguide.api.types.errors import UserError
from honeyguide.caller import Audience
from honeyguide.telemetry import spans
from honeyguide.telemetry.told import Told, begin, end, told

_log = logging.getLogger("honeyguide.access")

OTHER = "other"
_BY_CODE: dict[str, Outcome] = {
    ProblemCode.INTERNAL: Outcome.INTERNAL,
    ProblemCode.UNAVAILABLE: Outcome.UNAVAILABLE,
    ProblemCode.UNAUTHENTICATED: Outcome.DENIED,
    ProblemCode.FORBIDDEN: Outcome.DENIED,
    ProblemCode.THROTTLED: Outcome.LIMITED,
    ProblemCode.TOO_MANY_STREAMS: Outcome.LIMITED,
    ProblemCode.COST_LIMIT: Outcome.LIMITED,
}
# The worst comes first: of several errors it is what somebody has to look at.
_WORST = (Outcome.INTERNAL, Outcome.UNAVAILABLE, Outcome.LIMITED, Outcome.DENIED, Outcome.BAD_REQUEST)


class Observed:
    """`with` it around all that answers one operation: what is learnt meanwhile is written into what it yields.

    `alone`: on a connection that carries many operations each has a trace of its own. Thousands of these wait: no generators here.
    """

    __slots__ = ("_alone", "_around", "_audience", "_started", "_token", "_traced", "_transport", "told")

    def __init__(self, audience: Audience, request_id: str, transport: str, *, alone: bool = False) -> None:
        self.told = Told(request_id, audience.value)
        self._audience, self._transport, self._alone = audience, transport, alone
        self._around = told()
        self._traced: AbstractContextManager[object] | None = None

    def __enter__(self) -> Told:
        if self._alone and spans.is_on():
            known = {"honeyguide.transport": self._transport, "honeyguide.request_id": self.told.request_id}
            self._traced = spans.root_span(self._transport, known)
            self._traced.__enter__()
        self._started, self._token = perf_counter(), begin(self.told)
        return self.told

    def __exit__(self, *error: Any) -> None:
        _tell(self.told, self._audience, self._transport, perf_counter() - self._started)
        end(self._token)
        if self._around is not None:
            self._around.audience, self._around.operation = self.told.audience, self.told.operation
        if self._traced is not None:
            self._traced.__exit__(*error)


def note_operation(document: Document, operation: OperationDefinitionNode) -> None:
    """From here on it is known what was asked."""
    one = told()
    if one is not None and one.operation is None:
        one.operation, one.kind = name_of(document, operation), operation.operation.value
        if spans.is_on():
            named = {"graphql.operation.name": one.operation, "graphql.operation.type": one.kind, "honeyguide.audience": one.audience or ""}
            spans.note(named, f"{one.kind} {one.operation}")


def note_cost(requested: int) -> None:
    if (one := told()) is not None:
        one.cost = requested


def note_error(error: GraphQLError) -> GraphQLError:
    if (one := told()) is not None and (code := code_of(error)) is not None:
        one.failed(code)
    return error


def note_answer(answer: Any) -> Any:
    """What a root field answers: a refusal, or something that was told before."""
    if (one := told()) is not None:
        if isinstance(answer, UserError):
            one.refused = str(answer.code)
        if (replayed := getattr(answer, "replayed", None)) is not None:
            one.replayed = replayed
    return answer


def name_of(document: Document, operation: OperationDefinitionNode) -> str:
    """Out of a closed list: the name of a trusted document, else the first root field, which the schema knows; never a client's own word."""
    if document.is_trusted and operation.name is not None:
        return operation.name.value
    first = operation.selection_set.selections[0]
    return first.name.value if isinstance(first, FieldNode) else OTHER


def _tell(one: Told, audience: Audience, transport: str, seconds: float) -> None:
    outcome = _outcome(one)
    operation = one.operation or OTHER
    if one.kind != OperationType.SUBSCRIPTION.value:  # it lasts as long as somebody listens
        OPERATION_SECONDS.labels(audience.value, operation, outcome.value).observe(seconds)
    for code in one.codes:
        ERRORS.labels(audience.value, code).inc()
    spans.note({"honeyguide.outcome": outcome.value})
    if _log.isEnabledFor(logging.INFO):
        facts = {
            "operation": operation,
            "kind": one.kind,
            "transport": transport,
            "outcome": outcome.value,
            "status": one.status,
            "milliseconds": round(seconds * 1000, 1),
            "cost": one.cost,
            "codes": one.codes or None,
            "refused": one.refused,
            "replayed": one.replayed,
        }
        _log.info("answered", extra={key: value for key, value in facts.items() if value is not None})


def _outcome(one: Told) -> Outcome:
    if one.codes:
        found = {_BY_CODE.get(code, Outcome.BAD_REQUEST) for code in one.codes}
        return next(outcome for outcome in _WORST if outcome in found)
    if one.status is not None and one.status >= 500:
        return Outcome.INTERNAL
    return Outcome.REFUSED if one.refused is not None else Outcome.OK
