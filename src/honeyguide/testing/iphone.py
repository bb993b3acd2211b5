"""A virtual iPhone: installs passes like Wallet, registers, hears pushes, fetches, and says what its owner would see."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from honeyguide.testing.iphone_downloads import ONE, TIMEOUT, download, look, unbundled
from honeyguide.testing.iphone_screen import Change, InstalledPass, Screen
from honeyguide.testing.pkpass_check import CheckedPass, check_package
from honeyguide.testing.pkpass_signature import verify_detached
from honeyguide.testing.refusal import PassRefused


@dataclass(slots=True)
class VirtualIPhone:
    """One device. `ca` is the PEM file that stands for Apple's root; `say` prints what the owner sees."""

    ca: Path
    http: httpx.AsyncClient
    language: str = "en"
    device_id: str = field(default_factory=lambda: secrets.token_hex(16))
    push_token: str = field(default_factory=lambda: secrets.token_hex(32))
    say: Callable[[str], None] = print
    name: str = "iPhone"
    passes: dict[str, InstalledPass] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    tags: dict[tuple[str, str], str] = field(default_factory=dict)
    quick: bool = False  # verify signatures in this process: for fleets, where two forks of openssl for each pass take too long
    _updating: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def install(self, source: bytes | str, *, register: bool = True) -> InstalledPass:
        """Add a pass from its bytes or address, as a tap on "Add" does; raises PassRefused where Wallet would show an error."""
        package, last_modified = source, None
        if isinstance(package, str):
            answer = await download(self.http, package)
            package, last_modified = answer.content, answer.headers.get("last-modified")
        installed = InstalledPass(await self._check(package), package, last_modified)
        installed.remember()
        self.passes[installed.serial] = installed
        self.say(f"{self.name}: added {installed.body['organizationName']} ({self.summary(installed.serial)})")
        if register and installed.service is not None:
            await self.register(installed.serial)
        return installed

    async def install_bundle(self, source: bytes | str) -> list[InstalledPass]:
        """Add all passes of a .pkpasses file, or none: the first that is no good refuses the bundle (A47)."""
        packages = unbundled(source if isinstance(source, bytes) else (await download(self.http, source)).content)
        for package in packages:
            await self._check(package)
        return [await self.install(package) for package in packages]

    async def head(self, url: str) -> httpx.Response:
        """What a preview of a link asks; raises PassRefused where the answer is not that of a download (A46)."""
        return await look(self.http, url)

    async def personalize(self, serial: str, **filled_in: str) -> int:
        """Send the form of an anonymous card with `fullName`, `emailAddress` ...; answers the status (A35, A51).

        Raises PassRefused where the signature of the token is no good; the card itself comes by a push or a refresh.
        """
        installed, token = self.passes[serial], secrets.token_urlsafe(48)
        if "personalization.json" not in installed.checked.files:
            raise PassRefused("A51", "the card has no form")
        said = {"personalizationToken": token, "requiredPersonalizationInfo": filled_in}
        url = f"{self._pass_url(installed)}/personalize"
        answer = await self.http.post(url, json=said, headers=self._authorization(installed), timeout=TIMEOUT)
        if answer.status_code == 200:
            if answer.headers.get("content-type") != "application/octet-stream":
                raise PassRefused("A35", f"content type {answer.headers.get('content-type')}")
            await asyncio.to_thread(verify_detached, answer.content, token.encode(), self.ca)
        else:
            await self._report(installed, f"Personalize task ({_named(installed)})", f"Unexpected response code {answer.status_code}")
        return answer.status_code

    async def register(self, serial: str) -> int:
        """Ask the pass's server for pushes; answers its status (201 new, 200 known before)."""
        installed = self.passes[serial]
        answer = await self.http.post(
            self._registration(installed), json={"pushToken": self.push_token}, headers=self._authorization(installed), timeout=TIMEOUT
        )
        installed.registered = answer.status_code in (200, 201)
        if not installed.registered:
            await self._report(
                installed, f"Register task (for device {self.device_id}, {_named(installed)})", f"status {answer.status_code}"
            )
        return answer.status_code

    async def unregister(self, serial: str) -> int:
        """Switch "Automatic Updates" off; the pass stays."""
        installed = self.passes[serial]
        answer = await self.http.delete(self._registration(installed), headers=self._authorization(installed), timeout=TIMEOUT)
        installed.registered = False
        return answer.status_code

    async def delete(self, serial: str) -> None:
        """Remove a pass from the phone."""
        if self.passes[serial].registered:
            await self.unregister(serial)
        del self.passes[serial]

    async def on_push(self, pass_type: str) -> list[Change]:
        """What the phone does when APNs rings for a pass type: ask which passes changed, fetch them, show the changes.

        Raises httpx.HTTPError when the server cannot be reached; the tag is kept only after every pass was fetched.
        """
        async with self._updating:
            services = {i.service for i in self.passes.values() if i.pass_type == pass_type and i.registered and i.service}
            changes: list[Change] = []
            for service in sorted(services):
                changes += await self._update_all(service, pass_type)
            return changes

    async def refresh(self, serial: str) -> list[Change]:
        """Pull to refresh on the back of a pass."""
        async with self._updating:
            _, changes = await self._fetch(self.passes[serial], asked_by_server=False)
            return changes

    def fields(self, serial: str) -> dict[str, str]:
        """What each field shows, by key, in the phone's language."""
        return self._screen.fields(self.passes[serial])

    def summary(self, serial: str) -> str:
        """The front in one line."""
        return self._screen.summary(self.passes[serial])

    def front(self, serial: str) -> str:
        """The front of the card as a small drawing in characters."""
        return self._screen.front(self.passes[serial])

    @property
    def _screen(self) -> Screen:
        return Screen(self.language)

    async def _check(self, package: bytes) -> CheckedPass:
        return await asyncio.to_thread(check_package, package, ca=self.ca, quick=self.quick)

    async def _update_all(self, service: str, pass_type: str) -> list[Change]:
        tag = self.tags.get((service, pass_type))
        url = f"{service}/v1/devices/{self.device_id}/registrations/{quote(pass_type, safe='')}"
        answer = await self.http.get(url, params={} if tag is None else {"passesUpdatedSince": tag}, timeout=TIMEOUT)
        if answer.status_code == 204:
            return []
        listed = _serials(answer)
        if listed is None:
            asked = f"for device {self.device_id}, pass type {pass_type}, last updated {tag}; with web service url {service}"
            await self._post_log(
                service, f"Get serial #s task ({asked}) encountered error: Server response was malformed (status {answer.status_code})"
            )
            return []
        changes, complete = list[Change](), True
        for serial in listed["serialNumbers"]:
            if serial in self.passes:
                fetched, changed = await self._fetch(self.passes[serial], asked_by_server=True)
                complete, changes = complete and fetched, changes + changed
        if complete:
            # A pass that could not be fetched must be listed again, so the tag moves only after all of them.
            self.tags[service, pass_type] = listed["lastUpdated"]
        return changes

    async def _fetch(self, installed: InstalledPass, *, asked_by_server: bool) -> tuple[bool, list[Change]]:
        """Fetch one pass; answers whether the server gave what it should, and what changed."""
        headers = self._authorization(installed)
        if installed.last_modified is not None:
            headers["If-Modified-Since"] = installed.last_modified
        url = self._pass_url(installed)
        task = f"Get pass task ({_named(installed)}, if-modified-since {installed.last_modified}; with web service url {installed.service})"
        answer = await self.http.get(url, headers=headers, timeout=TIMEOUT)
        if answer.status_code == 304:
            if asked_by_server:
                reason = f"Server requested update to serial number '{installed.serial}', but the pass was unchanged."
                await self._report(installed, task, reason)
            return True, []
        if answer.status_code != 200 or answer.headers.get("content-type") != ONE:
            await self._report(installed, task, f"Unexpected response code {answer.status_code}")
            return False, []
        try:
            checked = await self._check(answer.content)
            if (checked.body["serialNumber"], checked.body["passTypeIdentifier"]) != (installed.serial, installed.pass_type):
                raise PassRefused("A25", "the update is another pass")
        except PassRefused as refused:
            await self._report(installed, task, f"Received invalid pass data ({refused})")
            return False, []
        if answer.content == installed.package:
            reason = f"Server ignored the 'if-modified-since' header ({installed.last_modified}) and returned the full unchanged pass data"
            await self._report(installed, task, f"{reason} for serial number '{installed.serial}'.")
        elif installed.last_modified == answer.headers.get("last-modified") is not None and checked.body != installed.body:
            # A phone that had fetched in that second would never see the change (A45).
            await self._report(installed, task, f"Server changed the pass without changing its date {installed.last_modified}")
        return True, self._replace(installed, checked, answer)

    def _replace(self, installed: InstalledPass, checked: CheckedPass, answer: httpx.Response) -> list[Change]:
        before = InstalledPass(installed.checked, b"")
        installed.checked, installed.package = checked, answer.content
        installed.last_modified = answer.headers.get("last-modified")
        installed.updates += 1
        installed.remember()
        changes = self._screen.changes(before, installed)
        for change in changes:
            self.say(f"{self.name}: {change}")
        if bool(before.body.get("voided")) != bool(checked.body.get("voided")):
            self.say(f"{self.name}: {'the pass is void now' if checked.body.get('voided') else 'the pass is valid again'}")
        return changes

    def _pass_url(self, installed: InstalledPass) -> str:
        kind, serial = quote(installed.pass_type, safe=""), quote(installed.serial, safe="")
        return f"{installed.service}/v1/passes/{kind}/{serial}"

    def _registration(self, installed: InstalledPass) -> str:
        kind, serial = quote(installed.pass_type, safe=""), quote(installed.serial, safe="")
        return f"{installed.service}/v1/devices/{self.device_id}/registrations/{kind}/{serial}"

    def _authorization(self, installed: InstalledPass) -> dict[str, str]:
        return {"Authorization": f"ApplePass {installed.body['authenticationToken']}"}

    async def _report(self, installed: InstalledPass, task: str, reason: str) -> None:
        if installed.service is not None:
            await self._post_log(installed.service, f"{task} encountered error: {reason}")

    async def _post_log(self, service: str, text: str) -> None:
        line = f"[{datetime.now(UTC):%Y-%m-%d %H:%M:%S} +0000] {text}"
        self.log.append(line)
        try:
            await self.http.post(f"{service}/v1/log", json={"logs": [line]}, timeout=TIMEOUT)
        except httpx.HTTPError:
            # As on a phone: a log line that cannot be delivered is lost.
            return


def _named(installed: InstalledPass) -> str:
    return f"pass type {installed.pass_type}, serial number {installed.serial}"


def _serials(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        listed = answer.json()
    except ValueError:
        return None
    whole = answer.status_code == 200 and isinstance(listed, dict) and isinstance(listed.get("lastUpdated"), str)
    return listed if whole and isinstance(listed.get("serialNumbers"), list) else None
