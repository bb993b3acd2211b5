"""What the demo leaves for whoever tries it: demo.json, and files for curl, so that no token is typed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from honeyguide.replay.api import Credentials
from honeyguide.settings import Settings
from honeyguide.wallet.certificates.of_settings import AppleFiles


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is needed to try the running demo; tokens live a day."""

    settings: Settings
    program_id: UUID
    apple: AppleFiles
    apns_port: int
    google_url: str
    operator_token: str = field(repr=False)
    grocer: Credentials
    grocer_token: str = field(repr=False)
    fuel: Credentials
    fuel_token: str = field(repr=False)
    member_number: str
    member_token: str = field(repr=False)
    add_url: str

    def as_json(self) -> dict[str, Any]:
        return {
            "url": self.settings.url,
            "program_id": str(self.program_id),
            "member": {"number": self.member_number, "token": self.member_token},
            "partner": _partner(self.grocer, self.grocer_token),
            "fuel": _partner(self.fuel, self.fuel_token),
            "operator": {"token": self.operator_token},
            "graphiql": self._graphiql(),
            "member_page": self.member_page,
            "add_url": self.add_url,
            "apple": {
                "ca": str(self.apple.ca),
                "pass_type": self.settings.apple_pass_type_id,
                "wwdr": str(self.apple.signing.intermediate),
            },
            "simulators": {"apns": f"https://{self.settings.host}:{self.apns_port}", "google": self.google_url},
        }

    @property
    def member_page(self) -> str:
        """The member's dashboard, opened signed in."""
        return f"{self.settings.url}/member/demo#token={self.member_token}"

    def _graphiql(self) -> dict[str, str]:
        """Pages that are opened signed in: what is behind # stays in the browser."""
        tokens = {"member": self.member_token, "partner": self.grocer_token, "operator": self.operator_token}
        return {audience: f"{self.settings.url}/{audience}/graphql#token={token}" for audience, token in tokens.items()}


def write_facts(facts: Facts) -> Path:
    """demo.json and files for `curl -K` in the data folder, readable by us alone."""
    folder = facts.settings.data_dir
    _write(folder / "demo.json", orjson.dumps(facts.as_json(), option=orjson.OPT_INDENT_2) + b"\n")
    for audience, token in (("member", facts.member_token), ("partner", facts.grocer_token), ("operator", facts.operator_token)):
        headers = (f'header = "Authorization: Bearer {token}"', 'header = "Content-Type: application/json"')
        _write_curl(folder / f"{audience}.curl", f"{facts.settings.url}/{audience}/graphql", *headers)
    _write_curl(folder / "add.curl", facts.add_url)
    _write_curl(folder / "pass.curl", f"{facts.add_url}.pkpass")
    return folder / "demo.json"


def _partner(credentials: Credentials, token: str) -> dict[str, str]:
    return {"client_id": credentials.client_id, "client_secret": credentials.client_secret, "token": token}


def _write_curl(path: Path, url: str, *lines: str) -> None:
    """A configuration for `curl -K`: an address and tokens that then stand on no command line."""
    _write(path, "\n".join((f'url = "{url}"', *lines, "silent", "show-error", "")).encode())


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
