"""What is written of a request that showed members."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from honeyguide.api.looks import Looks, acts_of
from honeyguide.audit import Action
from honeyguide.caller import Audience, Caller

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVE = Caller(Audience.OPERATOR, uuid4(), "eve", credential_id="operator-7")


def test_a_request_that_shows_more_members_than_a_row_holds_takes_several_rows() -> None:
    looks = Looks({"members": None}, dict.fromkeys(uuid4() for _ in range(1_201)))

    acts = acts_of(looks, EVE, NOW, "r")

    assert [len(act.members) for act in acts] == [500, 500, 201]
    assert {(act.subject.key, act.actor.name, act.actor.credential_id) for act in acts} == {("1201", "operator:eve", "operator-7")}
    assert acts[0].detail == {"fields": ["members"]}


def test_a_request_that_shows_nobody_takes_none() -> None:
    assert acts_of(Looks({"program": None}), EVE, NOW, "r") == []


def test_whatever_a_document_searches_the_row_stays_within_its_bound() -> None:
    looks = Looks(dict.fromkeys(f"aFieldWithALongName{number}" for number in range(20)))
    for _ in range(1_000):
        looks.searched("BARCODE", 100)

    (act,) = acts_of(looks, EVE, NOW, "r")

    assert act.action is Action.LOOK and len(act.detail["searches"]) == 30
