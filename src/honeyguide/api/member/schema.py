"""All that a member may ask and do."""

from __future__ import annotations

import strawberry

from honeyguide.api.common import schema_of
from honeyguide.api.member.claim_transaction import ClaimTransactionResult, claim_transaction
from honeyguide.api.member.close_account import CloseAccountResult, close_account
from honeyguide.api.member.issue_pass import IssuePassResult, issue_pass
from honeyguide.api.member.me import me
from honeyguide.api.member.node import node, nodes
from honeyguide.api.program_query import program
from honeyguide.api.root import root_field
from honeyguide.api.types.member import Member
from honeyguide.api.types.node import Node
from honeyguide.api.types.program import Program


@strawberry.type(description="What a member may ask.")
class Query:
    me: Member | None = root_field(me, "Null once merged or closed.")
    program: Program = root_field(program, "The program in force.")
    node: Node | None = root_field(node, "What an id names; null for unknown ids and for what is another's.")
    nodes: list[Node | None] = root_field(nodes, "At most 100.")


@strawberry.type(description="What a member may do.")
class Mutation:
    close_account: CloseAccountResult = root_field(
        close_account, "Leave the program: what is unspent is forfeited or paid out, cards are void. Who joins again is a new member."
    )
    issue_pass: IssuePassResult = root_field(
        issue_pass, "Get a card for the phone's wallet. One pass a member and style; asking again gives the same."
    )
    claim_transaction: ClaimTransactionResult = root_field(
        claim_transaction, "Claim the receipt of a purchase that named nobody: it earns as of its day, for whoever is first."
    )


schema = schema_of(Query, Mutation)
