"""What the transports share: parameters become an operation that may run, and it runs; HTTP, WebSockets and event streams only carry it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import ExecutionResult, FieldNode, GraphQLError, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues

from honeyguide.api.context import RequestContext
from honeyguide.api.core import core_schema
from honeyguide.api.cost.charging import Charge, NotCharged
from honeyguide.api.cost.cost import Cost
from honeyguide.api.cost.known import KnownCosts
from honeyguide.api.documents import Document, Documents
from honeyguide.api.execution import execute, read_variables, subscribe
from honeyguide.api.looks import record_looks
from honeyguide.api.observed import note_cost, note_operation
from honeyguide.api.problems import Problem, ProblemCode
from honeyguide.caller import Audience
from honeyguide.telemetry.spans import span

CHARACTERS_FOR_ONE = 20  # of a text that is read
SHORT_TEXT = 2_000  # characters


class RequestError(Exception):
    """Nothing was executed and the answer has no `data` (GraphQL, 7.1.2); `status` None: 400, or 200 for clients of plain JSON (H1, H2)."""

    def __init__(
        self,
        errors: Sequence[GraphQLError],
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.errors, self.status, self.headers, self.extensions = tuple(errors), status, dict(headers or {}), dict(extensions or {})


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation of a valid document, with its variables as they came."""

    document: Document
    operation: OperationDefinitionNode
    raw_variables: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """The client's own word: bounded by the document, and in no closed list."""
        return self.operation.name.value if self.operation.name else None

    @property
    def kind(self) -> OperationType:
        return self.operation.operation

    @property
    def root_fields(self) -> frozenset[str]:
        """The fields that the operation's own selection names; those in fragments are not among them."""
        return frozenset(node.name.value for node in self.operation.selection_set.selections if isinstance(node, FieldNode))


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run, and what its caller was charged for it."""

    asked: Asked
    variables: VariableValues
    charge: Charge


class Operations:
    """All that one audience may ask: `ask`, then `prepare`, then `answer` or `stream`."""

    def __init__(self, schema: strawberry.Schema, audience: Audience, documents: Documents | None = None) -> None:
        self.schema, self.audience = schema, audience
        self._documents = documents or Documents(schema)
        self._costs = KnownCosts(core_schema(schema))

    async def ask(self, parameters: Mapping[str, Any], context: RequestContext) -> Asked:
        """As `find`; who sends texts that are new pays for their reading, and has it back where they are short and may run."""
        text = parameters.get("query")
        if not self._documents.is_new(text):
            return self.find(parameters)
        charge = await self.charged(Cost(len(text) // CHARACTERS_FOR_ONE + 1), context)
        asked = self.find(parameters)
        if len(text) <= SHORT_TEXT:
            context.services.charging.give_back(charge)
        return asked

    def find(self, parameters: Mapping[str, Any]) -> Asked:
        """The operation that the parameters name; raises RequestError."""
        document = self._documents.find(parameters)
        if document.errors:
            raise RequestError(document.errors)
        operation = document.operation(parameters.get("operationName"))
        if operation is None:
            text = "The document has no operation of that name, or several and none was named."
            raise RequestError([Problem(text, ProblemCode.UNKNOWN_OPERATION)])
        note_operation(document, operation)
        return Asked(document, operation, parameters.get("variables") or {})

    async def prepare(self, asked: Asked, context: RequestContext) -> Prepared:
        """Coerce the variables, and charge the caller; raises RequestError."""
        with span("prepare"):
            variables = await read_variables(self.schema, asked.operation.variable_definitions or (), asked.raw_variables)
            if not isinstance(variables, VariableValues):
                raise RequestError(variables)
            cost = self._costs.cost(asked.document, asked.operation, variables)
            note_cost(cost.requested)
            charge = await self.charged(cost, context)
        return Prepared(asked, variables, charge)

    async def charged(self, cost: Cost, context: RequestContext) -> Charge:
        """Raises RequestError where the caller has not so much left."""
        charge = await context.services.charging.charge(cost, context.caller)
        if isinstance(charge, NotCharged):
            extensions = charge.extensions if context.wants_cost or charge.status == 429 else None
            raise RequestError([charge.problem], charge.status, charge.headers, extensions)
        return charge

    async def answer(self, prepared: Prepared, context: RequestContext) -> ExecutionResult:
        """Run a query or a mutation, once; whom it shows is written down before the answer leaves."""
        asked = prepared.asked
        if asked.kind is OperationType.SUBSCRIPTION:
            context.services.charging.give_back(prepared.charge)
            text = "A subscription is answered as text/event-stream, or over a WebSocket with graphql-transport-ws."
            raise RequestError([Problem(text, ProblemCode.NOT_ACCEPTABLE)], status=406)
        with span("execute"), context.services.charging.unless_it_fails(prepared.charge):
            result = await execute(self.schema, asked.document, asked.operation, prepared.variables, context)
            await record_looks(context)
        return _settled(result, prepared, context)

    async def stream(self, prepared: Prepared, context: RequestContext) -> AsyncGenerator[ExecutionResult, None]:
        """A result for each event of a subscription, the one answer of anything else; raises RequestError where there will be no event at all.

        Events are read only when they are asked for: who asks slowly sees the latest state, and nothing waits for him in memory.
        """
        asked = prepared.asked
        note_operation(asked.document, asked.operation)  # it may have been found in another request than the one that carries it
        if asked.kind is not OperationType.SUBSCRIPTION:
            yield await self.answer(prepared, context)
            return
        charging, is_paid = context.services.charging, True
        with charging.unless_it_fails(prepared.charge):
            source = await subscribe(self.schema, asked.document, asked.operation, prepared.variables, context)
        if isinstance(source, list):
            charging.give_back(prepared.charge)
            raise RequestError(source)
        # Who leaves before the first event has nothing back: it was read for him, or is about to be.
        async with aclosing(source):
            async for event in source:
                if not is_paid:
                    await charging.pay_for_event(prepared.charge)
                is_paid = False
                with charging.unless_it_fails(prepared.charge):
                    result = await execute(self.schema, asked.document, asked.operation, prepared.variables, event.context, event.value)
                del event  # what is kept here is kept of thousands who wait
                yield _settled(result, prepared, context)
                del result


def _settled(result: ExecutionResult, prepared: Prepared, context: RequestContext) -> ExecutionResult:
    result.extensions = context.services.charging.settle(prepared.charge, result.data, context.caller, tell=context.wants_cost)
    return result
