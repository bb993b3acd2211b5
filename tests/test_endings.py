"""Background work ends for certain, and whoever does not is left behind within a bound."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

import pytest

from honeyguide.endings import ended


async def test_a_task_that_lost_its_first_cancellation_ends_all_the_same() -> None:
    # given: work that catches a cancellation as asyncio.wait_for of Python 3.11 does when what it waits for ends in that moment
    lost = 0

    async def work() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 1:
                    raise

    task = asyncio.create_task(work())
    await asyncio.sleep(0)

    await ended(task)

    assert task.cancelled() and lost == 2


async def test_a_task_has_time_to_clean_up() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            cleaned.append(True)

    cleaned: list[bool] = []
    task = asyncio.create_task(work())
    await asyncio.sleep(0)

    await ended(task, None)

    assert cleaned == [True]


async def test_whoever_never_ends_is_left_behind_with_his_name_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        while not over:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    over: list[bool] = []
    task = asyncio.create_task(work(), name="a stubborn one")
    await asyncio.sleep(0)
    began = monotonic()

    with caplog.at_level(logging.ERROR):
        await ended(task, patience=0.2)

    assert monotonic() - began < 5 and "a stubborn one does not end" in caplog.text
    over.append(True)
    await task


async def test_what_failed_before_raises_nothing() -> None:
    async def work() -> None:
        raise ValueError

    task = asyncio.create_task(work())
    await asyncio.sleep(0)

    await ended(task)

    assert isinstance(task.exception(), ValueError)
