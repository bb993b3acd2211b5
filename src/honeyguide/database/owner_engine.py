"""Tortoise engine that connects by URL and acts as the owner role; used by migrations alone."""

from __future__ import annotations

from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient


class OwnerClient(AsyncpgDBClient):
    """Tortoise knows host and port only; a URL may also name a socket folder, TLS files or several hosts."""

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        role = options.pop("role")
        settings = {"role": role, "application_name": "honeyguide migrate", "timezone": "UTC", "lock_timeout": "30s"}
        return await asyncpg.create_pool(options.pop("dsn"), min_size=1, max_size=2, server_settings=settings)


client_class = OwnerClient
