"""People's rights over the API: who they are, what they consent to, when they are left alone (R57)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from builders.platform import ENROL, GALLERY, Platform, key, running_platform
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.members.confirm_guardian import confirm_guardian
from honeyguide.members.set_consent import ConsentWish
from honeyguide.wallet.store import PassKey

CONSENT = """
mutation ($input: SetConsentInput!) {
  setConsent(input: $input) {
    __typename
    ... on ConsentSet { replayed consent { purpose text given at source version } }
    ... on UserError { code path message }
  }
}
"""
PROFILE = """
mutation ($input: UpdateProfileInput!) {
  updateProfile(input: $input) {
    __typename
    ... on ProfileUpdated { replayed member { displayName locale birthDate quietHours { from until timeZone isOwn } } }
    ... on UserError { code path message }
  }
}
"""
ME = "{ me { displayName locale birthDate consents { purpose given at source version } quietHours { from until timeZone isOwn } } }"
AGE = GALLERY.read_text().replace("quiet_hours:", "age: {minimum: 13, guardian_until: 16}\nquiet_hours:")


async def consent(platform: Platform, member: UUID, purpose: str, given: bool, **more: Any) -> Any:
    sent = {"idempotencyKey": key(), "purpose": purpose, "given": given, **more}
    return (await platform.as_member(member, CONSENT, {"input": sent}))["setConsent"]


async def profile(platform: Platform, member: UUID, **more: Any) -> Any:
    return (await platform.as_member(member, PROFILE, {"input": {"idempotencyKey": key(), **more}}))["updateProfile"]


async def test_r57_a_consent_has_its_source_and_time_and_is_withdrawn_as_easily_as_it_was_given(platform: Platform) -> None:
    anna = await platform.enrol()

    before = (await platform.as_member(anna, ME))["me"]["consents"]
    given = await consent(platform, anna, "newsletter", True)
    platform.clock.move(minutes=1)
    withdrawn = await consent(platform, anna, "newsletter", False)

    assert before[0] == {"purpose": "newsletter", "given": False, "at": None, "source": None, "version": None}
    assert given["consent"] == {
        "purpose": "newsletter",
        "text": "You may write to me about offers. I can say no again at any time.",
        "given": True,
        "at": "2026-11-22T12:00:00Z",
        "source": "APP",
        "version": 1,
    }
    assert (withdrawn["consent"]["given"], withdrawn["consent"]["at"]) == (False, "2026-11-22T12:01:00Z")
    seen = await platform.as_operator('{ member(by: { email: "anna@example.test" }) { consents { purpose given source } } }')
    assert seen["member"]["consents"][0] == {"purpose": "newsletter", "given": False, "source": "APP"}
    assert await platform.services.database.pool.fetchval("SELECT count(*) FROM consent") == 2


async def test_a_consent_said_again_is_kept_once_and_a_key_is_answered_as_before(platform: Platform) -> None:
    anna, body = await platform.enrol(), {"idempotencyKey": key()}

    first = await consent(platform, anna, "newsletter", True, **body)
    again = await consent(platform, anna, "newsletter", True, **body)
    other = await consent(platform, anna, "newsletter", False, **body)
    same = await consent(platform, anna, "newsletter", True)

    assert (first["replayed"], again["replayed"], same["replayed"]) == (False, True, False)
    assert (other["__typename"], first["consent"], same["consent"]) == ("IdempotencyConflict", again["consent"], again["consent"])
    assert await platform.services.database.pool.fetchval("SELECT count(*) FROM consent") == 1


async def test_a_purpose_that_the_program_does_not_ask_for_and_a_flood_are_refused_but_never_a_no(platform: Platform) -> None:
    anna = await platform.enrol()

    unknown = await consent(platform, anna, "everything", True)
    for _ in range(20):
        await consent(platform, anna, "newsletter", True)
        await consent(platform, anna, "newsletter", False)
    flood = await consent(platform, anna, "newsletter", True)
    no = await consent(platform, anna, "newsletter", False)

    assert (unknown["code"], unknown["path"]) == ("NOT_FOUND", ["purpose"])
    assert (flood["code"], no["__typename"]) == ("LIMIT_EXCEEDED", "ConsentSet")


async def test_a_consent_given_at_the_till_names_the_partner(platform: Platform) -> None:
    anna = await platform.enrol(consents=[{"purpose": "newsletter", "given": True}, {"purpose": "profiling", "given": False}])

    said = (await platform.as_member(anna, ME))["me"]["consents"]

    assert [(one["purpose"], one["given"], one["source"]) for one in said] == [
        ("newsletter", True, "PARTNER"),
        ("profiling", False, "PARTNER"),
    ]


async def test_who_is_a_member_already_consents_to_nothing_at_a_strangers_till(platform: Platform) -> None:
    anna = await platform.enrol()

    await platform.enrol(consents=[{"purpose": "newsletter", "given": True}], displayName="Mallory", birthDate="1990-01-01")

    told = (await platform.as_member(anna, ME))["me"]
    assert (told["displayName"], told["birthDate"], [one["given"] for one in told["consents"]]) == (None, None, [False, False])


async def test_members_say_who_they_are_and_when_they_are_left_alone(platform: Platform) -> None:
    anna, body = await platform.enrol(), {"idempotencyKey": key()}
    wish = {
        "displayName": "  Anna\u0301 Nguye\u0302\u0303n ",
        "locale": "de-at",
        "timeZone": "Asia/Tokyo",
        "quietHours": {"from": "20:00", "until": "06:30"},
        "birthDate": "1990-02-28",
    }

    updated = await profile(platform, anna, **body, **wish)
    again = await profile(platform, anna, **body, **wish)
    taken_away = await profile(platform, anna, displayName=None, timeZone=None, quietHours=None)

    shown = {"from": "20:00", "until": "06:30", "timeZone": "Asia/Tokyo", "isOwn": True}
    expected = {"displayName": "Anná Nguyễn", "locale": "de-AT", "birthDate": "1990-02-28", "quietHours": shown}
    assert (updated["member"], updated["replayed"]) == (expected, False)
    assert (again["member"], again["replayed"]) == (expected, True)
    programs = {"from": "21:00", "until": "08:00", "timeZone": "UTC", "isOwn": False}
    assert taken_away["member"] == {"displayName": None, "locale": "de-AT", "birthDate": "1990-02-28", "quietHours": programs}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"displayName": ""}, "displayName"),
        ({"displayName": "x" * 81}, "displayName"),
        ({"displayName": "Anna\u202egnp.exe"}, "displayName"),
        ({"displayName": "Anna\nBcc: all@example.test"}, "displayName"),
        ({"displayName": "A" + "\u0301" * 9}, "displayName"),
        ({"displayName": "\u200d"}, "displayName"),
        ({"locale": "xx-notalanguage"}, "locale"),
        ({"locale": None}, "locale"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"timeZone": "../../etc/passwd"}, "timeZone"),
        ({"quietHours": {"from": "24:00", "until": "08:00"}}, "quietHours"),
        ({"quietHours": {"from": "21:00", "until": "8"}}, "quietHours"),
        ({"birthDate": "2026-11-23"}, "birthDate"),
        ({"birthDate": "1900-01-01"}, "birthDate"),
    ],
)
async def test_what_is_no_name_language_zone_hour_or_birth_date_changes_nothing(platform: Platform, change: Any, path: str) -> None:
    anna = await platform.enrol()
    before = await platform.as_member(anna, ME)

    refused = await profile(platform, anna, **{"displayName": "Anna", **change})

    assert (refused["code"], refused["path"]) == ("INVALID_VALUE", [path])
    assert await platform.as_member(anna, ME) == before


async def test_a_birth_date_is_set_once(platform: Platform) -> None:
    anna = await platform.enrol()

    first = await profile(platform, anna, birthDate="1990-02-28")
    same = await profile(platform, anna, birthDate="1990-02-28")
    other = await profile(platform, anna, birthDate="1970-02-28", displayName="Anna")

    assert (first["__typename"], same["__typename"]) == ("ProfileUpdated", "ProfileUpdated")
    assert (other["code"], other["path"]) == ("ALREADY_EXISTS", ["birthDate"])
    assert (await platform.as_member(anna, ME))["me"]["displayName"] is None


async def test_a_birth_date_is_corrected_by_an_operator_and_the_trail_keeps_who(platform: Platform) -> None:
    anna = await platform.enrol()
    await profile(platform, anna, birthDate="1990-02-28")
    found = await platform.as_operator('{ member(by: { email: "anna@example.test" }) { id } }')
    correct = """
    mutation ($input: CorrectBirthDateInput!) {
      correctBirthDate(input: $input) {
        __typename ... on BirthDateCorrected { replayed member { birthDate } } ... on UserError { code path }
      }
    }
    """
    sent = {"idempotencyKey": key(), "member": found["member"]["id"], "birthDate": "1991-02-28"}

    corrected = (await platform.as_operator(correct, {"input": sent}))["correctBirthDate"]
    future = (await platform.as_operator(correct, {"input": {**sent, "idempotencyKey": key(), "birthDate": "2030-01-01"}}))[
        "correctBirthDate"
    ]
    nobody = (await platform.as_operator(correct, {"input": {**sent, "member": "bm9ib2R5"}}))["correctBirthDate"]

    assert corrected == {"__typename": "BirthDateCorrected", "replayed": False, "member": {"birthDate": "1991-02-28"}}
    assert (future["code"], nobody["code"]) == ("INVALID_VALUE", "MEMBER_NOT_FOUND")
    row = await platform.services.database.pool.fetchrow("SELECT actor, subject, detail::text FROM audit WHERE action = 'CHANGE_MEMBER'")
    assert tuple(row) == ("operator:olivia", str(anna), "{}")


async def test_a_new_name_redraws_the_card(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.as_member(anna, 'mutation { issuePass(input: { style: "membership" }) { __typename } }')
    wallet, pool = platform.services.wallet, platform.services.database.pool
    key_ = PassKey(*(await pool.fetchrow("SELECT program_id, member_id, pass_id FROM pass")))
    await wallet.publisher.publish(key_, platform.clock())

    await profile(platform, anna, displayName="Anna Schmidt")

    stale = await pool.fetchval("SELECT shown < changed FROM pass")
    await wallet.publisher.publish(key_, platform.clock())
    row = await pool.fetchrow("SELECT face::text, shown < changed AS stale FROM pass")
    assert (stale, "Anna Schmidt" in row["face"], row["stale"]) == (True, True, False)


async def test_what_need_not_be_searched_is_not_readable_in_the_database(platform: Platform) -> None:
    anna = await platform.enrol()
    await profile(platform, anna, birthDate="1990-02-28", timeZone="Asia/Tokyo", quietHours={"from": "20:00", "until": "06:30"})

    row = await platform.services.database.pool.fetchrow("SELECT birth_date, time_zone, quiet_hours FROM person")

    assert all(plain not in sealed for plain, sealed in zip((b"1990", b"Tokyo", b"20:00"), row, strict=True))


async def enrol(platform: Platform, **more: Any) -> Any:
    given = {"idempotencyKey": key(), "email": "kim@example.test", **more}
    return (await platform.as_partner("grocer", ENROL, {"input": given}))["enrollMember"]


async def test_r57_who_is_too_young_is_refused_and_nothing_is_stored(database: Database, database_url: str, tmp_path: Any) -> None:
    async with running_platform(database, database_url, tmp_path, AGE) as platform:
        await platform.partner_token("grocer")

        missing = await enrol(platform)
        too_young = await enrol(platform, birthDate="2013-11-23")
        alone = await enrol(platform, birthDate="2013-11-22")
        joined = await enrol(platform, birthDate="1990-01-01")

        assert (missing["code"], missing["path"]) == ("BIRTH_DATE_REQUIRED", ["birthDate"])
        assert (too_young["code"], too_young["path"]) == ("TOO_YOUNG", ["birthDate"])
        assert (alone["code"], alone["path"]) == ("GUARDIAN_NEEDED", ["guardian"])
        assert joined["__typename"] == "MemberEnrolled"
        counts = (
            "SELECT (SELECT count(*) FROM member), (SELECT count(*) FROM person), (SELECT count(*) FROM identifier WHERE kind = 'email')"
        )
        assert tuple(await database.pool.fetchrow(counts)) == (1, 1, 1)
        assert await broken_rows(database.pool) == []


async def test_r57_a_young_member_consents_only_with_the_guardian(database: Database, database_url: str, tmp_path: Any) -> None:
    async with running_platform(database, database_url, tmp_path, AGE) as platform:
        wish = [{"purpose": "newsletter", "given": True}]
        kim = await platform.enrol("kim@example.test", birthDate="2012-01-01", guardian="Parent@Example.test", consents=wish)
        vault, applied = platform.services.vault, platform.services.programs.current(platform.program_id)

        before = await consent(platform, kim, "newsletter", True)
        stranger = await confirm_guardian(database, vault, applied, kim, "mallory@example.test", (), platform.clock())
        agreed = await confirm_guardian(
            database, vault, applied, kim, "parent@example.test", [ConsentWish("newsletter", given=True)], platform.clock()
        )

        said = (await platform.as_member(kim, ME))["me"]["consents"]
        assert (before["code"], stranger, agreed) == ("GUARDIAN_NEEDED", False, True)
        assert (said[0]["given"], said[0]["source"]) == (True, "GUARDIAN")
        assert (await consent(platform, kim, "newsletter", False))["__typename"] == "ConsentSet"
        assert (await platform.as_member(kim, ME))["me"]["birthDate"] == date(2012, 1, 1).isoformat()
