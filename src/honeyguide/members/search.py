"""The operator's list of members: by number or its beginning, e-mail or phone, in pages, through indexes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from honeyguide.database import Executor
from honeyguide.members import store
from honeyguide.members.identifiers import IdentifierKind, normal_email, normal_phone
from honeyguide.members.member_number import LENGTH
from honeyguide.members.store import Identifier, MemberKey, MemberProfile, Names

SHORTEST_PREFIX = 4  # digits: of ten million members about a thousand share them, which is what one page may sort
LARGEST_PAGE = 100

_FIRST = MemberKey(datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
_LAST = MemberKey(datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Oldest enrolment first, in both directions; `more` lie beyond the page in the direction of reading."""

    members: tuple[MemberProfile, ...]
    more: bool


async def search_members(
    executor: Executor,
    program_id: UUID,
    text: str | None,
    *,
    limit: int,
    after: MemberKey | None = None,
    before: MemberKey | None = None,
    from_end: bool = False,
    phone_region: str | None = None,
) -> MemberPage:
    """The `limit` (1..100) members next after `after`, or with `from_end` those next before `before`; no text lists all."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise ValueError(f"a page has 1 to {LARGEST_PAGE} members, not {limit}")
    names = named_by(text, phone_region)
    if names is not None and not names.identifiers and names.numbers is None:
        return MemberPage((), more=False)
    members = await store.list_members(
        executor, program_id, names=names, after=after or _FIRST, before=before or _LAST, limit=limit + 1, from_end=from_end
    )
    page = members[:limit]
    return MemberPage(tuple(reversed(page) if from_end else page), more=len(members) > limit)


def named_by(text: str | None, phone_region: str | None) -> Names | None:
    """What the text may mean: None lists everybody, empty Names nobody (it can name no member)."""
    wanted = (text or "").strip()
    if not wanted:
        return None
    if "@" in wanted:
        email = normal_email(wanted)
        return Names((Identifier(IdentifierKind.EMAIL, email),) if email else ())
    phone = normal_phone(wanted, phone_region)
    return Names((Identifier(IdentifierKind.PHONE, phone),) if phone else (), _numbers(wanted))


def is_exact(text: str | None, phone_region: str | None = None) -> bool:
    """Does it name one member at most: a whole number, an e-mail address, a phone number? A beginning names many."""
    names = named_by(text, phone_region)
    if names is None or names.numbers is None:
        return names is not None and bool(names.identifiers)
    return names.numbers[0] == names.numbers[1]


def _numbers(text: str) -> tuple[str, str] | None:
    """First and last number with these first digits; a range, because LIKE uses the index only under the C collation."""
    digits = "".join(text.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and SHORTEST_PREFIX <= len(digits) <= LENGTH):
        return None
    return digits.ljust(LENGTH, "0"), digits.ljust(LENGTH, "9")
