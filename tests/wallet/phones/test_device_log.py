"""What iPhones log, line by line as iOS words it (A34, A50)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from honeyguide.wallet.phones.device_log import DeviceLog, parse_line

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SERVICE = "with web service url https://loyalty.test/wallet/apple"
LINES = {
    f"[2026-11-22 10:00:00 +0000] Register task (for device ab12cd34ef56, pass type pass.x.y, serial number s-1; {SERVICE}) encountered error: Unexpected response code 404": (  # noqa: E501
        "register",
        "pass.x.y",
        "s-1",
        404,
    ),
    f"[2026-11-22 10:00:00 +0000] Unregister task (for device ab12cd34ef56, pass type pass.x.y, serial number s-1; {SERVICE}) encountered error: Authentication failure": (  # noqa: E501
        "unregister",
        "pass.x.y",
        "s-1",
        None,
    ),
    f"[2026-11-22 10:00:00 +0000] Get serial #s task (for device ab12cd34ef56, pass type pass.x.y, last updated (null); {SERVICE}) encountered error: Unexpected response code 500": (  # noqa: E501
        "list",
        "pass.x.y",
        None,
        500,
    ),
    f"[2026-11-22 10:00:00 +0000] Get pass task (pass type pass.x.y, serial number s-1, if-modified-since (null); {SERVICE}) encountered error: Received invalid pass data": (  # noqa: E501
        "fetch",
        "pass.x.y",
        "s-1",
        None,
    ),
    "[2026-11-22 10:00:00 +0000] Web service error for pass.x.y (https://loyalty.test/wallet/apple): Server requested update to serial number 's-1', but the pass was unchanged.": (  # noqa: E501
        "fetch",
        "pass.x.y",
        "s-1",
        None,
    ),
    "[2026-11-22 10:00:00 +0000] Web service error for pass.x.y (https://loyalty.test/wallet/apple): Response to 'What changed?' request included 1 serial numbers but the lastUpdated tag (1.7) remained the same.": (  # noqa: E501
        "list",
        "pass.x.y",
        None,
        None,
    ),
    "the weather is fine": ("other", None, None, None),
}


@pytest.mark.parametrize("text", LINES)
def test_a50_a_line_is_read_as_task_pass_type_serial_and_code(text: str) -> None:
    line = parse_line(text, NOW)

    assert (line.task, line.pass_type, line.serial, line.code) == LINES[text]
    assert "ab12cd34ef56" not in line.text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET https://x.test/v1/devices/0123456789abcdef/registrations/pass.x.y?passesUpdatedSince=1.7 failed", "0123456789abcdef"),
        ("sent Authorization: ApplePass wzYS3jK9mX0Qabcd to serial number 's-1'", "wzYS3jK9mX0Qabcd"),
        ("authenticationToken: 'wzYS3jK9mX0Qabcd' refused", "wzYS3jK9mX0Qabcd"),
        (f"unknown {'ab' * 32}, status 410", "ab" * 32),
        (f"token {'Zq_-8' * 8}Zq_ of the pass", "Zq_-8"),
        ("https://x.test/add/a.b~c.pkpass cannot be read", "a.b~c"),
        ("iCloud account ada.lovelace@example.org is off", "ada.lovelace"),
    ],
)
def test_a50_secrets_and_addresses_in_a_line_are_hidden(text: str, secret: str) -> None:
    assert secret not in parse_line(text, NOW).text


def test_a50_serials_and_pass_types_stay_readable() -> None:
    line = f"Get pass task (pass type pass.com.example.loyalty, serial number {'0a' * 16}; {SERVICE}) error 404"

    assert parse_line(line, NOW).text == line


def test_a50_lines_are_counted_by_closed_labels_whatever_a_stranger_writes() -> None:
    log = DeviceLog()
    for code in (200, 399, 401, 418, 599):
        log.take(b'{"logs": ["Register task: Unexpected response code %d"]}' % code, NOW)

    series = [metric for family in REGISTRY.collect() if family.name == "honeyguide_phone_log_lines" for metric in family.samples]
    assert {one.labels["code"] for one in series if one.labels["task"] == "register"} <= {"2xx", "3xx", "4xx", "5xx", "401", "404", ""}


@settings(max_examples=50, deadline=None)
@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.text(), lambda inner: st.lists(inner, max_size=3)).map(lambda x: repr({"logs": x}).encode())
)
def test_a34_whatever_is_logged_is_a_log_or_none_and_never_an_error(body: bytes) -> None:
    assert DeviceLog().take(body, NOW) in (True, False)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600))
def test_a50_any_text_is_read_and_its_task_is_one_of_ours(text: str) -> None:
    assert parse_line(text, NOW).task in {"register", "unregister", "list", "fetch", "personalize", "other"}
