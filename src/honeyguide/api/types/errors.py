"""Refusals that a client can act on: data, never top-level errors (S3)."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from honeyguide.api.types.described import described
from honeyguide.api.types.lists import list_field


@described(
    "What stands in the way, for programs.",
    MEMBER_NOT_FOUND="No member of this program answers to the lookup.",
    MEMBER_REQUIRED="Somebody must be named.",
    DUPLICATE_REFERENCE="That reference was posted before.",
    IDEMPOTENCY_CONFLICT="That idempotency key was used for another input.",
    INSUFFICIENT_BALANCE="The member has less than was asked.",
    PROOF_REQUIRED="More proof is needed that the member is present or agrees.",
    LIMIT_EXCEEDED="A limit stands against it: of the program, of 500 lines a post, of the largest number that the books hold.",
    CODE_REJECTED="The code is used up, too old or not ours.",
    UNKNOWN_UNIT="The program has no such unit.",
    UNKNOWN_CURRENCY="No such currency, or not one of this program.",
    UNKNOWN_LOCATION="The partner has no such location.",
    OTHER_LOCATION="The credential serves one shop only, and another or none was named.",
    MORE_THAN_OWN_SCOPES="Nobody gives more rights than he has.",
    TOO_MANY_CREDENTIALS="The partner has as many credentials as it may.",
    NEGATIVE_AMOUNT="The amount lies below zero.",
    ZERO_QUANTITY="A quantity of zero moves nothing.",
    TOO_MANY_DECIMALS="Finer than the smallest part of the unit or currency.",
    LINES_DO_NOT_ADD_UP="The lines do not sum to the amount.",
    IN_THE_FUTURE="It would have happened more than ten minutes from now.",
    IN_THE_PAST="The date has passed.",
    INVALID_VALUE="The value is not of its kind: no e-mail address, no language, no time zone.",
    BATCH_TOO_LARGE="A batch takes at most 500 posts.",
    HOLD_NOT_OPEN="The hold is captured, voided or lapsed.",
    REDEMPTION_DECLINED="The member was asked to approve it and did not; what was reserved is given back.",
    ABOVE_HOLD="More than the hold reserved.",
    NOTHING_LEFT_TO_REVERSE="All of it was reversed before.",
    NOT_REVERSIBLE="Transactions of this kind are not reversed.",
    NOT_FOUND="There is no such thing here.",
    ABOVE_WHAT_IS_LEFT="More than is left of it after what was reversed before.",
    HOLD_REQUIRED="A tender in points names the hold that it captures.",
    ALREADY_CLAIMED="Somebody claimed it before.",
    SAME_MEMBER="Both are one member.",
    ACCOUNT_CLOSED="The member has left the program.",
    HOLD_OPEN="A hold is still open: capture or void it first.",
    HOUSEHOLD_FULL="The household has as many members as the program allows.",
    MEMBER_FROZEN="The membership is frozen: it earns and does not redeem.",
    NOT_ALLOWED="The program or the household does not allow it.",
    BIRTH_DATE_REQUIRED="The program takes members from an age on: it asks for the birth date.",
    TOO_YOUNG="Nobody of that age may join; nothing was stored.",
    GUARDIAN_NEEDED="A parent or guardian has to agree first.",
    OWN_ACCOUNT="Nobody acts on his own membership, nor on one of his household.",
    OWN_REQUEST="Nobody decides about what he asked for himself, under whatever name.",
    NOT_A_PERSON="Only a person decides, who has signed in with a proved address; a machine may ask.",
    APPROVAL_DECLINED="A second person refused it.",
    APPROVAL_ENDED="Nobody decided in time.",
    RETRY_LATER="Too busy, or the database is away: send the same again, under the same key, after retryAfter seconds.",
    INTERNAL="This item failed on our side, its neighbours did not; nothing of it was written, and its key is free.",
    ALREADY_EXISTS="It exists already.",
    TILL_FROZEN="The till, its shop, its partner or its credential is frozen, or the partner is new and under review.",
    REJECTED_BY_REVIEW="It was parked, and refused by who looked at it.",
    ALREADY_DECIDED="Somebody has decided it before.",
    INVALID_PROGRAM="The program file has mistakes.",
    INVALID_STYLE="Phones would refuse passes of this style.",
)
class ErrorCode(StrEnum):
    MEMBER_NOT_FOUND = "MEMBER_NOT_FOUND"
    MEMBER_REQUIRED = "MEMBER_REQUIRED"
    DUPLICATE_REFERENCE = "DUPLICATE_REFERENCE"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    PROOF_REQUIRED = "PROOF_REQUIRED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    CODE_REJECTED = "CODE_REJECTED"
    UNKNOWN_UNIT = "UNKNOWN_UNIT"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    OTHER_LOCATION = "OTHER_LOCATION"
    MORE_THAN_OWN_SCOPES = "MORE_THAN_OWN_SCOPES"
    TOO_MANY_CREDENTIALS = "TOO_MANY_CREDENTIALS"
    NEGATIVE_AMOUNT = "NEGATIVE_AMOUNT"
    ZERO_QUANTITY = "ZERO_QUANTITY"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    LINES_DO_NOT_ADD_UP = "LINES_DO_NOT_ADD_UP"
    IN_THE_FUTURE = "IN_THE_FUTURE"
    IN_THE_PAST = "IN_THE_PAST"
    INVALID_VALUE = "INVALID_VALUE"
    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
    HOLD_NOT_OPEN = "HOLD_NOT_OPEN"
    REDEMPTION_DECLINED = "REDEMPTION_DECLINED"
    ABOVE_HOLD = "ABOVE_HOLD"
    NOTHING_LEFT_TO_REVERSE = "NOTHING_LEFT_TO_REVERSE"
    NOT_REVERSIBLE = "NOT_REVERSIBLE"
    NOT_FOUND = "NOT_FOUND"
    ABOVE_WHAT_IS_LEFT = "ABOVE_WHAT_IS_LEFT"
    HOLD_REQUIRED = "HOLD_REQUIRED"
    ALREADY_CLAIMED = "ALREADY_CLAIMED"
    SAME_MEMBER = "SAME_MEMBER"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    HOLD_OPEN = "HOLD_OPEN"
    HOUSEHOLD_FULL = "HOUSEHOLD_FULL"
    MEMBER_FROZEN = "MEMBER_FROZEN"
    NOT_ALLOWED = "NOT_ALLOWED"
    BIRTH_DATE_REQUIRED = "BIRTH_DATE_REQUIRED"
    TOO_YOUNG = "TOO_YOUNG"
    GUARDIAN_NEEDED = "GUARDIAN_NEEDED"
    OWN_ACCOUNT = "OWN_ACCOUNT"
    OWN_REQUEST = "OWN_REQUEST"
    NOT_A_PERSON = "NOT_A_PERSON"
    APPROVAL_DECLINED = "APPROVAL_DECLINED"
    APPROVAL_ENDED = "APPROVAL_ENDED"
    RETRY_LATER = "RETRY_LATER"
    INTERNAL = "INTERNAL"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    TILL_FROZEN = "TILL_FROZEN"
    REJECTED_BY_REVIEW = "REJECTED_BY_REVIEW"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    INVALID_PROGRAM = "INVALID_PROGRAM"
    INVALID_STYLE = "INVALID_STYLE"


@strawberry.interface(description="A refusal that the client can act on.")
class UserError:
    code: ErrorCode = strawberry.field(description="What stands in the way, for programs.")
    message: str = strawberry.field(description="The same for people, in the caller's language.")
    path: list[str] | None = list_field("The input field at fault, outermost first; null when none alone is.", 20)


@strawberry.type(description="No member of this program answers to the lookup.")
class MemberNotFound(UserError):
    pass


@strawberry.type(description="The idempotency key was used before, for another input.")
class IdempotencyConflict(UserError):
    pass
