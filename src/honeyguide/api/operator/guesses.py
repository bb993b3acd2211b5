"""Who sees members masked must not find them by guessing either: misses are counted, as a till's are."""

from __future__ import annotations

from honeyguide.api.context import RequestContext
from honeyguide.api.partner.desk import check_misses, count_miss


def check_guesses(context: RequestContext) -> None:
    """Raises Throttled; ask before every lookup, also of those who would be found."""
    if context.sees_masked:
        check_misses(context)


def count_guess(context: RequestContext) -> None:
    """A lookup found nobody."""
    if context.sees_masked:
        count_miss(context)
