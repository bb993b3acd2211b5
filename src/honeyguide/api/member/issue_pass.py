"""A card for the member's phone."""

from __future__ import annotations

from typing import Annotated

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.dashboard import Part
from honeyguide.api.refusal import said
from honeyguide.api.types.errors import ErrorCode, UserError
from honeyguide.api.types.passes import wallet_passes
from honeyguide.api.types.standing import standings
from honeyguide.api.types.wallet_pass import WalletPass
from honeyguide.members.store import MemberStatus
from honeyguide.wallet import issue_pass as wallet


@strawberry.input(description="One pass a member and style; asking again gives the same.")
class IssuePassInput:
    style: str = strawberry.field(description="One of the program's pass styles, such as membership.")


@strawberry.type(description="The pass is there.")
class PassIssued:
    pass_: WalletPass = strawberry.field(name="pass", description="The pass, with the links that add it to a phone.")


@strawberry.type(description="The program has no such pass style.")
class PassStyleNotFound(UserError):
    pass


IssuePassResult = Annotated[PassIssued | PassStyleNotFound, strawberry.union("IssuePassResult", description="What became of issuePass.")]
Input = Annotated[IssuePassInput, strawberry.argument(description="Which pass.")]


async def issue_pass(info: Info, input: Input) -> IssuePassResult:
    context = info.context
    services, caller = context.services, context.caller
    async with services.database.transaction() as connection:
        outcome = await wallet.issue_pass(
            connection,
            program_id=caller.program_id,
            member_id=caller.member_id,
            style=input.style,
            styles=services.wallet.styles.offered(context.program),
            now=context.now,
        )
    if isinstance(outcome, wallet.StyleNotFound | wallet.HolderNotFound):
        return PassStyleNotFound(**said(context, ErrorCode.NOT_FOUND, ("style",)))
    parts = [Part("profile", "profile"), Part("passes", "passes")]
    standing = (await standings(context, [caller.member_id], parts))[caller.member_id]
    if MemberStatus(standing.profile["status"]).is_over:  # who left has a void card, and gets no link to it
        return PassStyleNotFound(**said(context, ErrorCode.NOT_FOUND, ("style",)))
    read = standing.read
    rows = [row for row in read["passes"] if row["style"] == input.style]
    return PassIssued(pass_=wallet_passes(rows, caller.member_id, context)[0])
