"""What a log tells of an error."""

from honeyguide.wallet.mishap import mishap


def test_an_error_is_told_by_its_kind_and_place_and_never_by_what_it_quotes() -> None:
    try:
        {}["Anna Archer"]
    except KeyError as error:
        told = mishap(error)

    assert told.startswith("KeyError at test_mishap.py:") and "Anna" not in told
