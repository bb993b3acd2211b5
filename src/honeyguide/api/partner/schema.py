"""All that a partner may ask and do."""

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
from honeyguide.api.nodes import MOST_IDS
from honeyguide.api.partner.authorize_redemption import AuthorizeRedemptionResult, authorize_redemption
from honeyguide.api.partner.capture_redemption import CaptureRedemptionResult, capture_redemption
from honeyguide.api.partner.create_credential import create_credential, own_credentials
from honeyguide.api.partner.enroll_member import EnrollMemberResult, enroll_member
from honeyguide.api.partner.identify import IdentifyResult, identify
from honeyguide.api.partner.node import node, nodes
from honeyguide.api.partner.post_outcome import PostTransactionResult
from honeyguide.api.partner.post_transaction import post_transaction
from honeyguide.api.partner.post_transactions import PostTransactionsResult, post_transactions
from honeyguide.api.partner.quote import QuoteResult, quote
from honeyguide.api.partner.redeem import RedeemResult, redeem
from honeyguide.api.partner.reverse_transaction import ReverseTransactionResult, reverse_transaction
from honeyguide.api.partner.transactions import partner, transaction, transactions
from honeyguide.api.partner.void_redemption import VoidRedemptionResult, void_redemption
from honeyguide.api.root import root_field
from honeyguide.api.types.credential import CredentialConnection
from honeyguide.api.types.node import Node
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.transaction import Transaction, TransactionConnection


@strawberry.type(description="What a partner may ask.")
class Query:
    partner: Partner = root_field(partner, "The partner that calls.")
    quote: QuoteResult = root_field(quote, "What a purchase would earn, what lacks to the next step, what may be redeemed; writes nothing.")
    transaction: Transaction | None = root_field(transaction, "An own post by its reference; null where there is none.")
    transactions: TransactionConnection = root_field(transactions, "Own posts, newest first in the order of posting.")
    credentials: CredentialConnection = root_field(own_credentials, "What your tills and machines sign in with, newest first.")
    node: Node | None = root_field(node, "What an id names; null for unknown ids and for what is another's.")
    nodes: list[Node | None] = root_field(nodes, "What ids name, in their order.", at_most=MOST_IDS, sized_by="ids")


@strawberry.type(description="What a partner may do.")
class Mutation:
    identify: IdentifyResult = root_field(
        identify,
        "A mutation, because a rotating code is used up by it. A retry of the same code by the same partner and location gives the same handle.",
    )
    enroll_member: EnrollMemberResult = root_field(enroll_member, "Take a person in; who is a member already gets the same answer.")
    post_transaction: PostTransactionResult = root_field(post_transaction, "Post a purchase: the member earns in the same moment.")
    post_transactions: PostTransactionsResult = root_field(
        post_transactions, "Post up to 500 purchases; one that is refused harms no other.", batch="transactions"
    )
    redeem: RedeemResult = root_field(redeem, "Take points or money from the member for something given in the shop.")
    authorize_redemption: AuthorizeRedemptionResult = root_field(
        authorize_redemption, "Reserve points or money of the member, to be captured or voided soon; else they lapse back."
    )
    capture_redemption: CaptureRedemptionResult = root_field(capture_redemption, "Take all or a part of what was reserved, once.")
    void_redemption: VoidRedemptionResult = root_field(void_redemption, "Give back what was reserved.")
    reverse_transaction: ReverseTransactionResult = root_field(
        reverse_transaction, "Take a purchase or a redemption back, in whole or in part: what was recorded, never today's rule."
    )
    create_credential: CreateCredentialResult = root_field(
        create_credential, "One more credential: for a shop, a till or a machine; it may do no more than yours."
    )
    rotate_credential: RotateCredentialResult = root_field(
        rotate_credential, "A new credential of the same rights; the old one lives on for a while."
    )
    revoke_credential: RevokeCredentialResult = root_field(revoke_credential, "End a credential: its tokens stop within a second.")


schema = schema_of(Query, Mutation)
