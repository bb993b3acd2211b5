"""refresh_token (RFC 6749, 6): a session's newest token becomes the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from honeyguide.identity.grants.grant import Form, SessionGranted, SessionRefused, missing
from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.identity.sessions.refresh import refresh

GRANT_TYPE: Final = "refresh_token"


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    desk: SignInDesk

    async def __call__(self, form: Form, now: datetime) -> SessionGranted | SessionRefused:
        if "refresh_token" not in form:
            return missing("refresh_token")
        refreshed = await refresh(self.desk, form["refresh_token"], form.get("program"), now)
        if refreshed is None:
            return SessionRefused("invalid_grant", "sign in again with a new code")
        return SessionGranted(refreshed.program_id, refreshed.member_id, refreshed.session_id, refreshed.refresh_token)
