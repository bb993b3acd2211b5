"""Every reason that Apple names, and what becomes of the registration (N6)."""

from __future__ import annotations

import json

import pytest

from honeyguide.wallet.apple.push_outcome import REASONS, BadToken, Refused, Retry, Unregistered, outcome_of
from honeyguide.wallet.apple.push_reply import Answer, Reset, Unanswered

GONE = {(400, "BadDeviceToken"): BadToken(), (410, "Unregistered"): Unregistered(None), (410, "ExpiredToken"): Unregistered(None)}
LATER = {
    (429, "TooManyRequests"),
    (429, "TooManyProviderTokenUpdates"),
    (500, "InternalServerError"),
    (503, "ServiceUnavailable"),
    (503, "Shutdown"),
}
OUR_FAULT = {
    (400, reason)
    for reason in (
        "BadCollapseId", "BadExpirationDate", "BadMessageId", "BadPriority", "BadTopic", "DeviceTokenNotForTopic", "DuplicateHeaders",
        "IdleTimeout", "InvalidPushType", "MissingDeviceToken", "MissingTopic", "PayloadEmpty", "TopicDisallowed",
    )
} | {
    (403, reason)
    for reason in (
        "BadCertificate", "BadCertificateEnvironment", "ExpiredProviderToken", "Forbidden", "InvalidProviderToken",
        "MissingProviderToken", "UnrelatedKeyIdInToken", "BadEnvironmentKeyIdInToken",
    )
} | {(404, "BadPath"), (405, "MethodNotAllowed"), (413, "PayloadTooLarge")}  # fmt: skip


def reply(status: int, reason: str) -> Answer:
    return Answer(status, {}, json.dumps({"reason": reason}).encode())


def test_n6_each_of_apples_reasons_has_an_outcome() -> None:
    assert {reason for _, reason in {*GONE, *LATER, *OUR_FAULT}} | {"NoCertificateForTopic"} == REASONS
    assert {case: outcome_of(reply(*case)) for case in GONE} == GONE
    assert {case: outcome_of(reply(*case)) for case in LATER} == {case: Retry(case[1]) for case in LATER}
    assert {case: outcome_of(reply(*case)) for case in OUR_FAULT} == {case: Refused(case[1]) for case in OUR_FAULT}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"reason": 7}', b'{"reason": "\\u202e"}'])
def test_n6_an_answer_without_a_word_of_apples_tells_by_its_status(body: bytes) -> None:
    assert outcome_of(Answer(410, {}, body)) == Unregistered(None)
    assert outcome_of(Answer(400, {}, body)) == Refused("Status400")
    assert outcome_of(Answer(503, {"retry-after": "soon"}, body)) == Retry("Status503")


@pytest.mark.parametrize("timestamp", [-1, 0, 1.5, True, "1790000000000", 10**30, None])
def test_n6_a_time_that_is_none_is_left_out(timestamp: object) -> None:
    body = json.dumps({"reason": "Unregistered", "timestamp": timestamp}).encode()

    assert outcome_of(Answer(410, {}, body)) == Unregistered(None)


def test_n6_a_request_that_was_not_answered_is_made_again() -> None:
    assert outcome_of(Unanswered("x")) == Retry("ConnectionLost")
    assert outcome_of(Reset(8)) == Retry("StreamReset8")
