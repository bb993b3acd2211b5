"""Rotation of sealed columns: every one is known, none is lost, the former key opens nothing afterwards."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from tortoise import Model

from builders.shop import Shop
from honeyguide.encryption import Cipher, Undecipherable
from honeyguide.members.person import PersonVault
from honeyguide.rotation.columns import SEALED
from honeyguide.rotation.command import secrets_command
from honeyguide.rotation.rotate import Rotated, rotate_columns
from honeyguide.sealed import Keys

SOURCE = Path(__file__).parents[2] / "src" / "honeyguide"
OLD, NEW = b"the old secret of this installation", b"the new secret of this installation"
GONE = b"a secret that nobody has any more"


def of(rotated: list[Rotated], column: str) -> Rotated:
    return next(one for one in rotated if one.column == column)


async def a_person(shop: Shop, secret: bytes, born: str = "1990-01-31") -> object:
    member_id = await shop.member()
    column = next(one for one in SEALED if one.column == "birth_date")
    row = {"program_id": shop.applied.program_id, "member_id": member_id}
    sealed = Cipher.of((secret,), column.purpose).seal(born.encode(), column.context(row))
    changed = await shop.database.pool.execute("UPDATE person SET birth_date = $2 WHERE member_id = $1", member_id, sealed)
    assert changed == "UPDATE 1"
    return member_id


def test_every_sealed_column_of_the_tables_is_in_the_list() -> None:
    """Its description begins with "sealed", and so it is found here."""
    modules = [import_module(f"honeyguide.{path.parent.name}.tables") for path in sorted(SOURCE.glob("*/tables.py"))]
    models = {one for module in modules for one in vars(module).values() if isinstance(one, type) and issubclass(one, Model)}
    sealed = {
        (model._meta.db_table, field.source_field or name)
        for model in models
        for name, field in model._meta.fields_map.items()
        if (field.description or "").startswith("sealed")
    }

    assert sealed == {(one.table, one.column) for one in SEALED}


async def test_what_the_owner_of_a_column_opens_it_still_opens_under_the_new_key_alone(shop: Shop) -> None:
    members = [await a_person(shop, OLD) for _ in range(3)]

    async with shop.database.pool.acquire() as connection:
        counted = await rotate_columns(connection, Keys(NEW, (OLD,)), dry=True)
        rotated = await rotate_columns(connection, Keys(NEW, (OLD,)))
        again = await rotate_columns(connection, Keys(NEW, (OLD,)))

    assert of(counted, "birth_date") == of(rotated, "birth_date") == Rotated("person", "birth_date", 3, sealed=3, lost=0)
    assert of(again, "birth_date") == Rotated("person", "birth_date", 3, sealed=0, lost=0)
    for row in await shop.database.pool.fetch("SELECT * FROM person WHERE member_id = ANY($1)", members):
        place = (row["program_id"], row["member_id"])
        assert PersonVault.of(NEW).opened(*place, row).birth_date is not None
        with pytest.raises(Undecipherable):
            PersonVault.of(OLD).opened(*place, row)


async def test_more_rows_than_a_page_are_all_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("honeyguide.rotation.rotate._PAGE", 2)
    for _ in range(5):
        await a_person(shop, OLD)

    async with shop.database.pool.acquire() as connection:
        rotated = await rotate_columns(connection, Keys(NEW, (OLD,)))

    assert of(rotated, "birth_date").sealed == 5


async def test_a_value_under_a_lost_key_stays_and_is_counted_and_the_command_fails(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    member = await a_person(shop, GONE)
    before = await shop.database.pool.fetchval("SELECT birth_date FROM person WHERE member_id = $1", member)

    async with shop.database.pool.acquire() as connection:
        rotated = await rotate_columns(connection, Keys(NEW, (OLD,)))

    assert of(rotated, "birth_date").lost == 1
    assert await shop.database.pool.fetchval("SELECT birth_date FROM person WHERE member_id = $1", member) == before


def test_the_command_says_what_it_did_and_shows_no_secret(database_url: str, tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": database_url,
        "HONEYGUIDE_DATA_DIR": str(tmp_path),
        "HONEYGUIDE_SECRET_KEY": NEW.decode(),
        "HONEYGUIDE_SECRET_KEY_BEFORE": OLD.decode(),
    }

    said = CliRunner().invoke(secrets_command, ["rotate-columns"], env=environment)

    assert said.exit_code == 0, said.output
    assert "person.birth_date: 0 sealed values, 0 under a former key, 0 under no known key" in said.output
    assert NEW.decode() not in said.output
