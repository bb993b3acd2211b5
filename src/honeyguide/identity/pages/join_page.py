"""/join and /join/{program}: an address, a code, a card; or a card at once, and who it is later (M64). Also where a receipt is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from honeyguide.identity.forms import is_plausible
from honeyguide.identity.pages.claiming import Claiming
from honeyguide.identity.pages.page import CardLink, Visit, guarded
from honeyguide.identity.sessions.anonymous_card import anonymous_card
from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.identity.sessions.send_code import send_code
from honeyguide.identity.sessions.sign_in import CodeRejected, SignedIn, SignInRequest, sign_in
from honeyguide.members.joining import Joining, NotJoined
from honeyguide.members.set_consent import ConsentWish
from honeyguide.programs.localised import in_language

_LONGEST_CLAIM = 200


@dataclass(frozen=True, slots=True)
class JoinPage:
    desk: SignInDesk
    card_link: CardLink
    claiming: Claiming

    def routes(self) -> list[Route]:
        return [
            Route("/join", guarded(self.desk, self.choose), methods=["GET"]),
            Route("/join/{program}", guarded(self.desk, self.show), methods=["GET"]),
            Route("/join/{program}", guarded(self.desk, self.take), methods=["POST"]),
        ]

    async def choose(self, visit: Visit) -> Response:
        """The program, where there is one; else which of them."""
        known = [self.desk.programs.current(program_id).program for program_id in self.desk.programs.ids()]
        if len(known) == 1:
            return _go(f"/join/{known[0].code}")
        names = sorted((one.code, in_language(one.name, visit.language, one.default_locale)) for one in known)
        return visit.page("choose", step="choose", programs=names)

    async def show(self, visit: Visit) -> Response:
        if (unknown := self._at_program(visit)) is not None:
            return unknown
        return self._ask_email(visit)

    async def take(self, visit: Visit) -> Response:
        """One step of the form; what came before travels along in it, and nothing is kept here."""
        if (unknown := self._at_program(visit)) is not None:
            return unknown
        if len(visit.form.get("claim", "")) > _LONGEST_CLAIM:
            return visit.say("unknown", HTTPStatus.BAD_REQUEST)
        match visit.form.get("step"):
            case "email":
                return await self._send(visit)
            case "code":
                return await self._enter(visit, details=False)
            case "details":
                return await self._enter(visit, details=True)
            case "card":
                return await self._card(visit)
        return visit.say("unknown", HTTPStatus.BAD_REQUEST)

    def _at_program(self, visit: Visit) -> Response | None:
        visit.at(self.desk.program(visit.request.path_params["program"]))
        return visit.say("unknown", HTTPStatus.NOT_FOUND) if visit.name is None else None

    async def _send(self, visit: Visit) -> Response:
        email = visit.form.get("email", "").strip()
        if not is_plausible(email):
            return self._ask_email(visit, wrong=visit.texts["email_wrong"], status=HTTPStatus.BAD_REQUEST)
        if not self.desk.outbox.delivers:
            return visit.say("away", HTTPStatus.NOT_FOUND)
        if (later := visit.may(self.desk.limits.codes)) is not None:
            return later
        await send_code(self.desk, visit.applied, email, visit.language, visit.now)
        visit.form["email"] = email
        return self._ask_code(visit)

    async def _enter(self, visit: Visit, *, details: bool) -> Response:
        if (later := visit.may_still(self.desk.limits.wrong)) is not None:
            return later
        joining = _joining(visit)
        if isinstance(joining, str):
            return self._ask_details(visit, wrong=visit.texts[joining])
        form = visit.form
        request = SignInRequest(
            form.get("email", ""), form.get("code", ""), visit.language, visit.language, details=details, joining=joining
        )
        match await sign_in(self.desk, visit.applied, request, visit.now, session=False):
            case CodeRejected():
                self.desk.limits.wrong.owe(visit.address)
                return self._ask_code(visit, wrong=visit.texts["wrong"], status=HTTPStatus.BAD_REQUEST)
            case NotJoined() as no:
                return self._not_joined(visit, no)
            case SignedIn(member_id=member_id):
                link = await self.card_link(visit.applied, member_id, visit.now)
                if form.get("claim"):
                    won = await self.claiming.claim(visit.applied, member_id, form["claim"], visit.now)
                    return visit.say("claimed" if won else "not_claimed", link=link)
                return _go(link)

    async def _card(self, visit: Visit) -> Response:
        if (later := visit.may(self.desk.limits.cards)) is not None:
            return later
        joining = _joining(visit)
        if isinstance(joining, str):
            return self._ask_email(visit, wrong=visit.texts[joining], status=HTTPStatus.BAD_REQUEST)
        made = await anonymous_card(self.desk, visit.applied, joining, visit.language, visit.now)
        if isinstance(made, NotJoined):
            if made.code in ("BIRTH_DATE_REQUIRED", "INVALID_VALUE"):
                return self._ask_email(visit, wrong=visit.texts["birth_wrong"], status=HTTPStatus.BAD_REQUEST)
            return visit.say("too_young" if made.code == "TOO_YOUNG" else "closed", HTTPStatus.FORBIDDEN)
        return _go(await self.card_link(visit.applied, made, visit.now))

    def _not_joined(self, visit: Visit, no: NotJoined) -> Response:
        match no.code:
            case "DETAILS_NEEDED":
                return self._ask_details(visit)
            case "BIRTH_DATE_REQUIRED":
                return self._ask_details(visit, wrong=visit.texts["birth_wrong"])
            case "GUARDIAN_NEEDED":
                return self._ask_details(visit, guardian=True, wrong=visit.texts["guardian_wrong"] if visit.form.get("guardian") else None)
            case "GUARDIAN_ASKED":
                return visit.say("asked")
            case "TOO_YOUNG":
                return visit.say("too_young", HTTPStatus.FORBIDDEN)
            case "INVALID_VALUE":
                field = {"guardian": "guardian", "displayName": "name"}.get(no.path[0] if no.path else "", "birth")
                return self._ask_details(visit, guardian=field == "guardian", wrong=visit.texts[f"{field}_wrong"])
        return visit.say("closed", HTTPStatus.FORBIDDEN)

    def _ask_email(self, visit: Visit, *, wrong: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
        program = visit.applied.program
        return visit.page(
            "join",
            status,
            text=visit.texts["join" if program.joins.by_email else "members"],
            step="email",
            wrong=wrong,
            email=visit.form.get("email", "")[:254],
            anonymous=program.joins.anonymous and "claim" not in visit.form,
            birth=_birth_words(visit),
            fields={"claim": visit.form["claim"]} if "claim" in visit.form else {},
        )

    def _ask_code(self, visit: Visit, *, wrong: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
        email = visit.form.get("email", "")
        text = visit.texts["code"].format(email=email)
        return visit.page("code", status, text=text, step="code", wrong=wrong, fields=_kept(visit, "claim", "email"))

    def _ask_details(self, visit: Visit, *, guardian: bool = False, wrong: str | None = None) -> Response:
        program, form = visit.applied.program, visit.form
        return visit.page(
            "details",
            HTTPStatus.OK if wrong is None else HTTPStatus.BAD_REQUEST,
            text=visit.texts["details"].format(program=visit.name),
            step="details",
            wrong=wrong,
            fields=_kept(visit, "claim", "email", "code"),
            said={name: form.get(name, "") for name in ("display_name", "birth_date", "guardian")},
            birth=_birth_words(visit),
            guardian=guardian or "guardian" in form,
            consents=[(code, in_language(terms.text, visit.language, program.default_locale)) for code, terms in program.consents.items()],
            ticked=[name.removeprefix("consent.") for name in form if name.startswith("consent.")],
            terms=in_language(program.terms, visit.language, program.default_locale),
        )


def _birth_words(visit: Visit) -> str | None:
    return visit.texts["birth_why"].format(program=visit.name) if visit.applied.program.age is not None else None


def _kept(visit: Visit, *names: str) -> dict[str, Any]:
    return {name: visit.form[name] for name in names if name in visit.form}


def _joining(visit: Visit) -> Joining | str:
    """What was typed, or which words say what is wrong with it."""
    form, program = visit.form, visit.applied.program
    try:
        born = date.fromisoformat(form["birth_date"]) if form.get("birth_date") else None
    except ValueError:
        return "birth_wrong"
    # Every purpose that was shown is answered: a box that was not ticked is a no.
    shown = form.get("step") == "details"
    consents = tuple(ConsentWish(code, f"consent.{code}" in form) for code in program.consents) if shown else ()
    return Joining(form.get("display_name", "").strip() or None, born, form.get("guardian", "").strip() or None, consents, "PAGE")


def _go(link: str) -> Response:
    return RedirectResponse(link, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
