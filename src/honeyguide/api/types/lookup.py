"""How a till or an operator names a member."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import strawberry

from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.members import lookup
from honeyguide.members.proof import Proof

_KINDS = {
    "handle": lookup.LookupKind.HANDLE,
    "memberNumber": lookup.LookupKind.NUMBER,
    "barcode": lookup.LookupKind.BARCODE,
    "phone": lookup.LookupKind.PHONE,
    "email": lookup.LookupKind.EMAIL,
}


def read_lookup(
    value: Mapping[str, str], location: str | None = None, as_of: datetime | None = None, receipt: str | None = None
) -> lookup.MemberLookup:
    """The one thing given, as the members slice takes it; `location` is where it is used, `as_of` when an offline till scanned it."""
    ((name, text),) = value.items()
    return lookup.MemberLookup(_KINDS[name], text, location, as_of, receipt)


described(
    "NUMBER: typed or static code. PRESENT: rotating code or NFC. APPROVED: in the app or by PIN.",
    NUMBER="Typed or static code.",
    PRESENT="Rotating code or NFC.",
    APPROVED="In the app or by PIN.",
)(Proof)


@converted(read_lookup)
@strawberry.input(one_of=True, description="Exactly one thing that names a member; it identifies, it proves nothing.")
class MemberLookup:
    handle: str | None = strawberry.field(default=strawberry.UNSET, description="The handle that `identify` gave for this sale.")
    member_number: str | None = strawberry.field(
        default=strawberry.UNSET, description="As printed on the card; blanks and dashes do not matter."
    )
    barcode: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the scanner read. A rotating code is exchanged for a handle by `identify`; "
        "only a post with recordedOffline may carry one, as of its occurredAt, and once: for its reference. "
        "The card's offlineClaim is read as the code within it.",
    )
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="E.164, or as dialled in the program's country.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="The member's e-mail address.")
