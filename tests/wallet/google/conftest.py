"""A Google simulator with a development account, a client of it, a template and a card to show."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from honeyguide.egress import Egress
from honeyguide.quantities import UnitKind
from honeyguide.testing.google import GoogleSimulator
from honeyguide.wallet.faces.card import CardProgram, CardUnit
from honeyguide.wallet.faces.face import Face
from honeyguide.wallet.faces.template import Template, load_template
from honeyguide.wallet.google.account import ServiceAccount, development_service_account
from honeyguide.wallet.google.client import GoogleEndpoint, GoogleWallet
from honeyguide.wallet.google.limiter import OwnLimiter
from honeyguide.wallet.google.loyalty import class_body, class_id_of, object_body, object_id_of

ISSUER = "3388000000000000000"
CLASS_ID = class_id_of(ISSUER, "demo", "membership")
OBJECT_ID = object_id_of(ISSUER, UUID("01890000-0000-7000-8000-000000000001"))
LOGO = "https://loyalty.example/passes/membership/logo.png"


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def account_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return development_service_account(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def account(account_file: Path) -> ServiceAccount:
    return ServiceAccount.load(account_file)


@pytest_asyncio.fixture
async def google(account_file: Path, clock: MovableClock) -> AsyncIterator[GoogleSimulator]:
    simulator = GoogleSimulator(account_file, issuer_id=ISSUER, per_second=1000, clock=clock)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def wallet(google: GoogleSimulator, account: ServiceAccount, egress: Egress, clock: MovableClock) -> GoogleWallet:
    endpoint = GoogleEndpoint(ISSUER, google.api_url, google.token_url, google.save_url, ["https://loyalty.example"])
    return GoogleWallet(endpoint, account, egress, limiter=OwnLimiter(1000), clock=clock)


@pytest.fixture(scope="session")
def template() -> Template:
    return load_template(Path(__file__).parents[3] / "passes" / "membership.pass")


@pytest.fixture(scope="session")
def program() -> CardProgram:
    points = CardUnit("points", UnitKind.POINTS, 0, {"en": {"one": "point", "other": "points"}, "de": {"one": "Punkt", "other": "Punkte"}})
    return CardProgram("demo", {"en": "Corner Club", "de": "Eck-Club"}, ("en", "de"), {"points": points}, {}, {}, {})


def make_face(**values: str | int | bool) -> Face:
    """A face with 120 points and silver status; names with __ for a point, as in balance__1__count=5."""
    face: dict[str, str | int | bool] = {
        "language": "en",
        "program.name": "Corner Club",
        "program.code": "demo",
        "member.number": "4711000000017",
        "member.name": "Ada",
        "barcode": "HG-7Q2M",
        "balance.1.count": 120,
        "balance.1.name": "Points",
        "balance.2.name": "Cashback",
        "balance.2.text": "€4.20",
        "tier.name": "Silver",
    }
    return face | {name.replace("__", "."): value for name, value in values.items()}


@pytest.fixture
def class_at_google(template: Template, program: CardProgram) -> dict[str, object]:
    return class_body(template, program, class_id=CLASS_ID, logo_url=LOGO)


@pytest.fixture
def body_of(template: Template):  # type: ignore[no-untyped-def]
    """Makes an object body of a face; `balance__1__count=5` changes the face."""

    def make(**values: str | int | bool) -> dict[str, object]:
        return object_body(template, make_face(**values), object_id=OBJECT_ID, class_id=CLASS_ID)

    return make


@pytest.fixture(scope="session")
def golden() -> Callable[[str, Any], None]:
    """Compares with golden/<name>.json; UPDATE_GOLDEN=1 writes it anew."""

    def check(name: str, body: Any) -> None:
        file = Path(__file__).parent / "golden" / f"{name}.json"
        text = json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8")

    return check
