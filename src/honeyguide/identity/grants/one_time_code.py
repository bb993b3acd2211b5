"""urn:honeyguide:grant-type:one-time-code: an address and the code that was sent there become a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from honeyguide.identity.grants.grant import Form, SessionGranted, SessionRefused, missing
from honeyguide.identity.sessions.desk import SignInDesk, spoken
from honeyguide.identity.sessions.sign_in import CodeRejected, SignedIn, SignInRequest, sign_in
from honeyguide.members.joining import Joining, NotJoined
from honeyguide.members.set_consent import ConsentWish

GRANT_TYPE: Final = "urn:honeyguide:grant-type:one-time-code"
_MOST_CONSENTS = 50

# For the developer of an app; what people read is the app's to say, by reason.
_REASONS: Final = {
    "NOT_ALLOWED": "nobody has this address, and the program takes no new members this way",
    "BIRTH_DATE_REQUIRED": "send the same again with birth_date, YYYY-MM-DD",
    "TOO_YOUNG": "below the program's least age; nothing was stored",
    "GUARDIAN_NEEDED": "send the same again with guardian, the e-mail address of a parent or guardian",
    "GUARDIAN_ASKED": "the guardian has a letter; once he agrees, the member signs in with a new code",
    "INVALID_VALUE": "the parameter is not valid",
    "NOT_FOUND": "the program has no such purpose",
}


@dataclass(frozen=True, slots=True)
class OneTimeCodeGrant:
    desk: SignInDesk

    async def __call__(self, form: Form, now: datetime) -> SessionGranted | SessionRefused:
        if "email" not in form or "code" not in form:
            return missing("email", "code")
        applied = self.desk.program(form.get("program"))
        joining = _joining(form)
        if isinstance(joining, SessionRefused):
            return joining
        if applied is None:
            return SessionRefused("invalid_request", "program must be the code of a program")
        language = spoken([form["locale"]] if "locale" in form else [], applied)
        request = SignInRequest(form["email"], form["code"], language, form.get("locale"), form.get("device"), joining=joining)
        match await sign_in(self.desk, applied, request, now):
            case CodeRejected():
                return SessionRefused("invalid_grant", "the code is wrong, used or too old")
            case NotJoined(code=code, path=path):
                return SessionRefused("invalid_grant", _REASONS.get(code, code), code, path[0] if path else None)
            case SignedIn() as signed_in:
                assert signed_in.session_id is not None and signed_in.refresh_token is not None
                return SessionGranted(
                    signed_in.program_id, signed_in.member_id, signed_in.session_id, signed_in.refresh_token, signed_in.joined
                )


def _joining(form: Form) -> Joining | SessionRefused:
    """`consents`: purposes between blanks, all of them given."""
    try:
        born = date.fromisoformat(form["birth_date"]) if "birth_date" in form else None
    except ValueError:
        return SessionRefused("invalid_request", "birth_date is YYYY-MM-DD", "INVALID_VALUE", "birth_date")
    purposes = form.get("consents", "").split()
    if len(purposes) > _MOST_CONSENTS:
        return SessionRefused("invalid_request", "too many consents", "INVALID_VALUE", "consents")
    consents = tuple(ConsentWish(purpose, True) for purpose in purposes)
    return Joining(form.get("display_name"), born, form.get("guardian"), consents, "APP")
