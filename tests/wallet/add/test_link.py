"""The link to the add page: signed, short, expiring, and forgeable by nobody."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from honeyguide.wallet.add.link import AddLink, LinkExpired, LinkForged, open_link, seal_link

KEY = b"k" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINK = AddLink(UUID(int=1), UUID(int=2), "membership", 1, NOW + timedelta(hours=24))


def test_a_link_says_what_was_sealed():
    token = seal_link(LINK, KEY)

    assert open_link(token, KEY, NOW) == LINK
    assert len(token) < 100


def test_a_link_ends_with_its_day():
    assert open_link(seal_link(LINK, KEY), KEY, NOW + timedelta(hours=24)) == LinkExpired(LINK.expires_at)


def test_a_key_of_another_installation_opens_nothing():
    assert open_link(seal_link(LINK, KEY), b"o" * 32, NOW) == LinkForged()


def test_every_changed_byte_is_noticed():
    sealed = base64.urlsafe_b64decode(seal_link(LINK, KEY) + "==")

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        token = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert open_link(token, KEY, NOW) == LinkForged()


@pytest.mark.parametrize(
    "token", ["", "x", "é", "a" * 5000, "....", "%00", "a b", "=" * 8, seal_link(LINK, KEY)[:-1], seal_link(LINK, KEY) + "A"]
)
def test_nonsense_is_no_link(token):
    assert open_link(token, KEY, NOW) == LinkForged()
