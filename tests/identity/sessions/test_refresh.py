"""Refresh tokens change with each use; whoever uses an old, forged or foreign one gets nothing, and an old one ends its whole session."""

import asyncio
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from builders.eventually import eventually
from builders.platform import running_platform
from builders.signing_in import ME, SigningIn, open_program
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.identity.revocations import POLL_SECONDS, REVOCATION_SECONDS
from honeyguide.identity.sessions.refresh_token import RefreshToken, open_refresh, refresh_key, seal_refresh
from honeyguide.programs.apply_program import apply_program
from honeyguide.testing.mail import code_in


async def test_a_refresh_token_becomes_the_next_one_of_the_same_session(door: SigningIn) -> None:
    first = await door.sign_in("anna@example.test")

    second = (await door.refresh(first["refresh_token"])).json()

    assert second["refresh_token"] != first["refresh_token"] and second["expires_in"] == 600
    assert (await door.me(second["access_token"])).status_code == 200


async def test_an_old_refresh_token_ends_the_whole_session_and_the_member_hears_of_it(door: SigningIn) -> None:
    first = await door.sign_in("anna@example.test")
    second = (await door.refresh(first["refresh_token"])).json()
    third = (await door.refresh(second["refresh_token"])).json()
    letters = len(door.mail.letters)

    stolen = await door.refresh(first["refresh_token"])

    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await door.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"
    await eventually(lambda: is_out(door, third["access_token"]))
    await door.mail.wait_for(letters + 1)
    assert "signed you out" in str(door.mail.letters[-1]["Subject"]) and door.mail.faults == []
    pool = door.platform.services.database.pool
    assert await pool.fetchval("SELECT count(*) FROM audit WHERE action = 'END_SESSION'") == 1


async def test_other_sessions_of_the_member_go_on(door: SigningIn) -> None:
    phone, tablet = await door.sign_in("anna@example.test"), await door.sign_in("anna@example.test")
    await door.refresh(phone["refresh_token"])
    await door.refresh(phone["refresh_token"])

    assert (await door.refresh(tablet["refresh_token"])).status_code == 200


async def test_of_two_refreshes_at_once_one_wins_and_the_session_ends_as_nobody_can_say_which_was_the_thief(door: SigningIn) -> None:
    first = await door.sign_in("anna@example.test")

    answers = await asyncio.gather(*(door.refresh(first["refresh_token"]) for _ in range(5)))

    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1 and {answer.status_code for answer in answers} == {200, 400}
    assert (await door.refresh(won[0].json()["refresh_token"])).status_code == 400


async def test_a_session_ends_thirty_days_after_its_last_use_and_a_hundred_and_eighty_after_its_first(door: SigningIn) -> None:
    idle, used = await door.sign_in("idle@example.test"), await door.sign_in("used@example.test")
    token = used["refresh_token"]
    for _ in range(6):
        door.clock.move(days=29)
        token = (await door.refresh(token)).json()["refresh_token"]

    assert (await door.refresh(idle["refresh_token"])).status_code == 400
    door.clock.move(days=6, seconds=1)
    assert (await door.refresh(token)).status_code == 400


async def test_a_forged_token_and_one_cut_or_changed_are_nobodys_and_end_nothing(door: SigningIn) -> None:
    good = (await door.sign_in("anna@example.test"))["refresh_token"]
    session = open_refresh(door.platform.services.sign_in_desk.refresh_key, good)
    assert session is not None
    old = RefreshToken(session.program_id, session.member_id, session.session_id, 0, bytes(32))
    forged = seal_refresh(refresh_key(b"another key of forty characters, at least"), old)

    for bad in (forged, good[:-1], good[:-2] + "AA", good.upper(), "hgr_", "x" * 5_000, "\u00e4", good + "\n"):
        assert (await door.refresh(bad)).json()["error"] in ("invalid_grant", "invalid_request")

    assert (await door.refresh(good)).status_code == 200


async def test_a_refresh_token_serves_its_program_and_no_api(door: SigningIn) -> None:
    async with door.platform.services.database.transaction() as connection:
        await apply_program(
            connection, source=open_program().replace("code: grocer-and-fuel", "code: other", 1), applied_by="t", now=door.clock()
        )
    await door.platform.services.programs.refresh()
    token = (await door.sign_in("anna@example.test", program=_code(door)))["refresh_token"]

    foreign = await door.refresh(token, program="other")
    as_access = await door.me(token)

    assert (foreign.status_code, as_access.status_code) == (400, 401)
    assert (await door.refresh(token, program=_code(door))).status_code == 200


async def is_out(door: SigningIn, access_token: str) -> bool:
    return bool((await door.me(access_token)).status_code == 401)


