"""/identify/{token}: the holder of an anonymous card says who he is, and proves it by a code (M64)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from honeyguide.identity.forms import is_plausible
from honeyguide.identity.pages.page import CardLink, Visit, guarded
from honeyguide.identity.sessions.change_email import confirm_email
from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.identity.sessions.send_code import send_address_code
from honeyguide.members.address import read_address
from honeyguide.members.endings import survivor_of
from honeyguide.members.identify_link import open_identify
from honeyguide.till.outcomes import Refusal

_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class IdentifyPage:
    desk: SignInDesk
    card_link: CardLink

    def routes(self) -> list[Route]:
        return [
            Route("/identify/{token}", guarded(self.desk, self.show), methods=["GET"]),
            Route("/identify/{token}", guarded(self.desk, self.take), methods=["POST"]),
        ]

    async def show(self, visit: Visit) -> Response:
        member_id = await self._member(visit)
        return visit.say("unknown", HTTPStatus.NOT_FOUND) if member_id is None else _ask_email(visit)

    async def take(self, visit: Visit) -> Response:
        member_id = await self._member(visit)
        if member_id is None:
            return visit.say("unknown", HTTPStatus.NOT_FOUND)
        if visit.form.get("step") == "code":
            return await self._confirm(visit, member_id)
        email = visit.form.get("email", "").strip()
        if not is_plausible(email):
            return _ask_email(visit, visit.texts["email_wrong"])
        if not self.desk.outbox.delivers:
            return visit.say("away", HTTPStatus.NOT_FOUND)
        if (later := visit.may(self.desk.limits.codes)) is not None:
            return later
        if not await send_address_code(self.desk, visit.applied, member_id, email, visit.language, visit.now):
            return _ask_email(visit, visit.texts["email_wrong"])
        return _ask_code(visit, email)

    async def _confirm(self, visit: Visit, member_id: UUID) -> Response:
        if (later := visit.may_still(self.desk.limits.wrong)) is not None:
            return later
        email, code = visit.form.get("email", ""), visit.form.get("code", "")
        answer = await confirm_email(self.desk, visit.applied, member_id, email, code, visit.language, visit.now)
        if isinstance(answer, Refusal):
            self.desk.limits.wrong.owe(visit.address)
            return _ask_code(visit, email, visit.texts["wrong"])
        return visit.say("identified", link=await self.card_link(visit.applied, member_id, visit.now))

    async def _member(self, visit: Visit) -> UUID | None:
        """Whose card it is, as long as nobody said so: the link of a member who is known changes nothing of him."""
        token = visit.request.path_params["token"]
        opened = open_identify(self.desk.secrets, token, visit.now) if len(token) <= _LONGEST_TOKEN else None
        applied = self.desk.known(opened[0]) if opened is not None else None
        if opened is None or applied is None:
            return None
        visit.at(applied)
        pool = self.desk.database.pool
        survivor = await survivor_of(pool, applied.program_id, opened[1])
        reached = await read_address(pool, applied.program_id, survivor.member_id) if survivor is not None else None
        return survivor.member_id if survivor is not None and reached is not None and reached.is_anonymous else None


def _ask_email(visit: Visit, wrong: str | None = None) -> Response:
    status = HTTPStatus.OK if wrong is None else HTTPStatus.BAD_REQUEST
    email = visit.form.get("email", "")[:254]
    return visit.page("identify", status, text=visit.texts["identify"], step="email", wrong=wrong, email=email, anonymous=False, birth=None)


def _ask_code(visit: Visit, email: str, wrong: str | None = None) -> Response:
    status = HTTPStatus.OK if wrong is None else HTTPStatus.BAD_REQUEST
    return visit.page("code", status, text=visit.texts["code"].format(email=email), step="code", wrong=wrong, fields={"email": email})
