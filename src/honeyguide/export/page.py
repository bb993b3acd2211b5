"""The address behind an export's link, /export/{token}: one download, kept by nobody on the way."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO

import asyncpg
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.database.database import DOWN
from honeyguide.export.as_json import TooLarge, write_json
from honeyguide.export.export_link import ExportFormat, ExportLink, open_link
from honeyguide.export.parts import Telling
from honeyguide.export.reading import reading
from honeyguide.export.sections import Section, read_sections
from honeyguide.identity.store import take_nonce
from honeyguide.members.person import PersonVault
from honeyguide.programs.current import Programs
from honeyguide.programs.program import Program
from honeyguide.sealed import SealKey

_log = logging.getLogger(__name__)
_AT_ONCE = 2  # a long history takes a core
_PATIENCE = 60.0
_IN_MEMORY = 2 * 1024 * 1024
_CHUNK = 64 * 1024
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Opens a link once; what fails after that needs a new link."""

    database: Database
    programs: Programs
    key: SealKey
    vault: PersonVault
    clock: Clock
    turns: asyncio.Semaphore

    @staticmethod
    def of(database: Database, programs: Programs, key: SealKey, vault: PersonVault, clock: Clock) -> ExportPage:
        return ExportPage(database, programs, key, vault, clock, asyncio.Semaphore(_AT_ONCE))

    async def show(self, request: Request) -> Response:
        link = open_link(self.key, request.path_params["token"], self.clock())
        if link is None or link.program_id not in self.programs.ids():
            return _refused(HTTPStatus.NOT_FOUND)
        if request.method != "GET":  # a look ahead must not use the link up
            return Response(headers=_HEADERS)
        try:
            async with asyncio.timeout(_PATIENCE), self.turns:
                if not await take_nonce(self.database.pool, _nonce(link), link.ends_at):
                    return _refused(HTTPStatus.NOT_FOUND)
                file = await self._written(link)
        except (*DOWN, asyncpg.PostgresError, TimeoutError, TooLarge, OSError) as error:
            _log.warning("an export could not be written: %s", type(error).__name__)
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE)
        if file is None:
            return _refused(HTTPStatus.NOT_FOUND)
        return _download(file, link)

    async def _written(self, link: ExportLink) -> IO[bytes] | None:
        """Written whole before a byte is sent, for a slow reader must not keep the snapshot open."""
        program = self.programs.current(link.program_id).program
        telling = Telling(link.program_id, program, link.language, self.vault)
        now = self.clock()
        file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it is sent
        async with reading(self.database, link.member_id, telling) as snapshot:
            if snapshot is None:
                return None
            if link.format is ExportFormat.JSON:
                await write_json(snapshot, file, now)
                sections = None
            else:
                sections = await read_sections(snapshot)
        if sections is not None:
            file.write(await asyncio.to_thread(_drawn, sections, program, link.language, now))
        return file


def _drawn(sections: Sequence[Section], program: Program, language: str, now: datetime) -> bytes:
    """Typefaces and PDFs take 35 MB and most of a second to import: only where somebody asks for one, and beside the event loop."""
    from honeyguide.export.as_pdf import draw

    return draw(sections, program, language, now)


def export_routes(page: ExportPage) -> list[Route]:
    """The route to mount at the root."""
    return [Route("/export/{token}", page.show, methods=["GET"])]


def _nonce(link: ExportLink) -> bytes:
    return hashlib.sha256(b"export " + link.link_id.bytes).digest()


def _refused(status: HTTPStatus) -> Response:
    text = (
        "This link is used up or too old; the app makes a new one."
        if status is HTTPStatus.NOT_FOUND
        else "Please try again with a new link."
    )
    return PlainTextResponse(text + "\n", status, _HEADERS)


def _download(file: IO[bytes], link: ExportLink) -> Response:
    size = file.tell()
    file.seek(0)
    kind, name = ("application/json", "my-data.json") if link.format is ExportFormat.JSON else ("application/pdf", "my-data.pdf")
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(_chunks(file), headers=headers, media_type=kind)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
