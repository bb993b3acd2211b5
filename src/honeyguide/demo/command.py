"""`honeyguide demo`: start everything, play a year, hand out phones, and run until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime

import click
from rich.console import Console

from honeyguide.demo.ports import is_free
from honeyguide.demo.run import DemoFailed, run_demo
from honeyguide.settings import Settings, load_settings

HOUSEHOLDS = 50


@click.command("demo")
@click.option("--households", type=click.IntRange(1, 2469), default=HOUSEHOLDS, show_default=True, help="Whose year is played.")
def demo_command(households: int) -> None:
    """Server, worker and simulated phones with a year of purchases. HONEYGUIDE_PORT chooses the port; Ctrl-C ends all of it."""
    started = time.monotonic()
    settings = load_settings()
    if settings.environment == "production":
        raise click.ClickException("the demo makes keys and tokens up: it runs in development only")
    if not is_free(settings.host, settings.port):
        raise click.ClickException(f"port {settings.port} is in use; choose another one: HONEYGUIDE_PORT={settings.port + 10} make demo")
    settings = settings.model_copy(update={"data_dir": settings.data_dir.expanduser().resolve()})
    asyncio.run(_until_stopped(settings, households, started))


async def _until_stopped(settings: Settings, households: int, started: float) -> None:
    console = Console()
    running = asyncio.ensure_future(run_demo(settings, households, console, datetime.now(UTC), started))
    stopped: list[bool] = []

    def stop() -> None:
        # A second Ctrl-C must not leave processes behind by cutting the first one's work short.
        if not stopped:
            stopped.append(True)
            running.cancel()

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    try:
        await running
    except asyncio.CancelledError:
        console.print("\nstopped; the data stays")
    except DemoFailed as failed:
        raise click.ClickException(str(failed)) from None
