"""The bodies that go to Google, whole: a change here is seen by every holder of a pass. UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"


def check(name: str, body: Any) -> None:
    file = GOLDEN / f"{name}.json"
    text = json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


def test_the_class_body(class_at_google: dict[str, Any]) -> None:
    check("class", class_at_google)


def test_the_object_body(body_of: Any) -> None:
    face = {
        "pending.points.text": "35 points",
        "expiring.points.text": "31 Dec 2026: 20 points",
        "progress.next_tier": "Gold",
        "progress.current.number": "320",
        "progress.needed.number": "1,000",
        "card.expires_at": "2027-12-31T23:59:59+00:00",
    }

    check("object", body_of(**face))


def test_the_object_body_in_german(body_of: Any) -> None:
    check("object-de", body_of(language="de", tier__name="Silber", balance__cashback__text="4,20 €"))


def test_the_object_body_of_a_closed_card(body_of: Any) -> None:
    check("object-closed", body_of(card__closed=True))
