"""Yesterday's backup takes the database's place under a running till: what came after it is sent again and posted once, on sound books.

The whole way back, with phones, Google and the operator's commands, is told in stories/test_restored_from_yesterday.py.
"""

from __future__ import annotations

import asyncpg
import pytest

from builders.intents import Accrue, key
from builders.journal import Journal, send_all
from builders.mutants import KNOWN_ACCOUNTS_KEPT, mutated_python
from builders.own_cluster import OwnCluster, own_cluster, own_scene  # noqa: F401
from builders.scene import Scene

_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'honeyguide' AND pid <> pg_backend_pid()"


async def yesterday_comes_back(scene: Scene, cluster: OwnCluster) -> None:
    """The till, which goes on, knows accounts that the backup does not have."""
    till = scene.till()
    members = await scene.members(4)
    admin = await asyncpg.connect(cluster.server.url("postgres", "postgres"))
    try:
        await send_all(till, [Accrue(member, 10, key()) for member in members], scene.journal)
        await admin.execute(_CUT)
        await admin.execute("CREATE DATABASE yesterday TEMPLATE honeyguide")
        lost = [Accrue(member, 20, key(), unit="stars") for member in members]  # the first of this unit: its accounts are new
        await send_all(till, lost, Journal())
        await admin.execute(_CUT)
        await admin.execute("ALTER DATABASE honeyguide RENAME TO lost")
        await admin.execute("ALTER DATABASE yesterday RENAME TO honeyguide")
        await send_all(till, lost, scene.journal)  # as partners do, from their own journals
        await scene.nothing_lost()
    finally:
        await admin.execute("DROP DATABASE IF EXISTS lost")
        await admin.execute("DROP DATABASE IF EXISTS yesterday")
        await admin.close()


async def test_a_till_goes_on_upon_yesterdays_backup(own_scene: Scene, own_cluster: OwnCluster):  # noqa: F811
    await yesterday_comes_back(own_scene, own_cluster)


async def test_a_till_that_trusts_what_it_knew_leaves_transfers_without_accounts(own_scene: Scene, own_cluster: OwnCluster):  # noqa: F811
    with mutated_python(KNOWN_ACCOUNTS_KEPT), pytest.raises(AssertionError, match="a transfer is in the unit of its accounts"):
        await yesterday_comes_back(own_scene, own_cluster)
