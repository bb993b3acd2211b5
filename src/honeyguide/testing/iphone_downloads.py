"""What Safari and Wallet demand of a download of passes before they look into it (A36, A46, A47)."""

from __future__ import annotations

import io
import zipfile
from typing import Final

import httpx

from honeyguide.testing.refusal import PassRefused

ONE: Final = "application/vnd.apple.pkpass"
SEVERAL: Final = "application/vnd.apple.pkpasses"
TIMEOUT: Final = httpx.Timeout(10)
_MOST_PASSES, _MOST_BYTES = 10, 150_000_000


async def download(http: httpx.AsyncClient, url: str) -> httpx.Response:
    """One pass, or a bundle where the address ends in .pkpasses; raises PassRefused."""
    return _checked(await http.get(url, timeout=TIMEOUT), url, with_body=True)


async def look(http: httpx.AsyncClient, url: str) -> httpx.Response:
    """The same by HEAD, as link previews ask; raises PassRefused."""
    return _checked(await http.head(url, timeout=TIMEOUT), url, with_body=False)


def unbundled(content: bytes) -> list[bytes]:
    """The packages of a .pkpasses file; raises PassRefused (A47)."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            packages = [archive.read(member) for member in members]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise PassRefused("A47", f"no readable zip: {error}") from error
    if not 1 <= len(packages) <= _MOST_PASSES or len(content) > _MOST_BYTES:
        raise PassRefused("A47", f"{len(packages)} passes in {len(content)} bytes")
    if strange := [member.filename for member in members if not member.filename.endswith(".pkpass")]:
        raise PassRefused("A47", f"{strange[0]} is no pass")
    return packages


def _checked(answer: httpx.Response, url: str, *, with_body: bool) -> httpx.Response:
    if answer.status_code != 200:
        raise PassRefused("A36", f"the download answered {answer.status_code}")
    wanted = SEVERAL if url.partition("?")[0].endswith(".pkpasses") else ONE
    if answer.headers.get("content-type") != wanted:
        raise PassRefused("A46" if wanted == ONE else "A47", f"content type {answer.headers.get('content-type')}, Safari shows the bytes")
    length = answer.headers.get("content-length", "")
    if not length.isdigit() or (with_body and int(length) != len(answer.content)):
        raise PassRefused("A46", "no Content-Length")
    if not with_body and answer.content:
        raise PassRefused("A46", "HEAD has a body")
    return answer
