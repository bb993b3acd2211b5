"""All that the operator of a program may ask and do."""

from __future__ import annotations

import strawberry

from honeyguide.api.assembly import schema_of
from honeyguide.api.credentials import (
    CreateCredentialResult,
    RevokeCredentialResult,
    RotateCredentialResult,
    revoke_credential,
    rotate_credential,
)
from honeyguide.api.looks import Noting
from honeyguide.api.nodes import MOST_IDS
from honeyguide.api.operator.adjust_account import AdjustAccountResult, adjust_account
from honeyguide.api.operator.apply_program import ApplyProgramResult, apply_program
from honeyguide.api.operator.approve import ApproveResult, approvals, approve
from honeyguide.api.operator.assign_tier import AssignTierResult, assign_tier
from honeyguide.api.operator.audit_trail import audit_trail
from honeyguide.api.operator.certificates import MOST as MOST_CERTIFICATES
from honeyguide.api.operator.certificates import WalletCertificate, certificates
from honeyguide.api.operator.correct_birth_date import CorrectBirthDateResult, correct_birth_date
from honeyguide.api.operator.create_credential import create_credential, partner_credentials
from honeyguide.api.operator.erase_member import EraseMemberResult, erase_member, erasures
from honeyguide.api.operator.freezes import (
    Freeze,
    FreezeMemberResult,
    FreezeTillResult,
    UnfreezeMemberResult,
    UnfreezeTillResult,
    freeze_member,
    freeze_till,
    freezes,
    unfreeze_member,
    unfreeze_till,
)
from honeyguide.api.operator.late_phones import LatePhoneConnection, PhoneLogLine, late_phones, phone_log
from honeyguide.api.operator.liability import Liability, liability
from honeyguide.api.operator.mark_staff import MarkStaffResult, mark_staff
from honeyguide.api.operator.members import member, members
from honeyguide.api.operator.merge_members import MergeMembersResult, merge_members
from honeyguide.api.operator.node import node, nodes
from honeyguide.api.operator.odd_tills import OddTill, ReversePostsResult, odd_tills, posted_by, reverse_posts
from honeyguide.api.operator.oversight import Conservation, PassDelivery, conservation, partners, pass_delivery
from honeyguide.api.operator.register_partner import RegisterPartnerResult, register_partner
from honeyguide.api.operator.review import (
    DecideParkedOfResult,
    DecideParkedResult,
    ReviewPartnerResult,
    decide_parked,
    decide_parked_of,
    review_partner,
    review_queue,
)
from honeyguide.api.operator.set_tier_year import SetTierYearResult, set_tier_year
from honeyguide.api.operator.transaction import transaction
from honeyguide.api.operator.transfer_points import TransferPointsResult, transfer_points
from honeyguide.api.operator.unmerge_members import UnmergeMembersResult, unmerge_members
from honeyguide.api.operator.upload_pass_image import UploadPassImageResult, upload_pass_image
from honeyguide.api.operator.upload_pass_template import UploadPassTemplateResult, upload_pass_template
from honeyguide.api.program_query import program
from honeyguide.api.root import root_field
from honeyguide.api.types.approval import ApprovalConnection
from honeyguide.api.types.audit_act import AuditConnection
from honeyguide.api.types.credential import CredentialConnection
from honeyguide.api.types.erasure import ErasureConnection
from honeyguide.api.types.member_record import MemberConnection, MemberRecord
from honeyguide.api.types.node import Node
from honeyguide.api.types.parked_post import ParkedConnection
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.program import Program
from honeyguide.api.types.transaction import Transaction, TransactionConnection
from honeyguide.wallet.phones.phone_log import MOST_LINES


