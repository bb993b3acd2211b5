"""A person leaves and takes the data along: all of it comes out, nothing of it stays, and the books hold what they held."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pypdf

from builders.canaries import everything_logged, found_in
from builders.platform import Platform, key
from builders.signing_in import open_program, signing_in
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows

NAME, EMAIL, PHONE = "Canary Annabel", "canary@example.test", "+12025550177"
CONSENTS = "consents:\n  newsletter:\n    text: {en: You may write to me., de: Sie dürfen mir schreiben.}\n"

PROFILE = """
mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { __typename ... on UserError { code path } } }
"""
CONSENT = "mutation ($input: SetConsentInput!) { setConsent(input: $input) { __typename } }"
EXPORT = "mutation ($input: ExportMyDataInput!) { exportMyData(input: $input) { ... on DataExported { url } } }"
PASS = 'mutation { issuePass(input: { style: "membership" }) { __typename ... on PassIssued { pass { addUrl } } } }'
ERASE = """
mutation ($input: EraseMemberInput!) {
  eraseMember(input: $input) {
    __typename
    ... on MemberErased { certificate { sha256 document removed { what count } totals { unit { code } account came went } } }
    ... on UserError { code }
  }
}
"""


async def ask(platform: Platform, token: str, document: str, given: Any = None) -> Any:
    variables = {"input": given} if given is not None else {}
    return await platform.ask(Audience.MEMBER, token, document, variables)


async def test_a_person_leaves_and_takes_the_data_along(database: Database, database_url: str, superuser_url: str, tmp_path: Path) -> None:
    async with signing_in(database, database_url, tmp_path, open_program(CONSENTS)) as door:
        platform, pool = door.platform, database.pool
        with everything_logged() as logged:
            # She joined at the till, signs in by a code, and says who she is.
            await platform.enrol(EMAIL, phone=PHONE)
            signed_in = await door.sign_in(EMAIL)
            token, refresh = signed_in["access_token"], signed_in["refresh_token"]
            number = (await door.me(token)).json()["data"]["me"]["memberNumber"]
            said = {"displayName": NAME, "birthDate": "1990-02-28", "timeZone": "Asia/Tokyo"}
            profile = await ask(platform, token, PROFILE, {"idempotencyKey": key(), **said})
            assert profile["updateProfile"]["__typename"] == "ProfileUpdated"
            await ask(platform, token, CONSENT, {"idempotencyKey": key(), "purpose": "newsletter", "given": True})
            issued = await ask(platform, token, PASS)
            add_token = issued["issuePass"]["pass"]["addUrl"].rpartition("/")[2]
            await platform.http.get(f"/add/{add_token}")
            # She buys, redeems, is refused; something breaks on our side, too.
            assert (await platform.post("79.90", email=EMAIL))["__typename"] == "TransactionPosted"
            await platform.post("10.00", email=EMAIL, occurredAt="2020-01-01T12:00:00Z")  # parked
            by = {"idempotencyKey": key(), "member": {"phone": PHONE}, "reference": key(), "unit": "points", "quantity": "10"}
            await platform.till("Redeem", input=by)
            await platform.till("Redeem", input={**by, "idempotencyKey": key(), "reference": key(), "quantity": "99999"})
            await platform.post("10.00", email=f"x{EMAIL}")
            await door.token(email=EMAIL, code="000000")
            await _breaks_on_our_side(platform, token, superuser_url)
            barcode = await pool.fetchval("SELECT barcode FROM pass")

            # She takes the data along.
            taken = {}
            for form in ("JSON", "PDF"):
                url = (await ask(platform, token, EXPORT, {"format": form}))["exportMyData"]["url"]
                taken[form] = (await platform.http.get(url)).content
                export_token = url.rpartition("/")[2]

            # She is forgotten.
            found = await platform.as_operator("query ($by: MemberLookup!) { member(by: $by) { id } }", {"by": {"email": EMAIL}})
            given = {"idempotencyKey": key(), "member": found["member"]["id"], "reason": "REQUESTED"}
            erased = (await platform.as_operator(ERASE, {"input": given}))["eraseMember"]

        held = orjson.loads(taken["JSON"])
        assert (held["profile"][0]["display_name"], held["profile"][0]["birth_date"]) == (NAME, "1990-02-28")
        assert {one["kind"] for one in held["transactions"]} >= {"ENROLMENT", "PURCHASE", "REDEMPTION"}
        assert (len(held["consents"]), len(held["sessions"]), len(held["parked_posts"]), len(held["passes"])) == (1, 1, 1, 1)
        text = " ".join("\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(taken["PDF"])).pages).split())
        assert all(one in text for one in (NAME, EMAIL, number, "Your data at"))

        assert erased["__typename"] == "MemberErased", erased
        removed = {one["what"]: one["count"] for one in erased["certificate"]["removed"]}
        assert removed.items() >= {"profiles": 1, "names": 1, "emails": 1, "phones": 1, "birth_dates": 1, "sessions": 1}.items()
        assert (
            orjson.loads(erased["certificate"]["document"])["totals"]["before"]
            == orjson.loads(erased["certificate"]["document"])["totals"]["after"]
        )
        canaries = (NAME, EMAIL, PHONE, number, barcode)
        assert {canary: await found_in(pool, canary) for canary in canaries} == {canary: [] for canary in canaries}
        assert (await pool.fetchval("SELECT count(*) FROM person"), (await door.refresh(refresh)).status_code) == (0, 400)
        assert (await door.me(token)).json().get("data", {}).get("me") is None
        assert await broken_rows(pool) == []

        assert len(logged.lines) > 10  # the test hears what is said
        secrets = (*canaries, "Boom", token, refresh, add_token, export_token, "1990-02-28", "Asia/Tokyo")
        assert logged.with_any(secrets) == []


async def _breaks_on_our_side(platform: Platform, token: str, superuser_url: str) -> None:
    """A constraint that fails quotes the whole row to whoever logs it."""
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute("ALTER TABLE person ADD CONSTRAINT breaks CHECK (display_name <> 'Boom')")
        body = {"query": PROFILE, "variables": {"input": {"idempotencyKey": key(), "displayName": "Boom"}}}
        answer = await platform.send(Audience.MEMBER, token, body)
        assert "INTERNAL" in answer.text
        assert "Boom" not in answer.text
    finally:
        await connection.execute("ALTER TABLE person DROP CONSTRAINT breaks")
        await connection.close()
