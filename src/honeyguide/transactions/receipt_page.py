"""The page behind a receipt's link, /claim/{token}: what was bought, and how it is claimed; it claims nothing by itself (R54)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from babel.dates import format_date
from babel.numbers import format_currency
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.caller import Clock
from honeyguide.database import Database
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded
from honeyguide.pages import Frame, wishes_of
from honeyguide.programs.current import Programs
from honeyguide.programs.localised import in_language, negotiate
from honeyguide.programs.program import Program
from honeyguide.quantities import from_minor
from honeyguide.sealed import SealKey
from honeyguide.transactions.anonymous_purchase import is_taken
from honeyguide.transactions.claim_link import LIFETIME, open_claim

_LONGEST_TOKEN = 200
_FRAME = Frame("honeyguide.transactions", forms="'self'")

# By language: headings and sentences of the three things that a link can be, then the names of the rows.
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "open": "This receipt is waiting for you",
        "open_text": "Open this link in the app of {program} and the purchase is yours, as if you had shown your card. Claim it by {until}.",
        "taken": "This receipt was claimed",
        "taken_text": "Somebody has claimed this purchase, or it was returned. It can be claimed once.",
        "unknown": "We do not know this receipt",
        "unknown_text": "The link may have been cut off when it was copied, or its time is over.",
        "email": "Your e-mail address",
        "button": "Join or sign in, and claim it",
        "date": "Date",
        "amount": "Amount",
    },
    "de": {
        "open": "Dieser Beleg wartet auf Sie",
        "open_text": "Öffnen Sie diesen Link in der App von {program}: Der Einkauf zählt dann, als hätten Sie Ihre Karte gezeigt. Bis {until}.",
        "taken": "Dieser Beleg ist eingelöst",
        "taken_text": "Jemand hat diesen Einkauf schon eingelöst, oder er wurde zurückgegeben. Das geht nur einmal.",
        "unknown": "Diesen Beleg kennen wir nicht",
        "unknown_text": "Vielleicht wurde der Link beim Kopieren abgeschnitten, oder seine Zeit ist vorbei.",
        "email": "Ihre E-Mail-Adresse",
        "button": "Mitmachen oder anmelden und einlösen",
        "date": "Datum",
        "amount": "Betrag",
    },
}


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """`secret` sealed the links of all programs; which one a link belongs to, its seal tells."""

    database: Database
    programs: Programs
    secret: SealKey
    clock: Clock
    offers_joining: bool = False  # whether codes can be sent from here

    async def show(self, request: Request) -> Response:
        token, language = request.path_params["token"], negotiate(wishes_of(request), TEXTS, "en")
        for program_id in self.programs.ids():
            transaction_id = open_claim(self.secret, program_id, token, self.clock()) if len(token) <= _LONGEST_TOKEN else None
            if transaction_id is not None:
                recorded = await read_transaction(self.database.pool, program_id, NOBODY, transaction_id)
                if recorded is not None:
                    taken = await is_taken(self.database.pool, program_id, transaction_id)
                    program = self.programs.current(program_id).program
                    claim = token if self.offers_joining and not taken else None
                    return _receipt(program, recorded, language, "taken" if taken else "open", claim)
        texts = TEXTS[language]
        return _html(HTTPStatus.NOT_FOUND, language, program=None, title=texts["unknown"], text=texts["unknown_text"], rows=())


def receipt_routes(page: ReceiptPage) -> list[Route]:
    """The route to mount at the root."""
    return [Route("/claim/{token}", page.show, methods=["GET"])]


def _receipt(program: Program, recorded: Recorded, language: str, state: str, claim: str | None) -> Response:
    """Nothing but what stands on the paper: who has the link has the receipt."""
    texts, locale = TEXTS[language], language
    name = in_language(program.name, language, program.default_locale)
    until = format_date(program.local_day(recorded.posted_at + LIFETIME), locale=locale)
    rows = [(texts["date"], format_date(program.local_day(recorded.occurred_at), locale=locale))]
    if recorded.amount_minor is not None and recorded.currency is not None:
        amount = from_minor(recorded.amount_minor, program.currency_decimals)
        rows.append((texts["amount"], format_currency(amount, recorded.currency, locale=locale)))
    text = texts[f"{state}_text"].format(program=name, until=until)
    return _html(HTTPStatus.OK, language, program=name, title=texts[state], text=text, rows=rows, claim=claim, code=program.code)


def _html(status: HTTPStatus, language: str, **values: object) -> Response:
    return _FRAME.page("receipt.html", status, language, **{"claim": None, "texts": TEXTS[language], **values})