@strawberry.type(description="What an operator may ask.")
class Query:
    program: Program = root_field(program, "The program in force.")
    members: MemberConnection = root_field(members, "Members, oldest enrolment first.")
    member: MemberRecord | None = root_field(member, "The member that a lookup names; null where nobody is meant.")
    transaction: Transaction | None = root_field(transaction, "One transaction and its reasons; null where the id names none.")
    partners: list[Partner] = root_field(partners, "The partners of the coalition, by their codes.", at_most=500)
    credentials: CredentialConnection = root_field(partner_credentials, "What a partner's tills and machines sign in with, newest first.")
    pass_delivery: PassDelivery = root_field(pass_delivery, "How passes reach phones now.")
    certificates: list[WalletCertificate] = root_field(
        certificates, "The certificates that the program's passes need, and until when; keys are never shown.", at_most=MOST_CERTIFICATES
    )
    late_phones: LatePhoneConnection = root_field(
        late_phones, "iPhones that show less than the books hold, those that have done so longest first."
    )
    phone_log: list[PhoneLogLine] = root_field(phone_log, "What iPhones logged at us lately, newest first.", at_most=MOST_LINES)
    conservation: Conservation = root_field(
        conservation, "Prove the books: what is stored against what the append-only tables alone rebuild."
    )
    liability: Liability = root_field(liability, "What the program owes its members, now or at a past instant.")
    review_queue: ParkedConnection = root_field(review_queue, "Parked posts, oldest first.")
    freezes: list[Freeze] = root_field(freezes, "What and who is frozen, and partners under review; newest first.", at_most=1_000)
    odd_tills: list[OddTill] = root_field(
        odd_tills, "Tills that are unlike the others of their partner, the oddest first, and why.", at_most=100, sized_by="first"
    )
    posts_of: TransactionConnection = root_field(posted_by, "What a credential, a cashier or a shop posted, newest first.")
    erasures: ErasureConnection = root_field(erasures, "Certificates of erasures, newest first.")
    approvals: ApprovalConnection = root_field(approvals, "What waits for a second person, and what became of it, newest first.")
    audit_trail: AuditConnection = root_field(audit_trail, "Who did what, and who looked at whom, newest first.")
    node: Node | None = root_field(node, "What an id names; null for unknown ids.")
    nodes: list[Node | None] = root_field(nodes, "What ids name, in their order.", at_most=MOST_IDS, sized_by="ids")


@strawberry.type(description="What an operator may do.")
class Mutation:
    register_partner: RegisterPartnerResult = root_field(register_partner, "Let a partner in, with its shops and a first credential.")
    create_credential: CreateCredentialResult = root_field(create_credential, "One more credential of a partner.")
    rotate_credential: RotateCredentialResult = root_field(
        rotate_credential, "A new credential of the same rights; the old one lives on for a while."
    )
    revoke_credential: RevokeCredentialResult = root_field(revoke_credential, "End a credential: its tokens stop within a second.")
    adjust_account: AdjustAccountResult = root_field(adjust_account, "Give or take by hand, with a reason.")
    transfer_points: TransferPointsResult = root_field(transfer_points, "Move points from one member to another, with a reason.")
    merge_members: MergeMembersResult = root_field(
        merge_members, "Two members are one person: one takes the other over, with points, debts, counters and names."
    )
    unmerge_members: UnmergeMembersResult = root_field(
        unmerge_members, "They are two after all: tiers, names, and what is left unspent of what was handed over go back."
    )
    assign_tier: AssignTierResult = root_field(assign_tier, "Give a tier by hand until a day, with a reason.")
    set_tier_year: SetTierYearResult = root_field(
        set_tier_year, "Set the day whose anniversaries begin a member's tier year, where the program has such years."
    )
    erase_member: EraseMemberResult = root_field(
        erase_member, "Forget a person: nothing personal stays, the books keep their totals, and a certificate says so."
    )
    approve: ApproveResult = root_field(approve, "Decide, as a second person, about what somebody else has asked for.")
    decide_parked: DecideParkedResult = root_field(decide_parked, "Post a parked purchase as of its day, or refuse it for good.")
    decide_parked_of: DecideParkedOfResult = root_field(
        decide_parked_of, "Decide about all parked posts of a partner at once; the worker carries it out."
    )
    review_partner: ReviewPartnerResult = root_field(review_partner, "Judge a partner that is new: its posts go through, or it stays out.")
    reverse_posts: ReversePostsResult = root_field(
        reverse_posts, "Take back what a credential, a cashier or a shop posted, and give back what it holds, up to 100 posts a call."
    )
    freeze_till: FreezeTillResult = root_field(freeze_till, "Freeze a partner, a shop, a cashier or a credential.")
    unfreeze_till: UnfreezeTillResult = root_field(unfreeze_till, "End such a freeze; what was parked waits for a decision.")
    correct_birth_date: CorrectBirthDateResult = root_field(correct_birth_date, "Correct a birth date, which members set once.")
    freeze_member: FreezeMemberResult = root_field(freeze_member, "Let a member earn and no longer redeem.")
    unfreeze_member: UnfreezeMemberResult = root_field(unfreeze_member, "Let the member redeem again.")
    mark_staff: MarkStaffResult = root_field(mark_staff, "Say that a member works at a partner, and as which cashier; or no longer.")
    apply_program: ApplyProgramResult = root_field(
        apply_program, "Put a program file in force; transactions keep the version that decided them."
    )
    upload_pass_image: UploadPassImageResult = root_field(
        upload_pass_image, "Give a pass style another image: one large PNG is checked, cleaned and scaled; phones get it by themselves."
    )
    upload_pass_template: UploadPassTemplateResult = root_field(
        upload_pass_template, "Give a pass style a template of your own; what phones would refuse is named and changes nothing."
    )


schema = schema_of(Query, Mutation, executor=Noting)