def _code(door: SigningIn) -> str:
    return str(door.platform.services.programs.current(door.platform.program_id).program.code)


async def test_a_token_in_the_address_or_beside_a_client_is_refused(door: SigningIn) -> None:
    token = (await door.sign_in("anna@example.test"))["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}

    in_url = await door.http.post(f"/oauth/token?refresh_token={token}", data=form)
    with_client = await door.http.post("/oauth/token", data=form, headers={"Authorization": "Basic eDp5"})
    twice = await door.http.post(
        "/oauth/token", content=f"grant_type=refresh_token&refresh_token={token}&refresh_token={token}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip

    assert {answer.status_code for answer in (in_url, with_client, twice)} == {400}
    assert (await door.refresh(token)).status_code == 200


async def test_signing_out_ends_the_session_and_says_200_of_anything(door: SigningIn) -> None:
    answer = await door.sign_in("anna@example.test")

    ended = await door.http.post("/oauth/revoke", data={"token": answer["refresh_token"], "token_type_hint": "refresh_token"})
    nothing = await door.http.post("/oauth/revoke", data={"token": "nonsense"})

    assert (ended.status_code, nothing.status_code) == (200, 200)
    assert (await door.refresh(answer["refresh_token"])).status_code == 400
    await eventually(lambda: is_out(door, answer["access_token"]))


async def test_the_end_of_a_session_is_known_in_the_other_process_within_a_second(
    door: SigningIn, database: Database, database_url: str, home: Path
) -> None:
    async with running_platform(database, database_url, home, open_program(), clock=door.clock) as other:
        answer = await door.sign_in("anna@example.test")
        seen = await other.send(Audience.MEMBER, answer["access_token"], {"query": ME})
        await door.http.post("/oauth/revoke", data={"token": answer["refresh_token"]})

        async def gone() -> bool:
            return (await other.send(Audience.MEMBER, answer["access_token"], {"query": ME})).status_code == 401

        await eventually(gone)

    assert seen.status_code == 200 and 2 * POLL_SECONDS <= REVOCATION_SECONDS == 1


async def test_a_member_sees_where_he_is_signed_in_and_signs_devices_out(door: SigningIn) -> None:
    phone, tablet = (
        await door.sign_in("anna@example.test", device="Anna's phone"),
        await door.sign_in("anna@example.test", device="Tablet\u202e"),
    )
    await door.sign_in("eve@example.test")
    seen = (await _ask(door, phone, "{ me { sessions { id device isCurrent } } }"))["me"]["sessions"]

    assert sorted((one["device"], one["isCurrent"]) for one in seen) == [("Anna's phone", True), ("Tablet", False)]
    other = next(one["id"] for one in seen if not one["isCurrent"])
    ended = await _ask(door, phone, "mutation($input: EndSessionInput!) { endSession(input: $input) { ended } }", {"id": other})
    assert ended["endSession"]["ended"] == 1 and (await door.me(tablet["access_token"])).status_code == 401
    assert (await door.me(phone["access_token"])).status_code == 200
    all_ = await _ask(
        door, phone, "mutation($input: EndAllSessionsInput!) { endAllSessions(input: $input) { ended } }", {"keepCurrent": True}
    )
    assert all_["endAllSessions"]["ended"] == 0


async def test_another_members_session_cannot_be_ended(door: SigningIn) -> None:
    anna, eve = await door.sign_in("anna@example.test"), await door.sign_in("eve@example.test")
    [session] = (await _ask(door, anna, "{ me { sessions { id } } }"))["me"]["sessions"]

    for id in (session["id"], str(uuid4()), "x", ""):
        tried = await _ask(door, eve, "mutation($input: EndSessionInput!) { endSession(input: $input) { ended } }", {"id": id})
        assert tried["endSession"]["ended"] == 0
    assert (await door.me(anna["access_token"])).status_code == 200


async def test_a_member_is_signed_in_in_so_many_places_at_most(door: SigningIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("honeyguide.identity.sessions.store.MOST_SESSIONS", 3)
    pool, first = door.platform.services.database.pool, await door.sign_in("anna@example.test")
    for _ in range(4):
        door.clock.move(minutes=15)
        await door.sign_in("anna@example.test")

    alive = await pool.fetchval("SELECT count(*) FROM session WHERE revoked_at IS NULL")
    assert alive == 3 and (await door.refresh(first["refresh_token"])).status_code == 400


async def test_who_left_is_signed_in_no_longer(door: SigningIn) -> None:
    answer = await door.sign_in("anna@example.test")
    member_id = await door.member_of("anna@example.test")
    pool = door.platform.services.database.pool
    await pool.execute("UPDATE member SET status = 'CLOSED', closed_at = now() WHERE member_id = $1", member_id)

    assert (await door.refresh(answer["refresh_token"])).status_code == 400


async def test_an_erased_person_leaves_no_device_behind(door: SigningIn) -> None:
    answer = await door.sign_in("anna@example.test", device="Anna's phone")
    member_id = await door.member_of("anna@example.test")
    assert member_id is not None
    id = str(NodeId(NodeKind.MEMBER, member_id))
    given = {
        "idempotencyKey": "erase-anna",
        "member": id,
        "reason": "REQUESTED",
    }
    erase = "mutation($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }"
    erased = await door.platform.send(
        Audience.OPERATOR, door.platform.token(Audience.OPERATOR, "olivia"), {"query": erase, "variables": {"input": given}}
    )
    assert "errors" not in erased.json(), erased.text

    row = await door.platform.services.database.pool.fetchrow(
        "SELECT device, secret_hash, revoked_at FROM session WHERE member_id = $1", member_id
    )
    assert (row["device"], row["secret_hash"]) == (None, None) and row["revoked_at"]
    assert (await door.refresh(answer["refresh_token"])).status_code == 400


async def test_a_member_changes_the_address_by_a_code_and_the_old_address_is_told(door: SigningIn) -> None:
    answer = await door.sign_in("anna@example.test")
    await _ask(door, answer, CHANGE, {"email": "new@example.test"})
    await door.mail.wait_for(2)
    code = _code_of(door)

    wrong = (await _ask(door, answer, CONFIRM, {"email": "new@example.test", "code": f"{(int(code) + 1) % 10**8:08}"}))["confirmEmail"]
    right = (await _ask(door, answer, CONFIRM, {"email": "new@example.test", "code": code}))["confirmEmail"]

    assert (wrong["code"], right) == ("CODE_REJECTED", {"email": "new@example.test"})
    await door.mail.wait_for(3)
    assert [str(letter["To"]) for letter in door.mail.letters[1:]] == ["new@example.test", "anna@example.test"]
    assert await door.member_of("anna@example.test") is None and await door.member_of("new@example.test") is not None


async def test_an_address_of_another_member_is_answered_alike_and_its_owner_is_told(door: SigningIn) -> None:
    owner = await door.platform.enrol("owner@example.test")
    answer = await door.sign_in("anna@example.test")

    taken = await _ask(door, answer, CHANGE, {"email": "owner@example.test"})
    free = await _ask(door, answer, CHANGE, {"email": "free@example.test"})
    await door.mail.wait_for(3)
    tried = (await _ask(door, answer, CONFIRM, {"email": "owner@example.test", "code": "12345678"}))["confirmEmail"]

    assert taken == free and tried["code"] == "CODE_REJECTED"
    assert "member" in str(door.mail.to("owner@example.test")[0]["Subject"]) and await door.member_of("owner@example.test") == owner


async def test_a_code_to_sign_in_changes_no_address_and_the_other_way_round(door: SigningIn) -> None:
    answer = await door.sign_in("anna@example.test")
    sign_in_code = await door.code("new@example.test")
    await _ask(door, answer, CHANGE, {"email": "new@example.test"})
    await door.mail.wait_for(3)

    wrong = (await _ask(door, answer, CONFIRM, {"email": "new@example.test", "code": sign_in_code}))["confirmEmail"]
    other_way = await door.token(email="new@example.test", code=_code_of(door))

    assert (wrong["code"], other_way.status_code) == ("CODE_REJECTED", 400)


async def test_a_member_writes_to_few_strangers(door: SigningIn) -> None:
    answer = await door.sign_in("anna@example.test")
    said = [
        (
            await door.platform.send(
                Audience.MEMBER, answer["access_token"], {"query": CHANGE, "variables": {"input": {"email": f"s{n}@example.test"}}}
            )
        ).json()
        for n in range(8)
    ]

    assert [("errors" in one) for one in said] == [False] * 5 + [True] * 3


CHANGE = "mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { ... on EmailCodeSent { sent } ... on UserError { code } } }"
CONFIRM = (
    "mutation($input: ConfirmEmailInput!) { confirmEmail(input: $input) { ... on EmailConfirmed { email } ... on UserError { code } } }"
)


def _code_of(door: SigningIn) -> str:
    return code_in(door.mail.letters[-1])


async def _ask(
    door: SigningIn, signed_in: dict[str, str], document: str, given: dict[str, object] | None = None
) -> dict[str, dict[str, object]]:
    answer: httpx.Response = await door.platform.send(
        Audience.MEMBER, signed_in["access_token"], {"query": document, "variables": {"input": given} if given is not None else {}}
    )
    assert "errors" not in answer.json(), answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]
