"""All that a member may ask and do."""

from __future__ import annotations

import strawberry

from honeyguide.api.assembly import schema_of
from honeyguide.api.member.account_changed import account_changed
from honeyguide.api.member.activity_added import activity_added
from honeyguide.api.member.approve_redemption import ApproveRedemptionResult, approve_redemption
from honeyguide.api.member.change_email import ChangeEmailResult, ConfirmEmailResult, change_email, confirm_email
from honeyguide.api.member.claim_transaction import ClaimTransactionResult, claim_transaction
from honeyguide.api.member.close_account import CloseAccountResult, close_account
from honeyguide.api.member.end_session import SessionsEnded, end_all_sessions, end_session
from honeyguide.api.member.export_my_data import ExportMyDataResult, export_my_data
from honeyguide.api.member.found_household import FoundHouseholdResult, found_household
from honeyguide.api.member.invite_to_household import InviteToHouseholdResult, invite_to_household
from honeyguide.api.member.issue_pass import IssuePassResult, issue_pass
from honeyguide.api.member.join_household import JoinHouseholdResult, join_household
from honeyguide.api.member.leave_household import LeaveHouseholdResult, leave_household
from honeyguide.api.member.me import me
from honeyguide.api.member.node import node, nodes
from honeyguide.api.member.remove_household_member import RemoveHouseholdMemberResult, remove_household_member
from honeyguide.api.member.renew_card import RenewCardResult, renew_card
from honeyguide.api.member.set_consent import SetConsentResult, set_consent
from honeyguide.api.member.set_household_member import SetHouseholdMemberResult, set_household_member
from honeyguide.api.member.set_pin import PinRemoved, SetPinResult, remove_pin, set_pin
from honeyguide.api.member.tier_changed import tier_changed
from honeyguide.api.member.update_profile import UpdateProfileResult, update_profile
from honeyguide.api.nodes import MOST_IDS
from honeyguide.api.program_query import program
from honeyguide.api.root import root_field, subscription_field
from honeyguide.api.types.account import Account
from honeyguide.api.types.activity import Activity
from honeyguide.api.types.member import Member
from honeyguide.api.types.node import Node
from honeyguide.api.types.program import Program, TierStatus


@strawberry.type(description="What a member may ask.")
class Query:
    me: Member | None = root_field(me, "Null once merged or closed.")
    program: Program = root_field(program, "The program in force.")
    node: Node | None = root_field(node, "What an id names; null for unknown ids and for what is another's.")
    nodes: list[Node | None] = root_field(nodes, "", at_most=MOST_IDS, sized_by="ids")


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
    renew_card: RenewCardResult = root_field(
        renew_card, "A new card for who lost the phone, or whose card was copied: the old one proves nothing from then on."
    )
    set_pin: SetPinResult = root_field(set_pin, "Set a PIN to type at a till, or another one.")
    remove_pin: PinRemoved = root_field(remove_pin, "Have no PIN any more.")
    approve_redemption: ApproveRedemptionResult = root_field(
        approve_redemption, "Answer a till that asks for approval: it may capture what it reserved, or gives it back."
    )
    found_household: FoundHouseholdResult = root_field(
        found_household, "Found a household: its members earn into one pool, and redeem from it where the owner allows it."
    )
    invite_to_household: InviteToHouseholdResult = root_field(
        invite_to_household, "A token for a day; whoever has it may join. Only the owner invites."
    )
    join_household: JoinHouseholdResult = root_field(join_household, "Join with what the program says that one brings.")
    set_household_member: SetHouseholdMemberResult = root_field(
        set_household_member, "Say whether a member may redeem from the pool. Only the owner does."
    )
    remove_household_member: RemoveHouseholdMemberResult = root_field(
        remove_household_member, "Let a member go, with what that member would take when leaving. Only the owner does."
    )
    leave_household: LeaveHouseholdResult = root_field(
        leave_household, "Leave with what the program says that one takes; the last one takes what is left."
    )
    update_profile: UpdateProfileResult = root_field(
        update_profile, "Say who you are: name, language, time zone, quiet hours, birth date. All of it or nothing."
    )
    export_my_data: ExportMyDataResult = root_field(
        export_my_data, "Take along everything that is held of you: a link that opens once, within ten minutes."
    )
    set_consent: SetConsentResult = root_field(set_consent, "Consent to a purpose, or withdraw it: one call for both, at any time.")

    change_email: ChangeEmailResult = root_field(
        change_email, "Get an e-mail address, the first or another one: a code goes there. With it an anonymous card becomes somebody's."
    )
    confirm_email: ConfirmEmailResult = root_field(confirm_email, "Prove the address by its code.")
    end_session: SessionsEnded = root_field(end_session, "Sign one device out.")
    end_all_sessions: SessionsEnded = root_field(end_all_sessions, "Sign all devices out, or all others.")


@strawberry.type(description="What a member is told as it happens: the present first, then each change.")
class Subscription:
    account_changed: Account = subscription_field(
        account_changed, "Each account at once, then whichever changed; of several changes in a row the last may be the only one told."
    )
    activity_added: Activity = subscription_field(
        activity_added, "Rows of the statement in the order of posting, each once and none left out, from the one named on."
    )
    tier_changed: TierStatus = subscription_field(tier_changed, "The tier held, then each change of it; nothing while there is none.")


schema = schema_of(Query, Mutation, subscription=Subscription)
