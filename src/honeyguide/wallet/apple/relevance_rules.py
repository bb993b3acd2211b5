"""When and where a pass comes up by itself (A18); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from honeyguide.wallet.apple.broken import Broken
from honeyguide.wallet.apple.json_rules import is_date_time, is_number

_MOST: Final = 10


def relevance(body: Mapping[str, Any]) -> Iterator[Broken]:
    for key in ("locations", "beacons"):
        yield from _places(key, body.get(key, ()))
    if "maxDistance" in body and not is_number(body["maxDistance"]):
        yield Broken("A18", "maxDistance", "a number of metres")
    for index, relevant in enumerate(body.get("relevantDates", ())):
        # Renamed in iOS 26: older systems read one name, newer ones the other.
        both_names = relevant.get("date") == relevant.get("relevantDate") and is_date_time(relevant.get("date"))
        an_interval = is_date_time(relevant.get("startDate")) and is_date_time(relevant.get("endDate"))
        if not both_names and not an_interval:
            yield Broken("A18", f"relevantDates[{index}]", "date and relevantDate, both the same date-time, or startDate and endDate")


def _places(key: str, places: Any) -> Iterator[Broken]:
    if len(places) > _MOST:
        yield Broken("A18", key, f"at most {_MOST}")
    for index, place in enumerate(places):
        if key == "locations" and not (is_number(place.get("latitude")) and is_number(place.get("longitude"))):
            yield Broken("A18", f"{key}[{index}]", "latitude and longitude are numbers")
        if key == "beacons" and not isinstance(place.get("proximityUUID"), str):
            yield Broken("A18", f"{key}[{index}]", "proximityUUID is text")
        if not isinstance(place.get("relevantText", ""), str):
            yield Broken("A18", f"{key}[{index}].relevantText", "text for the lock screen")
