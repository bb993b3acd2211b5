"""What the three schemas share: scalars, types that only an interface or a later field reaches, settings."""

from __future__ import annotations

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from honeyguide.api.core import core_schema
from honeyguide.api.cost.lists import keep_lists_to_their_most
from honeyguide.api.scalars import SCALARS
from honeyguide.api.types.account import Account
from honeyguide.api.types.activity import Activity, ActivityConnection
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound, UserError
from honeyguide.api.types.lookup import MemberLookup
from honeyguide.api.types.money import Money, MoneyInput
from honeyguide.api.types.node import Node
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.program import Program, TierProgress, TierStatus
from honeyguide.api.types.refusals import DuplicateReference, InsufficientBalance, LimitExceeded, ProofRequired, TransactionRejected
from honeyguide.api.types.transaction import Transaction, TransactionConnection
from honeyguide.api.types.wallet_pass import WalletPass

# The contract's common part is the same for every audience, whether or not a field of it leads there yet.
SHARED = (
    Account,
    Activity,
    ActivityConnection,
    DuplicateReference,
    IdempotencyConflict,
    InsufficientBalance,
    LimitExceeded,
    MemberLookup,
    MemberNotFound,
    Money,
    MoneyInput,
    Node,
    Partner,
    Program,
    ProofRequired,
    TierProgress,
    TierStatus,
    Transaction,
    TransactionConnection,
    TransactionRejected,
    UserError,
    WalletPass,
)


def schema_of(
    query: type, mutation: type, executor: type[StrawberryGraphQLCoreExecutionContext] | None = None, subscription: type | None = None
) -> strawberry.Schema:
    schema = strawberry.Schema(
        query, mutation, subscription, types=SHARED, config=StrawberryConfig(scalar_map=SCALARS), execution_context_class=executor
    )
    for type_ in core_schema(schema).type_map.values():
        definition = type_.extensions.get("strawberry-definition")
        if isinstance(type_, GraphQLInputObjectType) and definition is not None and definition.is_one_of:
            # strawberry checks oneOf when it converts; so that clients are told, graphql-core must know as well.
            type_.is_one_of = True
    keep_lists_to_their_most(core_schema(schema))
    return schema
