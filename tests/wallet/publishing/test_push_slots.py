"""A pass type whose line is stalled holds up no other's pushes (N7, R44)."""

from __future__ import annotations

from honeyguide.wallet.publishing.push_slots import PushSlots


def stalled(slots: PushSlots, pass_type: str) -> int:
    """Rounds as the worker has them, of a pass type that gets no answer; how many it holds in the end."""
    held = 0
    while (room := slots.room) and pass_type not in slots.full():
        for _ in range(room):
            slots.take(pass_type)
        held += room
    return held


def test_r44_a_stalled_pass_type_leaves_room_for_the_next_and_gets_its_own_back() -> None:
    slots = PushSlots(1000)

    held = [stalled(slots, name) for name in ("one", "two", "three", "four")]

    assert 500 <= held[0] < 1000
    assert all(count > 0 for count in held)
    assert sum(held) < 1000
    for _ in range(held[0]):
        slots.give_back("one")
    assert "one" not in slots.full()
    assert stalled(slots, "five") >= 100
