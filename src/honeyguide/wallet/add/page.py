"""The page where a customer adds the card, and the only place to download it: /add/{token} and /add/{token}.pkpass (A36, A46)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from honeyguide.members.address import read_address
from honeyguide.members.identify_link import seal_identify
from honeyguide.pages import direction_of
from honeyguide.programs.localised import in_language
from honeyguide.wallet import store
from honeyguide.wallet.add.badges import badge, load_badges
from honeyguide.wallet.add.card_picture import card_picture, google_picture, qr_code
from honeyguide.wallet.add.html import BUSY, EXPIRED, GONE, UNKNOWN, Problem, card_page, page_language, problem_page
from honeyguide.wallet.add.link import AddLink, LinkExpired, LinkForged, open_link
from honeyguide.wallet.add.visitor import visitor_of
from honeyguide.wallet.apple.bundle import MOST_PASSES, bundle
from honeyguide.wallet.assembly import NOT_NOW, Wallet, passes_folder, why_not
from honeyguide.wallet.at_google.classes import DIGITS_OF_LOGO, LOGO, logo_url
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.issue_pass import PassIssued, issue_pass
from honeyguide.wallet.phones.devices import PKPASS, PKPASSES, http_date, respond
from honeyguide.wallet.store import PassRow
from honeyguide.wallet.style_files.store import find_image

_log = logging.getLogger(__name__)

# Longer than that nobody looks at a white page; the button then goes by our own address, which waits for Google.
_GOOGLE_PATIENCE = 2.0
_GOOGLE_CLICK_PATIENCE = 12.0
_PATIENCE = 20.0  # for everything together


Handler = Callable[[Request], Awaitable[Response]]


class NoCard(Exception):
    """There is no card to show, for this reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.name)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class WalletButton:
    name: str
    href: str
    badge: str | None = None  # the official one, else the page draws its own


def add_routes(wallet: Wallet, google: GoogleDelivery | None) -> list[Route]:
    """The routes to mount at the root."""
    page = AddPage(wallet, google)
    return [
        Route("/add/{token}.pkpass", page.guarded(page.download), methods=["GET"]),
        Route("/add/{token}.pkpasses", page.guarded(page.download_all), methods=["GET"]),
        Route("/add/{token}/google", page.guarded(page.to_google), methods=["GET"]),
        Route("/add/{token}", page.guarded(page.show), methods=["GET"]),
        Route("/wallet/images/{folder}/{digest}.png", page.image, methods=["GET"]),
    ]


