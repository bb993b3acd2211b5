"""/guardian/{token}: a parent or guardian sees what would be kept of a young person, and agrees, or closes the page (R57)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from babel.dates import format_date
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.identity.pages.page import Visit, guarded
from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.identity.sessions.guardian import Agreement, Asked, agree, open_asked
from honeyguide.programs.localised import in_language

_STATUS = {
    Agreement.AGREED: HTTPStatus.OK,
    Agreement.TOO_YOUNG: HTTPStatus.FORBIDDEN,
    Agreement.UNKNOWN: HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class GuardianPage:
    desk: SignInDesk

    def routes(self) -> list[Route]:
        return [
            Route("/guardian/{token}", guarded(self.desk, self.show), methods=["GET"]),
            Route("/guardian/{token}", guarded(self.desk, self.take), methods=["POST"]),
        ]

    async def show(self, visit: Visit) -> Response:
        """Looking agrees to nothing: mail programs open links by themselves."""
        asked = self._asked(visit)
        if asked is None:
            return visit.say("unknown", HTTPStatus.NOT_FOUND)
        what = "guardian" if asked.member_id is None else "member"
        text, note = visit.texts[f"{what}_text"], visit.texts[f"{what}_none"]
        return visit.page(what, facts={"name": asked.name}, text=text, note=note, step="guardian", rows=_rows(visit, asked))

    async def take(self, visit: Visit) -> Response:
        asked = self._asked(visit)
        if asked is None:
            return visit.say("unknown", HTTPStatus.NOT_FOUND)
        agreement = await agree(self.desk, visit.applied, asked, visit.now)
        return visit.say(agreement, _STATUS[agreement])

    def _asked(self, visit: Visit) -> Asked | None:
        asked = open_asked(self.desk, visit.request.path_params["token"], visit.now)
        applied = self.desk.known(asked.program_id) if asked is not None else None
        if asked is None or applied is None:
            return None
        visit.at(applied)
        return asked


def _rows(visit: Visit, asked: Asked) -> list[tuple[str, str]]:
    texts, program = visit.texts, visit.applied.program
    given = [program.consents[wish.purpose].text for wish in asked.consents if wish.given and wish.purpose in program.consents]
    said = [
        (texts["guardian_name"], asked.display_name),
        (texts["guardian_email"], asked.email),
        (texts["guardian_phone"], asked.phone),
        (texts["guardian_born"], format_date(asked.birth_date, locale=visit.language)),
        *((texts["guardian_consents"], in_language(text, visit.language, program.default_locale)) for text in given),
    ]
    return [(name, value) for name, value in said if value]
