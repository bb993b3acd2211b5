"""Whatever is sent to the phones' web service: the right status, never 500, and nothing is lost (wallet.md, fuzz)."""

from __future__ import annotations

import json

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ODD = st.sampled_from(
    ["", "%2F", "%2e%2e", "%00", "é", "%F0%9F%92%A9", "a" * 10_000, "%", "%zz", ";x=1", "?", "#", " ", "\u202e", "..%2F..", "v1"]
)
SEGMENT = ODD | st.text(st.characters(codec="utf-8", exclude_characters="/?#"), max_size=40)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80)
AUTHORIZATION = (
    st.none()
    | HEADER
    | st.sampled_from(
        ["ApplePass", "ApplePass ", "ApplePass  {token}", "{token}", "Bearer {token}", "applepass {token}", "ApplePass {token}{token}"]
    )
    | st.just("ApplePass {token}")
)
TOKENS = (
    st.text(max_size=300)
    | st.integers()
    | st.none()
    | st.lists(st.text(max_size=3))
    | st.sampled_from(["ab" * 7, "ab" * 8, "ab" * 100, "ab" * 101])
)
BODY = st.binary(max_size=5000) | TOKENS.map(lambda token: json.dumps({"pushToken": token}).encode())
GENTLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


async def test_a40_no_request_breaks_the_service_and_none_harms_the_phone_that_is_there(shop, new_phone, http):
    """A30-A34, A40: a hundred odd requests, and the registered phone still hears of its change."""
    phone = await new_phone(await shop.member())
    await phone.register()
    token = phone.authorization["Authorization"].split()[1]
    requests: list[tuple[str, str, dict[str, str], bytes]] = []
    devices, passes = "/wallet/apple/v1/devices", "/wallet/apple/v1/passes"

    @settings(GENTLY, max_examples=60)
    @given(
        st.sampled_from(["register", "unregister", "list", "fetch", "log"]),
        SEGMENT,
        SEGMENT | st.just(shop.wallet.identity.pass_type_id),
        SEGMENT | st.just(phone.row.serial),
        AUTHORIZATION,
        BODY,
        HEADER,
    )
    def collect(task, device, pass_type, serial, authorization, body, odd):
        method, path = {
            "register": ("POST", f"{devices}/{device}/registrations/{pass_type}/{serial}"),
            "unregister": ("DELETE", f"{devices}/{device}/registrations/{pass_type}/{serial}"),
            "list": ("GET", f"{devices}/{device}/registrations/{pass_type}"),
            "fetch": ("GET", f"{passes}/{pass_type}/{serial}"),
            "log": ("POST", "/wallet/apple/v1/log"),
        }[task]
        headers = {"If-Modified-Since": odd}
        if authorization is not None:
            headers["Authorization"] = authorization.replace("{token}", token)
        requests.append((method, path, headers, body))

    collect()
    statuses = set()
    for method, path, headers, body in requests:
        encoded = {name: value.encode("latin-1", "replace") for name, value in headers.items()}
        try:
            url = httpx.URL("http://127.0.0.1:8000" + path)
        except httpx.InvalidURL:
            continue  # no client could send it
        answer = await http.request(method, url, headers=encoded, content=body if method == "POST" else None, follow_redirects=False)
        statuses.add(answer.status_code)

    assert statuses <= {200, 201, 204, 304, 307, 400, 401, 404, 405, 413}
    assert (await phone.changed()).json()["serialNumbers"] == [phone.row.serial]
    held = await shop.database.pool.fetchval("SELECT push_token FROM apple_device WHERE device_id = $1", phone.device)
    assert held == phone.push_token


async def test_a30_a_push_token_has_bounds(shop, new_phone):
    """A30: 8 to 100 bytes in hex; it becomes a part of a path at Apple."""
    phone = await new_phone(await shop.member())

    statuses = {
        token: (await phone.register(json={"pushToken": token})).status_code
        for token in ("ab" * 7, "ab" * 8, "AB" * 100, "ab" * 101, "abc", "zz" * 8)
    }

    assert list(statuses.values()) == [400, 201, 200, 400, 400, 400]
