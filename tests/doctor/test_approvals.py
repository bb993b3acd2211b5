"""The doctor warns of a program in which one operator alone may do everything."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest

from builders.by_hand import file_with
from honeyguide.database import Database
from honeyguide.doctor.checks import approvals
from honeyguide.doctor.finding import Examined, Level
from honeyguide.egress import Egress
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied
from honeyguide.settings import Settings

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("limits", "levels"),
    [
        ("", [Level.WARNING]),
        ("\napprovals: {adjust: {points: 5}, transfer: {points: 5}}\n", [Level.WARNING]),
        ("\napprovals: {adjust: {points: 5, cashback: 5}, transfer: {points: 5, cashback: 5}}\n", [Level.GOOD]),
    ],
)
async def test_a_program_without_limits_for_what_is_done_by_hand_is_a_warning(
    database: Database, connection: asyncpg.Connection, egress: Egress, limits: str, levels: list[Level]
) -> None:
    async with database.transaction() as applying:
        assert isinstance(await apply_program(applying, source=file_with(limits), applied_by="a test", now=NOW), Applied)

    found = await approvals.check(Examined(Settings(), NOW, egress, connection))

    assert [finding.level for finding in found] == levels
