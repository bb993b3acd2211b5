"""A person takes the data along: everything that is held, as of one moment, behind a link that opens once (GDPR 15 and 20, R57)."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pypdf
import pypdf.generic
import pytest
from click.testing import CliRunner

from builders.platform import Platform, key
from honeyguide.caller import Audience
from honeyguide.export.as_pdf import draw
from honeyguide.export.command import export_command
from honeyguide.export.export_link import ExportFormat, ExportLink, open_link, seal_link
from honeyguide.export.parts import LEFT_OUT, PARTS
from honeyguide.export.words import TITLES

EXPORT = """
mutation ($input: ExportMyDataInput!) {
  exportMyData(input: $input) { __typename ... on DataExported { url expiresAt } ... on UserError { code path } }
}
"""
PROFILE = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { __typename } }"
CONSENT = "mutation ($input: SetConsentInput!) { setConsent(input: $input) { __typename } }"


async def link(platform: Platform, member: UUID, form: str = "JSON", **headers: str) -> Any:
    return (await platform.as_member(member, EXPORT, {"input": {"format": form}}, **headers))["exportMyData"]


async def data(platform: Platform, member: UUID) -> Any:
    answer = await platform.http.get((await link(platform, member))["url"])
    assert answer.status_code == 200, answer.text
    return orjson.loads(answer.content)


async def pdf(platform: Platform, member: UUID, **headers: str) -> str:
    answer = await platform.http.get((await link(platform, member, "PDF", **headers))["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


async def anna_of(platform: Platform, name: str = "Anna Schmidt") -> UUID:
    anna = await platform.enrol(phone="+12025550123", consents=[{"purpose": "newsletter", "given": True}])
    profile = {"idempotencyKey": key(), "displayName": name, "birthDate": "1990-02-28", "quietHours": {"from": "20:00", "until": "07:00"}}
    await platform.as_member(anna, PROFILE, {"input": profile})
    await platform.post("79.90", reference="receipt-1")
    await platform.post("10.00", occurredAt="2020-01-01T12:00:00Z")  # parked
    await platform.as_member(anna, 'mutation { issuePass(input: { style: "membership" }) { __typename } }')
    await platform.as_operator('{ member(by: { email: "anna@example.test" }) { displayName } }')  # somebody looks
    return anna


async def test_everything_that_is_held_of_a_person_is_in_the_json(platform: Platform) -> None:
    anna = await anna_of(platform)

    held = await data(platform, anna)

    assert list(held)[:5] == ["format", "version", "exported_at", "language", "program"]
    assert set(held) - {"format", "version", "exported_at", "language", "program"} == {part.name for part in PARTS}
    (profile,) = held["profile"]
    expected = {"display_name": "Anna Schmidt", "email": "anna@example.test", "phone": "+12025550123", "birth_date": "1990-02-28"}
    assert profile.items() >= expected.items()
    assert profile["quiet_hours"] == {"from": "20:00", "until": "07:00"}
    assert {one["kind"] for one in held["identifiers"]} >= {"number", "email", "phone", "barcode"}
    assert [(one["purpose"], one["given"], one["source"], one["partner"]) for one in held["consents"]] == [
        ("newsletter", True, "PARTNER", "Grocer")
    ]
    bought = next(one for one in held["transactions"] if one["kind"] == "PURCHASE")
    assert (bought["amount"], bought["currency"], bought["partner"], bought["reference"]) == ("79.90", "USD", "Grocer", "receipt-1")
    assert bought["detail"]["lines"][0]["amount"] == 7990
    assert any(reason.startswith("Points on every purchase: 1 point per $1.00") for reason in bought["because"])
    assert (bought["moved"][0]["unit"], held["lots"][0]["issued"]) == ("points", bought["moved"][0]["quantity"])
    assert held["parked_posts"][0]["partner"] == "Grocer"
    assert held["looks"] == [] or {"at", "action", "by"} == set(held["looks"][0])
    assert (len(held["passes"]), len(held["tiers"]), held["merges"], held["household"]) == (1, 1, [], [])


async def test_an_export_has_no_secrets_and_nobody_elses_data(platform: Platform) -> None:
    anna, bert = await anna_of(platform), await platform.enrol("bert@example.test")
    pool = platform.services.database.pool

    text = orjson.dumps(await data(platform, anna)).decode()

    number = await pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", bert)
    assert [one for one in ("bert@example.test", str(bert), number, "olivia", "push_token", "secret", "sealed") if one in text] == []


async def test_whom_the_person_was_merged_with_is_the_same_person(platform: Platform) -> None:
    anna, other = await platform.enrol(), await platform.enrol("a.smith@example.test")
    await platform.post("79.90", email="a.smith@example.test", reference="as the other")
    merge = "mutation ($input: MergeMembersInput!) { mergeMembers(input: $input) { __typename ... on UserError { code path } } }"
    sent = {
        "idempotencyKey": key(),
        "source": {"email": "a.smith@example.test"},
        "target": {"email": "anna@example.test"},
        "note": "same",
    }
    merged = (await platform.as_operator(merge, {"input": sent}))["mergeMembers"]
    assert merged["__typename"] == "MembersMerged", merged

    held = await data(platform, anna)

    assert [one["email"] for one in held["profile"]] == ["anna@example.test", "a.smith@example.test"]
    assert "as the other" in {one["reference"] for one in held["transactions"]}
    assert len(held["merges"]) == 1
    assert (await link(platform, other))["code"] == "ACCOUNT_CLOSED"


async def test_every_table_with_members_is_in_the_export_or_left_out_for_a_reason(platform: Platform) -> None:
    rows = await platform.services.database.pool.fetch(
        "SELECT DISTINCT table_name::text FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name IN ('member_id', 'members')"
        " AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')"
    )
    told = {table for part in PARTS for table in part.tables}

    assert sorted({row[0] for row in rows} - told - LEFT_OUT.keys()) == []
    assert sorted(told & LEFT_OUT.keys()) == []
    assert sorted(TITLES) == sorted(part.name for part in PARTS)


async def test_when_a_membership_was_frozen_is_told_and_the_notes_of_operators_are_not(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.services.database.pool.execute(
        "INSERT INTO frozen_member (program_id, member_id, freeze_id, reason, frozen_at, frozen_by) VALUES ($1, $2, $2, 'with eve', $3, 'o')",
        platform.program_id,
        anna,
        platform.clock(),
    )

    told = await data(platform, anna)

    assert [set(one) for one in told["freezes"]] == [{"frozen_at", "ended_at"}]
    assert "with eve" not in str(told)


async def test_a_link_opens_once_within_ten_minutes_and_only_as_it_was_sealed(platform: Platform) -> None:
    anna = await platform.enrol()
    first, late = (await link(platform, anna))["url"], (await link(platform, anna))["url"]

    looked = await platform.http.head(first)
    opened = await platform.http.get(first)
    again = await platform.http.get(first)
    forged = await platform.http.get(late[:-1] + ("A" if late[-1] != "A" else "B"))
    platform.clock.move(minutes=10)
    too_late = await platform.http.get(late)

    assert (looked.status_code, opened.status_code) == (200, 200)
    assert [answer.status_code for answer in (again, forged, too_late)] == [404, 404, 404]
    assert len({answer.text for answer in (again, forged, too_late)}) == 1
    assert (opened.headers["cache-control"], opened.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert opened.headers["content-disposition"] == 'attachment; filename="my-data.json"'


async def test_a_member_who_asks_for_exports_again_and_again_is_told_to_wait_and_others_are_not(platform: Platform) -> None:
    anna, bert = await anna_of(platform), await platform.enrol("bert@example.test")
    field = "exportMyData(input: {format: PDF}) { ... on DataExported { url } }"
    many = "mutation { " + " ".join(f"a{n}: {field}" for n in range(15)) + " }"
    body = (await platform.send(Audience.MEMBER, platform.token(Audience.MEMBER, str(anna)), {"query": many})).json()

    codes = [one["extensions"]["code"] for one in body["errors"]]

    assert set(codes) == {"THROTTLED"} and (await link(platform, bert))["__typename"] == "DataExported"


async def test_who_left_gets_nothing_by_a_link_and_all_of_it_from_the_company(
    platform: Platform, database_url: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await platform.enrol()
    url = (await link(platform, anna))["url"]
    number = await platform.services.database.pool.fetchval("SELECT member_number FROM member")
    close = "mutation ($input: CloseAccountInput!) { closeAccount(input: $input) { __typename } }"
    await platform.as_member(anna, close, {"input": {"idempotencyKey": key(), "memberNumber": number}})

    answer = await platform.http.get(url)
    secret = platform.settings.secret_key
    assert secret is not None
    for name, value in {"DATABASE_URL": database_url, "HONEYGUIDE_SECRET_KEY": secret.get_secret_value()}.items():
        monkeypatch.setenv(name, value)
    files = [tmp_path / "anna.json", tmp_path / "anna.pdf"]
    done = [await asyncio.to_thread(CliRunner().invoke, export_command, [number, str(file)]) for file in files]
    again, nobody = [
        await asyncio.to_thread(CliRunner().invoke, export_command, [*arguments])
        for arguments in ((number, str(files[0])), ("999", str(tmp_path / "nobody.json")))
    ]

    assert (answer.status_code, (await link(platform, anna))["code"]) == (404, "ACCOUNT_CLOSED")
    assert [one.exit_code for one in done] == [0, 0], done
    told = orjson.loads(files[0].read_bytes())
    assert [(one["status"], one["email"]) for one in told["profile"]] == [("CLOSED", "anna@example.test")]
    assert files[1].read_bytes().startswith(b"%PDF") and {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert "File exists" in again.output and "no member has this number" in nobody.output
    assert sorted(tmp_path.glob("*.*")) == files
    looks = "SELECT count(*) FROM audit WHERE actor LIKE 'cli:%' AND action = 'LOOK' AND $1 = ANY(members)"
    assert await platform.services.database.pool.fetchval(looks, anna) == 2


async def test_a_pdf_says_the_same_in_the_readers_language_on_numbered_pages(platform: Platform) -> None:
    anna = await anna_of(platform)

    english, german = await pdf(platform, anna), await pdf(platform, anna, Accept_Language="de")

    for said in (
        "Your data at Honeyguide Rewards",
        "Anna Schmidt",
        "anna@example.test",
        "receipt-1",
        "Points on every purchase",
        "Page 1 of",
    ):
        assert said in " ".join(english.split()), said
    for said in ("Ihre Daten bei Honeyguide Vorteile", "Anna Schmidt", "Ihre Einwilligungen", "Punkte auf jeden Einkauf", "Seite 1 von"):
        assert said in " ".join(german.split()), said


@pytest.mark.parametrize("name", ["Ελένη Παπαδοπούλου", "Анна Шмидт", "Đặng Thị Nguyễn", "Łukasz Żółć"])
async def test_names_of_other_alphabets_stand_in_the_pdf_as_they_are_written(platform: Platform, name: str) -> None:
    assert name in await pdf(platform, await anna_of(platform, name))


@pytest.mark.parametrize("name", ["田中さん", "محمد", "A 🦜 {nb} **B** <b>C</b>"])
async def test_what_the_typeface_does_not_have_breaks_nothing_and_says_so(
    platform: Platform, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = await pdf(platform, await anna_of(platform, name))

    assert "Characters that this file's typeface does not have" in " ".join(text.split())
    assert "**B** <b>C</b>" in text or "B" not in name
    assert name not in caplog.text


async def test_a_pdf_fetches_nothing_and_runs_nothing(platform: Platform) -> None:
    anna = await anna_of(platform, "https://evil.example/x")

    answer = await platform.http.get((await link(platform, anna, "PDF"))["url"])

    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    assert [name for name in ("/AA", "/Names", "/AcroForm") if name in reader.trailer["/Root"]] == []
    assert isinstance(reader.trailer["/Root"]["/OpenAction"], pypdf.generic.ArrayObject)  # where to look first, no action
    assert [page.annotations for page in reader.pages if page.annotations] == []
    assert b"/URI" not in answer.content
    assert b"/JavaScript" not in answer.content


async def test_a_long_history_is_whole_in_the_json_and_says_in_the_pdf_what_it_leaves_out(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await platform.enrol()
    for _ in range(12):
        await platform.post("10.00")
    monkeypatch.setattr("honeyguide.export.sections.MOST_ROWS", 5)

    held, text = await data(platform, anna), await pdf(platform, anna)

    assert sum(one["kind"] == "PURCHASE" for one in held["transactions"]) == 12
    assert "5 shown, the newest first; older ones are in the JSON file." in " ".join(text.split())


def test_a_link_is_of_one_member_program_and_format() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    made = ExportLink(uuid4(), uuid4(), uuid4(), ExportFormat.PDF, "de", now + timedelta(minutes=10))
    token = seal_link(b"key", made)

    assert open_link(b"key", token, now) == made
    assert open_link(b"other", token, now) is None
    assert open_link(b"key", token, now + timedelta(minutes=10)) is None
    assert [open_link(b"key", text, now) for text in ("", "x", token[:-4], token + "AA", "é" * 90)] == [None] * 5


def test_an_empty_history_is_a_document_too(platform: Platform) -> None:
    program = platform.services.programs.current(platform.program_id).program

    document = draw([], program, "fr", platform.clock())

    assert "Your data at" in pypdf.PdfReader(io.BytesIO(document)).pages[0].extract_text()
