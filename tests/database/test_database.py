"""The pool: Python objects in jsonb, transactions that roll back, durability, and a database that is away for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

import honeyguide
from honeyguide.database import Database, statements


async def test_jsonb_goes_in_and_comes_back_as_python_objects(database: Database) -> None:
    value = {"lines": [1, None, "ä"], "big": 2**60, "nested": {"yes": True}}

    assert await database.pool.fetchval("SELECT $1::jsonb", value) == value
    # Elements that are lists themselves would be taken for a second dimension of the array.
    assert await database.pool.fetchval("SELECT array_agg(v) FROM unnest($1::jsonb[]) v", [value, None, {}]) == [value, None, {}]


async def test_ids_and_exact_numbers_become_text_in_jsonb(database: Database) -> None:
    id_from_database = await database.pool.fetchval("SELECT $1::uuid", uuid7())

    assert await database.pool.fetchval("SELECT $1::jsonb", {"id": id_from_database}) == {"id": str(id_from_database)}
    assert await database.pool.fetchval("SELECT $1::jsonb", {"rate": Decimal("1.15")}) == {"rate": "1.15"}
    assert isinstance(id_from_database, UUID)


async def test_times_are_aware_and_utc(database: Database) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    read = await database.pool.fetchval("SELECT $1::timestamptz", now)

    assert (read, read.utcoffset()) == (now, timedelta(0))


async def test_an_exception_rolls_the_transaction_back(database: Database) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 - the block is what is under test
        async with database.transaction() as connection:
            await connection.execute("UPDATE pass_tag SET tag = 7")
            raise RuntimeError("on purpose")

    assert await database.pool.fetchval("SELECT tag FROM pass_tag") == 0


async def test_no_statement_is_compiled(database: Database) -> None:
    assert await database.pool.fetchval("SELECT current_setting('jit')") == "off"


async def test_a_database_that_is_down_is_trouble_and_no_exception() -> None:
    database = await Database.open("postgresql://honeyguide_app@127.0.0.1:1/nowhere")

    trouble = await database.trouble()

    await database.close()
    assert trouble is not None
    assert "does not answer" in trouble


def test_named_statements_are_found_with_their_sentence() -> None:
    named = statements("honeyguide.till", "till.sql")

    assert "open_batch" in named
    assert named["open_batch"].startswith("-- open_batch: ")
    assert not named["open_batch"].endswith(";")


def test_every_named_statement_of_every_slice_loads() -> None:
    files = list(Path(honeyguide.__file__).parent.glob("*/*.sql"))

    assert files
    for file in files:
        assert statements(f"honeyguide.{file.parent.name}", file.name)