class AddPage:
    """Opens links, issues the pass where there is none yet, and offers it to both wallets."""

    def __init__(self, wallet: Wallet, google: GoogleDelivery | None) -> None:
        self._wallet, self._google = wallet, google
        self._badges = load_badges(passes_folder(wallet.settings) / "badges")

    def guarded(self, handler: Handler) -> Handler:
        """Turn what stands between a visitor and the card into a page that says what to do."""

        async def answer(request: Request) -> Response:
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await handler(request)
            except NoCard as none:
                return problem_page(request, none.problem)
            except NOT_NOW as error:
                _log.warning("a card cannot be handed out now: %s", why_not(error))
                return problem_page(request, BUSY)

        return answer

    async def show(self, request: Request) -> Response:
        """The page; it needs no script, and nothing of it may be kept or told to others."""
        link, row = await self._open(request)
        language, applied = page_language(request), await self._wallet.programs.at(link.program_id, row.styled)
        template = await self._wallet.template(row, applied.program)
        body = json.loads(await self._wallet.pass_json(row), parse_float=Decimal)
        program = in_language(applied.program.name, language, applied.program.default_locale)
        visitor = visitor_of(request.headers.get("user-agent", ""))
        return card_page(
            request,
            card_picture(body, template, language),
            google_picture=google_picture(template, row.face or {}, language, program) if self._google is not None else None,
            program=program,
            wallets=await self._buttons(request, row),
            card_direction=direction_of(str((row.face or {}).get("language", language))),
            visitor=visitor,
            several=await self._several(request, link, row) if visitor.takes_several else None,
            page_code=qr_code(f"{self._wallet.settings.url}{request.url.path}"),
            identify=await self._identify(row),
        )

    async def download(self, request: Request) -> Response:
        """A36: the signed pass as of now."""
        _, row = await self._open(request)
        if not self._wallet.offers_apple(row.key.program_id):
            raise NoCard(BUSY)
        package = await self._wallet.package(row)
        if request.method == "GET":
            await store.note_handed(self._wallet.database.pool, row.key, row.tag, self._wallet.clock())
        headers = {
            "Last-Modified": http_date(row.modified_at),
            "Cache-Control": "no-store",
            "Content-Disposition": f'inline; filename="{row.style}.pkpass"',
            "Referrer-Policy": "no-referrer",
        }
        return respond(request, package, PKPASS, headers)

    async def download_all(self, request: Request) -> Response:
        """A36, A47: all passes that the member has, that of the link first; single ones stay on offer, for not every browser takes bundles."""
        link, row = await self._open(request)
        if not self._wallet.offers_apple(row.key.program_id):
            raise NoCard(BUSY)
        rows = [row, *await self._others(link, row)][:MOST_PASSES]
        packages = [await self._wallet.package(one) for one in rows]
        if request.method == "GET":
            for one in rows:
                await store.note_handed(self._wallet.database.pool, one.key, one.tag, self._wallet.clock())
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": 'inline; filename="passes.pkpasses"',
            "Referrer-Policy": "no-referrer",
        }
        return respond(request, bundle(packages), PKPASSES, headers)

    async def _several(self, request: Request, link: AddLink, row: PassRow) -> str | None:
        """Where all passes of the member are (A47), if there is more than the one of the link; each stays on offer by itself."""
        if not self._wallet.offers_apple(row.key.program_id) or not await self._others(link, row):
            return None
        return f"{request.url.path}.pkpasses"

    async def _others(self, link: AddLink, row: PassRow) -> list[PassRow]:
        """Whose links were called in since are not handed out by this one: they are of another generation."""
        pool, program = self._wallet.database.pool, self._wallet.programs.current(link.program_id).program
        styles = [style for style in self._wallet.styles.offered(program) if style != row.style]
        found = [await store.find_pass_of_style(pool, link.program_id, link.member_id, style) for style in styles]
        valid = [one for one in found if one is not None and one.state != "REVOKED" and one.generation == link.generation]
        return [await self._wallet.current(one) for one in valid]

    async def to_google(self, request: Request) -> Response:
        """Insert the object, then go to the link that saves it (G11)."""
        _, row = await self._open(request)
        if (
            self._google is None
            or not self._google.offers(row.key.program_id)
            or not await self._google.bring(row, patience=_GOOGLE_CLICK_PATIENCE)
        ):
            raise NoCard(BUSY)
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return RedirectResponse(await self._google.save_link(row), HTTPStatus.SEE_OTHER, headers)

    async def image(self, request: Request) -> Response:
        """The logo for Google, which keeps it: another picture has another address (G20)."""
        template, digest = self._wallet.styles.templates.get(request.path_params["folder"]), request.path_params["digest"]
        image = template.files.get(LOGO) if template is not None else None
        if template is None or image is None or not logo_url(self._wallet, template).endswith(request.url.path):
            is_digest = len(digest) == DIGITS_OF_LOGO and not set(digest) - set("0123456789abcdef")
            image = await find_image(self._wallet.database.pool, digest) if is_digest else None
        if image is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return respond(request, image, "image/png", {"Cache-Control": "public, max-age=31536000, immutable"})

    async def _open(self, request: Request) -> tuple[AddLink, PassRow]:
        """The link and its pass as of now, issued when there is none; raises NoCard."""
        link = open_link(request.path_params["token"], self._wallet.link_key, self._wallet.clock())
        match link:
            case LinkForged():
                raise NoCard(UNKNOWN)
            case LinkExpired():
                raise NoCard(EXPIRED)
            case AddLink():
                row = await self._pass(link)
                if row.state == "REVOKED" or row.generation != link.generation:
                    raise NoCard(GONE)
                return link, await self._wallet.current(row)

    async def _identify(self, row: PassRow) -> str | None:
        """Where the holder of an anonymous card says who he is; None where that is known."""
        reached = await read_address(self._wallet.database.pool, row.key.program_id, row.key.member_id)
        if reached is None or not reached.is_anonymous:
            return None
        return f"/identify/{seal_identify(self._wallet.settings.secrets, row.key.program_id, row.key.member_id, self._wallet.clock())}"

    async def _pass(self, link: AddLink) -> PassRow:
        known = await store.find_pass_of_style(self._wallet.database.pool, link.program_id, link.member_id, link.style)
        if known is not None:
            return known
        styles = self._wallet.styles.offered(self._wallet.programs.current(link.program_id).program)
        async with self._wallet.database.transaction() as connection:
            outcome = await issue_pass(
                connection,
                program_id=link.program_id,
                member_id=link.member_id,
                style=link.style,
                styles=styles,
                now=self._wallet.clock(),
            )
        if not isinstance(outcome, PassIssued):
            raise NoCard(GONE)
        return outcome.issued

    async def _buttons(self, request: Request, row: PassRow) -> list[WalletButton]:
        """Both wallets, the visitor's own first."""
        path, visitor = request.url.path, visitor_of(request.headers.get("user-agent", ""))
        language = f"?lang={page_language(request)}" if "lang" in request.query_params else ""
        buttons = [WalletButton("apple", f"{path}.pkpass")] if self._wallet.offers_apple(row.key.program_id) else []
        if self._google is not None and self._google.offers(row.key.program_id):
            # Whoever holds an iPhone will hardly save it at Google: that costs a call of twenty a second only when it is clicked.
            ready = visitor.device != "apple" and await self._google.bring(row, patience=_GOOGLE_PATIENCE)
            buttons.append(WalletButton("google", await self._google.save_link(row) if ready else f"{path}/google{language}"))
        buttons = [replace(one, badge=badge(self._badges, one.name, page_language(request))) for one in buttons]
        return buttons[::-1] if visitor.device == "android" else buttons
