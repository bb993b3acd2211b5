"""Destinations that are refused before anybody is asked where they are."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as some

from honeyguide.egress.addresses import is_a_host, is_outside
from honeyguide.egress.destination import Destination, checked_headers
from honeyguide.egress.policy import Allowed, AllowListInvalid, EgressPolicy
from honeyguide.egress.refusal import EgressRefused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1",
        "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
        "2002:7f00:1::", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_no_destination(address: str) -> None:
    assert not is_outside(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "17.188.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_outside_are(address: str) -> None:
    assert is_outside(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "0", "0x", "1.2.3.4.5",
        "a.0x1", "[::1%25lo]", "[fe80::1%lo]", "loc%61lhost", "local_host-", "-a.example", "a..example", "127.0.0.1%00.example", "", "a" * 64,
        "x." * 130 + "example", "①②⑦.⓪.⓪.①", "exa mple", "example\t", "0300.0250.1.1", "127。0。0。1",
    ],
)  # fmt: skip
def test_an_odd_spelling_of_a_host_is_refused(host: str) -> None:
    with pytest.raises(EgressRefused) as refused:
        Destination.of(f"https://{host}/", plain_http=True)

    assert refused.value.reason in ("host", "address")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://idp.example/", "plain"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://idp.example/", "scheme"),
        ("ftp://idp.example/", "scheme"),
        ("//idp.example/", "scheme"),
        ("data:text/plain,x", "scheme"),
        ("https://user@idp.example/", "user_info"),
        ("https://user:password@idp.example/", "user_info"),
        ("https://idp.example@10.0.0.1/", "user_info"),
        ("https://idp.example\\@10.0.0.1/", "address"),
        ("https://idp.example/\r\nHost: other", "address"),
        ("https://idp.example\r\n/", "address"),
        ("https://idp.example/\x00", "address"),
        ("https://idp.example:0/", "address"),
        ("https://idp.example:99999/", "address"),
        ("https://idp.example:8o/", "address"),
        ("https://[::1/", "address"),
        ("https://idp.example/" + "a" * 5000, "address"),
        ("", "address"),
    ],
)
def test_an_address_that_is_no_plain_https_address_is_refused(url: str, reason: str) -> None:
    with pytest.raises(EgressRefused) as refused:
        Destination.of(url, plain_http=False)

    assert refused.value.reason == reason
    assert "password" not in str(refused.value)


@given(some.text(max_size=60))
def test_any_text_is_a_destination_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://idp.example/{text}"):
        try:
            there = Destination.of(url, plain_http=False)
        except EgressRefused:
            continue
        assert there.scheme == "https" and there.host and there.target.startswith("/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Name", "a\r\nHost: inside"), ("X-Name", "a\nb"), ("X-Name", "a\x00"), ("X Name", "a"), ("X:Name", "a"), ("", "a"), ("X-Name", "ä"),
        ("Host", "inside"), ("Content-Length", "0"), ("transfer-encoding", "chunked"), ("Connection", "upgrade"), ("X-Name", "a" * 20_000),
    ],
)  # fmt: skip
def test_a_header_cannot_begin_another_request(name: str, value: str) -> None:
    with pytest.raises(EgressRefused, match="header"):
        checked_headers("GET", {name: value})


@pytest.mark.parametrize("method", ["get", "CONNECT", "GET /x HTTP/1.1\r\nHost: inside\r\n\r\nGET", "TRACE"])
def test_a_method_cannot_begin_another_request(method: str) -> None:
    with pytest.raises(EgressRefused, match="method"):
        checked_headers(method, {})


def test_an_allowed_name_may_be_inside_and_still_never_the_metadata_service() -> None:
    policy = EgressPolicy(Allowed.read("mail.inside, idp.inside:8443"))

    assert policy.permits("mail.inside", 25, [ip_address("10.0.0.5")])
    assert policy.permits("idp.inside", 8443, [ip_address("10.0.0.5")])
    assert not policy.permits("idp.inside", 443, [ip_address("10.0.0.5")])
    assert not policy.permits("other.inside", 25, [ip_address("10.0.0.5")])
    assert not policy.permits("mail.inside", 25, [ip_address("169.254.169.254")])
    assert not is_a_host(ip_address("::ffff:169.254.169.254"))


def test_an_allowed_network_holds_for_mapped_spellings_and_no_further() -> None:
    policy = EgressPolicy(Allowed.read("10.1.0.0/16"))

    assert policy.permits("idp.inside", 443, [ip_address("10.1.2.3"), ip_address("::ffff:10.1.2.3")])
    assert not policy.permits("idp.inside", 443, [ip_address("10.2.0.1")])


@pytest.mark.parametrize("address", ["fd00:ec2::254", "100.100.100.200", "192.0.0.192", "::ffff:100.100.100.200", "64:ff9b::6464:64c8"])
def test_the_metadata_services_of_other_clouds_are_none_either(address: str) -> None:
    policy = EgressPolicy(Allowed.read("mail.inside"))

    assert not policy.permits("mail.inside", 25, [ip_address(address)])


@pytest.mark.parametrize(
    "text",
    [
        "*.inside",
        "mail.inside.",
        "2130706433:80",
        "mäil.inside",
        "http://idp.inside",
        "idp.inside:x",
        "10.0.0.1/8",
        ":25",
        "idp.inside:0",
        "a@b",
    ],
)
def test_an_allow_list_with_a_mistake_is_refused(text: str) -> None:
    with pytest.raises(AllowListInvalid):
        Allowed.read(text)
