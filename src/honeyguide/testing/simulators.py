"""Both simulators and the phones in one process: what `make demo` runs beside the server."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime
from pathlib import Path

import click
import httpx

from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.google import GoogleSimulator
from honeyguide.testing.phones import Phones, Say

_HOST = "127.0.0.1"


class Simulators:
    """`await start()`, `await stop()`; reads the development certificates and the service account in the data folder."""

    def __init__(self, data_dir: Path, *, say: Say = click.echo, http: httpx.AsyncClient | None = None) -> None:
        apple, own = data_dir / "apple", data_dir / "simulators"
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.apns = ApnsSimulator(certificate=apple / "apns.pem", key=apple / "apns.key", client_ca=apple / "ca.pem")
        self.phones = Phones(self.apns, lambda: self.google, ca=apple / "ca.pem", state_file=own / "phones.json", say=say, http=http)
        self.google = GoogleSimulator(
            data_dir / "google" / "service-account.json", state_file=own / "google.json", routes=self.phones.routes()
        )

    async def start(self, apns_port: int, google_port: int) -> None:
        """Raises OSError when a port is taken."""
        await self.apns.start(_HOST, apns_port)
        await self.google.start(_HOST, google_port)
        self.phones.restore()

    async def stop(self) -> None:
        await self.phones.close()
        await self.google.stop()
        await self.apns.stop()


@click.command("simulators")
@click.option("--data-dir", envvar="HONEYGUIDE_DATA_DIR", type=click.Path(path_type=Path), default=Path(".honeyguide"), show_default=True)
@click.option("--apns-port", envvar="HONEYGUIDE_APPLE_APNS_PORT", type=click.IntRange(0, 65535), default=2197, show_default=True)
@click.option("--google-port", type=click.IntRange(0, 65535), default=2198, show_default=True)
@click.option("--patience", default=60.0, show_default=True, help="Seconds to wait for the server to make the development keys.")
def simulators_command(data_dir: Path, apns_port: int, google_port: int, patience: float) -> None:
    """Simulate APNs, Google Wallet and phones on 127.0.0.1, and print what the phones show.

    POST {"kind": "iphone" or "android", "url": ADD_URL} to /phones of the Google simulator to get a pass onto a new phone.
    """
    try:
        asyncio.run(_run(data_dir, apns_port, google_port, patience))
    except OSError as error:
        raise click.ClickException(f"the simulators cannot start: {error.strerror or error}") from None


async def _run(data_dir: Path, apns_port: int, google_port: int, patience: float) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    await _wait_for_keys(data_dir, patience)
    simulators = Simulators(data_dir, say=_say)
    await simulators.start(apns_port, google_port)
    click.echo(f"simulators are ready: APNs on {_HOST}:{simulators.apns.port}, Google Wallet on {simulators.google.url}")
    await stopped.wait()
    await simulators.stop()


async def _wait_for_keys(data_dir: Path, patience: float) -> None:
    needed = [data_dir / "apple" / "apns.pem", data_dir / "apple" / "ca.pem", data_dir / "google" / "service-account.json"]
    for _ in range(int(patience * 10)):
        if all(file.exists() for file in needed):
            return
        await asyncio.sleep(0.1)
    missing = next(file for file in needed if not file.exists())
    raise click.ClickException(f"{missing} is missing; the server makes it when it first starts in development")


def _say(line: str) -> None:
    click.echo(f"{datetime.now().astimezone():%H:%M:%S} {line}")
