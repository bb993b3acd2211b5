"""The phones of a demo: made by one HTTP call, wired to both simulators, remembered over a restart."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from honeyguide.endings import ended
from honeyguide.testing.android import SaveFailed, VirtualAndroid
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.apns_failures import Push
from honeyguide.testing.google import GoogleSimulator
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.testing.refusal import PassRefused

Say = Callable[[str], None]
_RETRIES = (1, 2, 4, 8, 16, 30)  # seconds, as phones come back with growing pauses (A48)


class Phones:
    """`POST /phones {"kind": "iphone" | "android", "url": ADD_URL, "language": "en"}` gets a pass onto a new phone; GET lists them."""

    def __init__(
        self,
        apns: ApnsSimulator,
        google: Callable[[], GoogleSimulator],
        *,
        ca: Path,
        state_file: Path | None,
        say: Say,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._apns, self._google, self._ca, self._state_file, self._say = apns, google, ca, state_file, say
        self._http = http or httpx.AsyncClient(trust_env=False)
        self._iphones: list[VirtualIPhone] = []
        self._androids: list[VirtualAndroid] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[BaseRoute]:
        return [Route("/phones", self._list, methods=["GET"]), Route("/phones", self._add, methods=["POST"])]

    async def add_iphone(self, url: str, language: str = "en") -> VirtualIPhone:
        """Install the pass behind an add link; raises PassRefused or httpx.HTTPError."""
        phone = self._iphone(language, secrets.token_hex(16), secrets.token_hex(32))
        self._apns.connect(phone.push_token, self._hearing(phone))
        await phone.install(url if url.endswith(".pkpass") else f"{url}.pkpass")
        self._iphones.append(phone)
        self._save()
        return phone

    async def add_android(self, url: str, language: str = "en") -> VirtualAndroid:
        """Save the card behind a save link or an add page; raises SaveFailed or httpx.HTTPError."""
        phone = self._android(language)
        await phone.save(url)
        self._androids.append(phone)
        self._save()
        return phone

    def restore(self) -> None:
        """Bring back the phones of an earlier run; they register again and ask for what they missed."""
        if self._state_file is None or not self._state_file.exists():
            return
        for kept in json.loads(self._state_file.read_text()):
            if kept["kind"] == "android" and kept["object_id"] in self._google().objects:
                android = self._android(kept["language"])
                android.hold(kept["object_id"])
                self._androids.append(android)
            elif kept["kind"] == "iphone":
                iphone = self._iphone(kept["language"], kept["device_id"], kept["push_token"])
                self._iphones.append(iphone)
                self._apns.connect(iphone.push_token, self._hearing(iphone))
                self._spawn(self._come_back(iphone, kept))

    async def close(self) -> None:
        await ended(*self._tasks)
        self._save()
        await self._http.aclose()

    def listing(self) -> list[dict[str, Any]]:
        iphones = [
            {"kind": "iphone", "name": phone.name, "serial": serial, "shows": phone.fields(serial)}
            for phone in self._iphones
            for serial in phone.passes
        ]
        androids = [{"kind": "android", "name": phone.name, "object": phone.object_id, "shows": phone.screen} for phone in self._androids]
        return [*iphones, *androids]

    async def _list(self, _: Request) -> Response:
        return JSONResponse(self.listing())

    async def _add(self, request: Request) -> Response:
        try:
            wanted = await request.json()
            add = {"iphone": self.add_iphone, "android": self.add_android}[wanted["kind"]]
            url, language = str(wanted["url"]), str(wanted.get("language", "en"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return JSONResponse({"error": 'expected {"kind": "iphone" or "android", "url": ...}'}, 400)
        try:
            await add(url, language)
        except (PassRefused, SaveFailed, httpx.HTTPError, httpx.InvalidURL) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 422)
        return JSONResponse(self.listing(), 201)

    def _iphone(self, language: str, device_id: str, push_token: str) -> VirtualIPhone:
        name = "iPhone" if not self._iphones else f"iPhone {len(self._iphones) + 1}"
        return VirtualIPhone(self._ca, self._http, language, device_id, push_token, self._say, name)

    def _android(self, language: str) -> VirtualAndroid:
        name = "Android" if not self._androids else f"Android {len(self._androids) + 1}"
        return VirtualAndroid(self._google(), language=language, name=name, say=self._say)

    def _hearing(self, phone: VirtualIPhone) -> Callable[[Push], Awaitable[None]]:
        async def hear(push: Push) -> None:
            await self._again(lambda: self._update(phone, push.topic))

        return hear

    async def _update(self, phone: VirtualIPhone, topic: str) -> None:
        if await phone.on_push(topic):
            self._save()

    async def _come_back(self, phone: VirtualIPhone, kept: dict[str, Any]) -> None:
        phone.tags.update({(service, pass_type): tag for service, pass_type, tag in kept["tags"]})
        for package, last_modified in kept["passes"]:
            try:
                installed = await phone.install(base64.b64decode(package), register=False)
            except PassRefused as refused:
                self._say(f"{phone.name} refuses its former pass: {refused}")
                continue
            installed.last_modified = last_modified
            await self._again(partial(self._register, phone, installed.serial, installed.pass_type))

    async def _register(self, phone: VirtualIPhone, serial: str, pass_type: str) -> None:
        await phone.register(serial)
        await self._update(phone, pass_type)

    async def _again(self, work: Callable[[], Awaitable[None]]) -> None:
        for pause in (*_RETRIES, 0):
            try:
                await work()
                return
            except httpx.HTTPError:
                await asyncio.sleep(pause)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _save(self) -> None:
        if self._state_file is None:
            return
        kept: list[dict[str, Any]] = [
            {
                "kind": "iphone",
                "language": phone.language,
                "device_id": phone.device_id,
                "push_token": phone.push_token,
                "tags": [[service, pass_type, tag] for (service, pass_type), tag in phone.tags.items()],
                "passes": [[base64.b64encode(one.package).decode(), one.last_modified] for one in phone.passes.values()],
            }
            for phone in self._iphones
            if phone.passes
        ]
        kept += [{"kind": "android", "language": phone.language, "object_id": phone.object_id} for phone in self._androids]
        self._state_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._state_file.with_suffix(".draft")
        draft.touch(mode=0o600)  # passes hold tokens
        draft.write_text(json.dumps(kept))
        draft.replace(self._state_file)
