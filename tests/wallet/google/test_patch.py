"""What a PATCH carries (G6, G7)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from honeyguide.testing.google_rules import merge
from honeyguide.wallet.google.patch import covers, notifies, patch_body, with_notification

_scalars = st.one_of(st.text(max_size=3), st.integers(-3, 3), st.booleans())
_keys = st.sampled_from(["a", "b", "c"])
_values = st.recursive(
    _scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_keys, inner, max_size=3)), max_leaves=8
)
_bodies = st.dictionaries(_keys, _values, max_size=3)


@given(_bodies, _bodies)
def test_g6_a_patch_makes_the_new_body_of_the_previous_one(previous: dict[str, Any], new: dict[str, Any]) -> None:
    result = merge(previous, patch_body(previous, new))

    assert repr(_sorted(result)) == repr(_sorted(new))  # repr tells True from 1


def test_what_google_adds_by_itself_is_no_difference() -> None:
    wanted = {"programLogo": {"sourceUri": {"uri": "https://x.test/logo.png"}}, "texts": [{"id": "a"}]}
    known = {"programLogo": {"kind": "walletobjects#image", **wanted["programLogo"]}, "texts": [{"id": "a", "kind": "x"}], "version": "3"}

    assert covers(known, wanted)
    assert not covers(known, {**wanted, "texts": [{"id": "b"}]})
    assert not covers(known, {**wanted, "texts": []})
    assert not covers(known, {**wanted, "hexBackgroundColor": "#000000"})


@given(_bodies)
def test_g6_nothing_changed_is_an_empty_patch(body: dict[str, Any]) -> None:
    assert patch_body(body, body) == {}


def test_g6_only_what_changed_is_sent_and_arrays_whole() -> None:
    previous = {"id": "1.a", "points": {"label": "Points", "balance": {"int": 5}}, "modules": [{"id": "x"}, {"id": "y"}], "gone": "x"}
    new = {"id": "1.a", "points": {"label": "Points", "balance": {"string": "5000000000"}}, "modules": [{"id": "x"}]}

    assert patch_body(previous, new) == {
        "points": {"balance": {"int": None, "string": "5000000000"}},
        "modules": [{"id": "x"}],
        "gone": None,
    }


def test_g7_points_and_tier_notify_and_nothing_else() -> None:
    assert notifies({"loyaltyPoints": {"balance": {"int": 5}}})
    assert notifies({"secondaryLoyaltyPoints": {"balance": {"string": "Gold"}}})
    assert not notifies({"loyaltyPoints": {"label": "Punkte"}})
    assert not notifies({"loyaltyPoints": None, "textModulesData": []})
    assert with_notification({"a": 1}) == {"a": 1, "notifyPreference": "NOTIFY_ON_UPDATE"}


def _sorted(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    return [_sorted(item) for item in node] if isinstance(node, list) else node
