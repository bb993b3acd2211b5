"""How often a pass may still notify: three times in 24 hours, whether by update or by message (G8)."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

PER_DAY = 3
_DAY = timedelta(hours=24)
_REMEMBERED = 50_000


class NotificationCount:
    """Counts in this process: a restart forgets, then Google's own refusal counts. The place for a count in the database."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, list[datetime]] = OrderedDict()

    def may_notify(self, object_id: str, now: datetime) -> bool:
        return len(self._recent(object_id, now)) < PER_DAY

    def notified(self, object_id: str, now: datetime) -> None:
        self._remember(object_id, [*self._recent(object_id, now), now])

    def exhausted(self, object_id: str, now: datetime) -> None:
        """Google refused, so it counted more than we know of."""
        self._remember(object_id, [now] * PER_DAY)

    def _recent(self, object_id: str, now: datetime) -> list[datetime]:
        return [at for at in self._times.get(object_id, ()) if at > now - _DAY]

    def _remember(self, object_id: str, times: list[datetime]) -> None:
        self._times[object_id] = times
        self._times.move_to_end(object_id)
        while len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)
