"""A shop whose program file has limits for what is done by hand."""

from __future__ import annotations

import pytest_asyncio

from builders.by_hand import file_with
from builders.shop import Shop, shop  # noqa: F401


@pytest_asyncio.fixture
async def limited(shop: Shop) -> Shop:  # noqa: F811
    await shop.apply(file_with())
    return shop
