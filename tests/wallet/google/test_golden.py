"""The bodies that go to Google, whole: a change here is seen by every holder of a pass. UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

from typing import Any


def test_the_class_body(class_at_google: dict[str, Any], golden: Any) -> None:
    golden("class", class_at_google)


def test_the_object_body(body_of: Any, golden: Any) -> None:
    face = {
        "pending.1.text": "35 points",
        "expiring.1.text": "31 Dec 2026: 20 points",
        "progress.next_tier": "Gold",
        "progress.current.number": "320",
        "progress.needed.number": "1,000",
        "card.expires_at": "2027-12-31T23:59:59+00:00",
    }

    golden("object", body_of(**face))


def test_the_object_body_in_german(body_of: Any, golden: Any) -> None:
    golden("object-de", body_of(language="de", tier__name="Silber", balance__1__name="Punkte", balance__2__text="4,20 €"))


def test_the_object_body_of_a_closed_card(body_of: Any, golden: Any) -> None:
    golden("object-closed", body_of(card__closed=True))
