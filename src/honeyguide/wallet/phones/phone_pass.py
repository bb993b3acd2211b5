"""Which pass a phone may speak of: the one whose token it sends, also its former token until the new one has arrived (A25, A40)."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request

from honeyguide.wallet import store
from honeyguide.wallet.apple.pass_json import authentication_token
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.phones import registrations
from honeyguide.wallet.store import PassRow

_AUTHORIZATION = re.compile(r"ApplePass ([A-Za-z0-9_=+/.-]{16,512})", re.ASCII)
_SERIAL = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)
_NO_SUCH_PASS = "0" * 32
# Else a copy of the pass that is registered and never fetches would keep its token alive.
FORMER_FOR = timedelta(days=30)
_FORMER_GENERATIONS = 3  # a phone that was off while the token was replaced twice still finds its way


@dataclass(frozen=True, slots=True)
class Authorized:
    """The pass, and whether the phone still holds a token that was replaced."""

    row: PassRow
    by_former: bool


async def authorized(wallet: Wallet, request: Request) -> Authorized | None:
    """None answers 401; an unknown pass takes as long as a wrong token (A40)."""
    given = request.headers.getlist("authorization")
    header = _AUTHORIZATION.fullmatch(given[0]) if len(given) == 1 else None
    serial, pass_type = request.path_params["serial"], request.path_params["pass_type"]
    row = None
    if header and wallet.pass_types.knows(pass_type) and _SERIAL.fullmatch(serial):
        found = await store.find_pass_by_serial(wallet.database.pool, serial)
        # A serial under another program's pass type is as good as unknown (X2).
        row = found if found and wallet.identity_of(found.key.program_id).pass_type_id == pass_type else None
    token, known_serial, generation = (header[1] if header else ""), row.serial if row else _NO_SUCH_PASS, row.generation if row else 1
    if _token_is(wallet, token, known_serial, generation):
        return Authorized(row, by_former=False) if row else None
    formers = range(max(1, generation - _FORMER_GENERATIONS), generation)
    if row is not None and any(_token_is(wallet, token, row.serial, former) for former in formers):
        return Authorized(row, by_former=True) if await _still_on_former(wallet, row) else None
    return None


def _token_is(wallet: Wallet, given: str, serial: str, generation: int) -> bool:
    identity = wallet.identity
    expected = [authentication_token(key, serial, generation) for key in (identity.token_key, *identity.former_token_keys)]
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in expected)


async def _still_on_former(wallet: Wallet, row: PassRow) -> bool:
    if row.renewed_at is not None and wallet.clock() - row.renewed_at > FORMER_FOR:
        return False
    return row.is_stale or await registrations.phones_lag(wallet.database.pool, row.key, row.tag)
