"""Every sealed column of the database: whoever adds one adds it here, or the test of this list fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from honeyguide.encryption import row_context
from honeyguide.wallet.credentials.vault import PURPOSE, context_of


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """`key` is the primary key, `purpose` that of its cipher; `context` makes of a row what its value was sealed with."""

    table: str
    key: tuple[str, ...]
    column: str
    purpose: bytes
    context: Callable[[Mapping[str, Any]], bytes]


def _of_member(name: str) -> Callable[[Mapping[str, Any]], bytes]:
    return lambda row: row_context(name.encode(), row["program_id"], row["member_id"])


def _of_card(row: Mapping[str, Any]) -> bytes:
    return _of_member("card_key.sealed_key")(row) + str(row["card_id"]).encode()


_MEMBER = ("program_id", "member_id")

SEALED = (
    SealedColumn("card_key", (*_MEMBER, "card_id"), "sealed_key", b"members", _of_card),
    SealedColumn("pin", _MEMBER, "sealed_hash", b"members", _of_member("pin.sealed_hash")),
    SealedColumn(
        "wallet_credential",
        ("program_id", "credential_id"),
        "sealed",
        PURPOSE,
        lambda row: context_of(row["program_id"], row["credential_id"]),
    ),
    *(
        SealedColumn("person", _MEMBER, column, b"person", _of_member(f"person.{column}"))
        for column in ("birth_date", "time_zone", "quiet_hours", "guardian")
    ),
)
