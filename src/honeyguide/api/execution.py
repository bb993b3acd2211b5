"""Runs one operation: variables in slices that yield, resolvers by graphql-core, errors made fit to leave the house."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, TypeGuard, cast

import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
)
from graphql.execution import create_source_event_stream, default_field_resolver, default_type_resolver
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_argument_values, get_variable_values
from graphql.pyutils import print_path_list
from graphql.utilities.coerce_input_value import coerce_input_value
from graphql.utilities.validate_input_value import validate_input_value
from strawberry.execution import optimized_is_awaitable

from honeyguide.api.context import RequestContext
from honeyguide.api.core import core_schema
from honeyguide.api.documents import Document
from honeyguide.api.problems import Problem, ProblemCode, coded
from honeyguide.database.database import DOWN

_log = logging.getLogger(__name__)

# A list longer than this is converted in slices of this size, so that a batch of 500 posts never blocks the loop for long.
SLICE = 20
_MAX_ERRORS = 20


async def execute(
    schema: strawberry.Schema,
    document: Document,
    operation: OperationDefinitionNode,
    variables: VariableValues,
    context: RequestContext,
    root: object = None,
) -> ExecutionResult:
    """Run a query or a mutation, or tell one event of a subscription, which is then the root; its errors are fit to leave."""
    result: Any = _executor(schema, document, operation, variables, context, root).execute_operation()
    if optimized_is_awaitable(result):
        result = await result
    return ExecutionResult(result.data, [public_error(error, context.request_id) for error in result.errors or ()] or None)


async def subscribe(
    schema: strawberry.Schema,
    document: Document,
    operation: OperationDefinitionNode,
    variables: VariableValues,
    context: RequestContext,
) -> AsyncGenerator[Any, None] | list[GraphQLError]:
    """The events of a subscription, or why there are none; what one answers is for `execute`."""
    source: Any = create_source_event_stream(_executor(schema, document, operation, variables, context))
    if optimized_is_awaitable(source):
        source = await source
    if isinstance(source, ExecutionResult):
        return [public_error(error, context.request_id) for error in source.errors or ()]
    return cast(AsyncGenerator[Any, None], source)


def _executor(
    schema: strawberry.Schema,
    document: Document,
    operation: OperationDefinitionNode,
    variables: VariableValues,
    context: RequestContext,
    root: object = None,
) -> Any:
    return cast(Any, schema.execution_context_class)(
        core_schema(schema),
        document.fragments,
        document.details,
        root,
        context,
        operation,
        variables,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=optimized_is_awaitable,
        operation_extensions=None,
    )


def public_error(error: GraphQLError, request_id: str) -> GraphQLError:
    """What of an error may leave: our own problems as they are, anything else as INTERNAL with nothing but the request's id."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    problem = cause if isinstance(cause, Problem) else error if isinstance(error, Problem) else None
    if problem is None:
        problem = _masked(cause if cause is not None else error, error, request_id)
    shown = GraphQLError(problem.message, error.nodes, path=error.path)
    shown.extensions = {**(problem.extensions or {}), "requestId": request_id}
    return shown


def _masked(cause: BaseException, error: GraphQLError, request_id: str) -> Problem:
    if _is_of_arguments(cause):
        return Problem(str(cause.message), ProblemCode.BAD_VARIABLES)
    path = ".".join(str(part) for part in error.path or ())
    if isinstance(cause, (*DOWN, TimeoutError)):
        _log.warning("request %s: %s at %s", request_id, type(cause).__name__, path)
        return Problem("The service is not available now; try again.", ProblemCode.UNAVAILABLE)
    # Frames and the kind of exception, but never its text: that may hold what a member typed.
    frames = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(cause.__traceback__)[:-9:-1]
    )
    _log.error("request %s: %s at %s: %s", request_id, type(cause).__name__, path, frames)
    return Problem("Something failed on our side; the request id helps to find out what.", ProblemCode.INTERNAL)


def _is_of_arguments(cause: BaseException) -> TypeGuard[GraphQLError]:
    """Whether graphql-core could not put an argument together, as with a variable left out inside a oneOf: its words are the client's own."""
    frames = (frame.f_code for frame, _ in traceback.walk_tb(cause.__traceback__))
    return isinstance(cause, GraphQLError) and any(code is get_argument_values.__code__ for code in frames)


async def read_variables(
    schema: strawberry.Schema, definitions: Sequence[VariableDefinitionNode], raw: Mapping[str, Any]
) -> VariableValues | list[GraphQLError]:
    """The variables as the specification coerces them, or where they do not fit; long lists under an input object in slices that yield."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    errors: list[GraphQLError] = []
    for definition in definitions:
        name = definition.variable.name.value
        value: Any = raw.get(name)
        signature = get_variable_signature(core_schema(schema), definition)
        long = {} if isinstance(signature, GraphQLError) else _long_lists(value, signature.type)
        rest = {**value, **{field: [] for field in long}} if long else value
        values = get_variable_values(core_schema(schema), [definition], {name: rest} if name in raw else {}, _MAX_ERRORS)
        if isinstance(values, list):
            errors += values
            continue
        for field, item_type in long.items():
            path = [field]
            coerced_items, item_errors = await _read_items(value[field], item_type)
            errors += [_variable_error(definition, [*path, *at], error) for at, error in item_errors]
            values.coerced[name][field] = coerced_items
        sources |= values.sources
        coerced |= values.coerced
    if errors:
        return [coded(error, ProblemCode.BAD_VARIABLES) for error in errors]
    return VariableValues(sources, coerced)


def _long_lists(value: Any, type_: GraphQLInputType) -> dict[str, GraphQLInputType]:
    """The fields of an input object that hold long lists, with the type of their items."""
    object_type = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if not isinstance(value, dict) or not isinstance(object_type, GraphQLInputObjectType):
        return {}
    found = {}
    for name, field in object_type.fields.items():
        list_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        given = value.get(name)
        if isinstance(list_type, GraphQLList) and isinstance(given, list) and len(given) > SLICE:
            found[name] = list_type.of_type
    return found


async def _read_items(items: list[Any], item_type: GraphQLInputType) -> tuple[list[Any], list[tuple[list[str | int], GraphQLError]]]:
    coerced: list[Any] = []
    errors: list[tuple[list[str | int], GraphQLError]] = []
    for index, item in enumerate(items):
        value = coerce_input_value(item, item_type)
        if value is Undefined:
            validate_input_value(item, item_type, lambda error, path, index=index: errors.append(([index, *path], error)))  # type: ignore[misc]
            if len(errors) >= _MAX_ERRORS:
                break
        coerced.append(value)
        if index % SLICE == SLICE - 1:
            await asyncio.sleep(0)
    return coerced, errors[:_MAX_ERRORS]


def _variable_error(definition: VariableDefinitionNode, path: list[Any], error: GraphQLError) -> GraphQLError:
    name = definition.variable.name.value
    return GraphQLError(f"Variable '${name}' has invalid value{print_path_list(path)}: {error.message}", definition)
