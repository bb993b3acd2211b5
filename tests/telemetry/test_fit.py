"""What may stand in a log line."""

from __future__ import annotations

import pytest

from honeyguide.telemetry.fit import LONGEST_EVENT, REMOVED, fit, fit_text

SECRETS = (
    "anna.lee+club@example.test",
    "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxIn0.c2ln-bmF0dXJl",
    "dAGiBdTa1HAui77tGm9vXwXM6unUjMdN-Ze_NHCabEJUy3wr",  # a handle, an add link, a pass's token
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",  # a device's token
    "+1 202 555 0177",
    "0664/123 45 67",
    "1234567890123",
    "1234 5678 9012 3",
    "203.0.113.7",
    "2001:db8::ff00:42:8329",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_t2_what_looks_like_a_secret_or_a_person_is_removed_wherever_it_stands(secret: str) -> None:
    for around in ("{}", "refused {} now", "('{}', 3)", "key={}", "<{}>", "/add/{}"):
        assert secret not in fit_text(around.format(secret), 200), around
        assert REMOVED in fit_text(around.format(secret), 200), around


def test_t2_credentials_and_queries_of_addresses_are_removed() -> None:
    assert "pa55" not in fit_text("postgresql://app:pa55@db.internal:5432/x", 200)
    assert fit_text("GET https://idp.example/keys?token=abc#d=1", 200) == f"GET https://idp.example/keys{REMOVED}"
    assert "hunter2hunter2" not in fit_text("Authorization: Basic hunter2hunter2", 200)


@pytest.mark.parametrize(
    "text",
    [
        "pass 0b0f9c3a-1111-4222-8333-123456789012 cannot be published: ValueError",
        "at 2026-11-23 00:19:06.123456 and 2026-11-23T00:19:06Z",
        "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        "a batch of 64 failed: UniqueViolationError 23505",
        "lane.py:106 _work < batch.py:12 decide_batch",
        "identity provider https://idp.example/realms/loyalty: its keys are read again",
        "Überweisung für Zoë wartet",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert fit_text(text, 200) == text


def test_t2_a_line_is_one_line_and_bounded() -> None:
    forged = fit_text('first\n{"level":"info"}\x1b[31m\u202eevil\x00', 200)

    assert forged == 'first\\n{"level":"info"}\\x1b[31m\\u202eevil\\x00'
    assert len(fit_text("word " * 10_000, LONGEST_EVENT)) == LONGEST_EVENT


def test_t1_keys_that_are_not_listed_are_dropped() -> None:
    assert fit({"event": "x", "status": 200, "email": "a@b.c", "query": "{ me }", "variables": {}}) == {"event": "x", "status": 200}
