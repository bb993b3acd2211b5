"""What an export is made of: a part a subject, each with the tables that it tells of; and which tables are left out, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from honeyguide.members.person import PersonVault
from honeyguide.programs.program import Program
from honeyguide.programs.texts import reason_text
from honeyguide.programs.words import in_units
from honeyguide.quantities import from_minor

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """In which program's words, in which language; `vault` opens what is sealed of the person."""

    program_id: UUID
    program: Program
    language: str
    vault: PersonVault


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is its key in the JSON and its statement in export.sql; `told` makes a row readable."""

    name: str
    tables: tuple[str, ...]
    told: Callable[[Row, Telling], Row] = lambda row, _: row


def _profile(row: Row, telling: Telling) -> Row:
    details = telling.vault.opened(telling.program_id, row["id"], row)
    quiet, guardian = details.quiet_hours, details.guardian
    return {
        **row,
        "birth_date": details.birth_date,
        "time_zone": details.time_zone,
        "quiet_hours": {"from": f"{quiet.begin:%H:%M}", "until": f"{quiet.until:%H:%M}"} if quiet else None,
        "guardian": {"email": guardian.email, "confirmed_at": guardian.confirmed_at} if guardian else None,
    }


def _quantities(*names: str) -> Callable[[Row, Telling], Row]:
    """Minor units as the unit is written."""

    def told(row: Row, telling: Telling) -> Row:
        return {**row, **{name: str(in_units(telling.program, row["unit"], row[name])) for name in names}}

    return told


# What a detail says of others, and what only the machinery reads.
_OTHERS = frozenset(
    ("to", "from", "other_side", "by_member", "by", "cashier", "handover", "dates", "counts", "counters", "after", "because")
)


def _transaction(row: Row, telling: Telling) -> Row:
    detail, program = row["detail"], telling.program
    amount = row.pop("amount_minor")
    moved = [
        {"unit": unit, "quantity": str(in_units(program, unit, quantity)), "balance_after": str(in_units(program, unit, after))}
        for unit, quantity, after in row["moved"]
    ]
    return {
        **row,
        "amount": None if amount is None else str(from_minor(amount, program.currency_decimals)),
        "moved": moved,
        "because": [reason_text(program, because, telling.language) for because in _reasons(detail)],
        "detail": {name: value for name, value in detail.items() if name not in _OTHERS},
    }


def _reasons(detail: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All that an event recorded of why: its own reasons, and those of what it gave, took and returned."""
    yield from detail.get("because", ())
    for name in ("accruals", "taken", "returned"):
        for part in detail.get(name, ()):
            if isinstance(part, dict):
                yield from part.get("because", ())


PARTS = (
    Part("profile", ("member", "person"), _profile),
    Part("identifiers", ("identifier",)),
    Part("sign_ins", ("sign_in_identity",)),
    Part("sessions", ("session",)),
    Part("card_codes", ("card_key", "used_code", "pin")),
    Part("consents", ("consent",)),
    Part("accounts", ("account",), _quantities("posted", "held", "pending", "debt")),
    Part("lots", ("lot",), _quantities("issued", "pending", "open", "held", "burned", "expired", "clawed", "moved")),
    Part("transactions", ("transaction", "transfer"), _transaction),
    Part("holds", ("hold",), _quantities("amount", "captured")),
    Part("tiers", ("tier_change",)),
    Part("tier_years", ("tier_year",)),
    Part("counters", ("counter",)),
    Part("passes", ("pass", "apple_registration", "google_object")),
    Part("pass_messages", ("pass_message",)),
    Part("household", ("household_member",)),
    Part("parked_posts", ("parked_post",)),
    Part("merges", ("merge",)),
    Part("staff", ("staff",)),
    Part("freezes", ("frozen_member",)),
    Part("looks", ("audit",)),
)

# Tables with rows of members that no part tells of; a test walks all tables and finds each here or there.
LEFT_OUT: Mapping[str, str] = {
    "approval": "what operators asked of each other; what came of it stands in transactions and looks",
    "by_hand": "what an operator gave by hand this week, for his budget; what he gave stands in transactions",
    "claim": "keyed hashes of requests, which nobody can read back",
    "standing": "the lock of the member and what the clock will do next; its tier stands in tiers, its dates in lots",
    "lot_move": "which lot paid for what; said in words with each transaction, and in lots by what is left of them",
    "erasure": "certificates of persons erased; who is erased asks for nothing",
}
