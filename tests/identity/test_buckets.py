"""Token buckets: so many at once, so many a second, for each name alone."""

import pytest

from honeyguide.identity.buckets import Buckets, address_name


def test_a_bucket_empties_and_fills_again_for_its_name_alone() -> None:
    seconds = [0.0]
    buckets = Buckets(2, 0.5, lambda: seconds[0])

    assert [buckets.take("till") for _ in range(3)] == [0, 0, 2]
    assert buckets.take("another till") == 0
    seconds[0] = 2
    assert [buckets.take("till") for _ in range(2)] == [0, 2]


def test_what_was_taken_at_once_is_waited_for() -> None:
    seconds = [0.0]
    buckets = Buckets(100, 1, lambda: seconds[0])

    assert buckets.take("till", 500) == 0
    assert buckets.wait("till") == 401
    seconds[0] = 401
    assert buckets.wait("till") == 0


def test_a_clock_that_began_long_ago_fills_no_bucket_over_its_brim() -> None:
    buckets = Buckets(2, 1, lambda: 1e6)

    assert [buckets.take("till") for _ in range(3)] == [0, 0, 1]


def test_the_least_used_bucket_is_forgotten_first() -> None:
    buckets = Buckets(1, 1, lambda: 0.0, most=2)

    for name in ("a", "b", "c"):
        buckets.take(name)

    assert (buckets.wait("a"), buckets.wait("b"), buckets.wait("c")) == (0, 1, 1)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_an_ipv6_customer_has_one_bucket(address: str | None, name: str) -> None:
    assert address_name(address) == name


def test_what_need_not_have_been_taken_is_put_back_also_where_it_was_the_last() -> None:
    buckets = Buckets(1, 1, lambda: 1e6)

    assert [buckets.take("a"), buckets.take("a")] == [0, 1]
    buckets.owe("a", -1)
    assert buckets.take("a") == 0
