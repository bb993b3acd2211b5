"""The least that brings an object at Google from one body to the next (G6, G7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]

# Google notifies for these alone (guide "Trigger push notifications"); our tier is shown by the second one (G4).
_NOTIFYING = ("loyaltyPoints", "secondaryLoyaltyPoints")


def patch_body(previous: Body, new: Body) -> dict[str, Any]:
    """Only what changed: nested objects by key, arrays whole, null for what is gone. Empty when nothing changed."""
    changes: dict[str, Any] = {key: None for key in previous if key not in new}
    for key, value in new.items():
        before = previous.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if nested := patch_body(before, value):
                changes[key] = nested
        elif key not in previous or not _same(before, value):
            changes[key] = value
    return changes


def _same(one: Any, other: Any) -> bool:
    """As JSON tells them apart: to Python true is 1 and 1.0, in lists as well."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def covers(known: Any, wanted: Any) -> bool:
    """Whether Google has it all already; what it adds by itself ("kind", "version", defaults) does not count."""
    if isinstance(wanted, Mapping):
        return isinstance(known, Mapping) and all(name in known and covers(known[name], value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(known, list) and len(known) == len(wanted) and all(map(covers, known, wanted))
    return bool(known == wanted)


def notifies(changes: Body) -> bool:
    """Whether the member should hear of it: the points or the tier changed, not merely their label."""
    return any(isinstance(changes.get(name), Mapping) and "balance" in changes[name] for name in _NOTIFYING)


def with_notification(changes: Body) -> dict[str, Any]:
    """Ask Google to notify; it forgets this with the call, so it belongs into each PATCH and never into a stored body (G7)."""
    return {**changes, "notifyPreference": "NOTIFY_ON_UPDATE"}
