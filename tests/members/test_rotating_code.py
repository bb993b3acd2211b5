"""The rotating code: RFC 6238 as everybody has it, spelt for a scanner, and counted as of its scan."""

from datetime import UTC, datetime, timedelta

import pytest

from honeyguide.members.rotating_code import (
    OFFLINE_STEPS,
    CardKey,
    code_at,
    matching_step,
    read_code,
    scan_moment,
    spelt,
    spelt_card_id,
    step_end,
    step_of,
)

NOW = datetime(2026, 11, 22, 12, 0, 10, tzinfo=UTC)
CARD = CardKey(spelt_card_id(b"0123456789"), b"k" * 32)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_g14_the_code_is_that_of_rfc_6238_appendix_b_for_sha_1_as_google_makes_it(seconds: int, code: str) -> None:
    assert code_at(b"12345678901234567890", seconds // 30) == code


def test_what_the_qr_code_says_can_be_read_again_and_fits_the_smallest_alphabet_of_qr() -> None:
    text = spelt(CARD, NOW)

    found = read_code(f" {text}\n")

    assert found is not None and (found.card_id, found.code) == (CARD.card_id, code_at(CARD.key, step_of(NOW)))
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") and len(text) == 29
    assert found.code not in repr(found) and repr(CARD.key) not in repr(CARD)


@pytest.mark.parametrize(
    "text", ["", "4006381333931", "HG1-ABC-12345678", "hg1-GAYTEMZUGU3DOOBZ-12345678", "HG1-GAYTEMZUGU3DOOBZ-1234567८", "H" * 9_999]
)
def test_every_other_barcode_is_no_code(text: str) -> None:
    assert read_code(text) is None


def test_a_code_counts_as_of_its_scan_at_most_a_quarter_of_an_hour_ago_and_never_of_the_future() -> None:
    assert scan_moment(None, NOW) == NOW
    assert scan_moment(NOW - timedelta(minutes=15), NOW) == NOW - timedelta(minutes=15)
    assert scan_moment(NOW - timedelta(minutes=15, seconds=1), NOW) is None
    assert scan_moment(NOW + timedelta(seconds=20), NOW) == NOW  # a till's clock that is a little ahead
    assert scan_moment(NOW + timedelta(seconds=31), NOW) is None


def test_a_code_is_known_one_step_about_its_scan_and_never_more_than_one_ahead_of_us() -> None:
    """G14: a phone whose clock is a little ahead shows the next code early."""
    codes = {step: code_at(CARD.key, step_of(NOW) + step) for step in range(-3, 3)}

    now = {step: matching_step(CARD.key, code, NOW, NOW) for step, code in codes.items()}
    earlier = {step: matching_step(CARD.key, code, NOW - timedelta(seconds=60), NOW) for step, code in codes.items()}
    offline = {step: matching_step(CARD.key, code, NOW, NOW, OFFLINE_STEPS) for step, code in codes.items()}

    assert [step for step, found in now.items() if found is not None] == [-1, 0, 1]
    assert [step for step, found in offline.items() if found is not None] == [-3, -2, -1, 0, 1]
    assert [step for step, found in earlier.items() if found is not None] == [-3, -2, -1]


def test_the_app_asks_again_when_the_step_ends() -> None:
    assert step_end(NOW) == datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
