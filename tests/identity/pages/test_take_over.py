"""Attacks on cards that are nobody's yet, and on addresses of members: none gets what is another's, none learns who is a member."""

import re

from builders.phone import Phone
from builders.signing_in import SigningIn
from honeyguide.caller import Audience
from honeyguide.testing.mail import code_in

ENROL = """
mutation ($input: EnrollMemberInput!) {
  enrollMember(input: $input) { __typename ... on MemberEnrolled { replayed handle } ... on UserError { code path } }
}
"""


async def an_anonymous_card(door: SigningIn) -> tuple[str, str, str]:
    """Its barcode, its number, and the link by which its holder says who he is."""
    taken = await door.http.post("/join/grocer-and-fuel", data={"step": "card"})
    card = await door.http.get(taken.headers["location"])
    link = re.search(r'href="(/identify/[^"]+)"', card.text)
    row = await door.platform.services.database.pool.fetchrow(
        "SELECT p.barcode, m.member_number FROM pass p JOIN member m USING (program_id, member_id) ORDER BY m.enrolled_at DESC LIMIT 1"
    )
    assert link is not None
    return row["barcode"], row["member_number"], link[1]


async def enrol(door: SigningIn, key: str, **given: object) -> dict[str, object]:
    answer = await door.platform.as_partner("grocer", ENROL, {"input": {"idempotencyKey": key, **given}})
    return answer["enrollMember"]  # type: ignore[no-any-return]


async def test_a_number_off_a_receipt_does_not_make_a_strangers_card_mine_by_a_handle(door: SigningIn) -> None:
    _, number, _ = await an_anonymous_card(door)
    handle = (await door.platform.till("Identify", "grocer", input={"by": {"memberNumber": number}}))["handle"]

    eve = await enrol(door, "till-0000001", email="eve@example.test", holder={"handle": handle})

    assert (eve["code"], await door.member_of("eve@example.test")) == ("NOT_FOUND", None)


async def test_the_code_of_the_app_lets_the_holder_of_a_card_say_who_he_is(door: SigningIn) -> None:
    barcode, _, _ = await an_anonymous_card(door)
    member_id = await door.platform.services.database.pool.fetchval("SELECT member_id FROM pass WHERE barcode = $1", barcode)
    code = await Phone(door.platform, member_id).code()
    handle = (await door.platform.till("Identify", "grocer", input={"by": {"barcode": code}}))["handle"]

    anna = await enrol(door, "till-0000001", email="anna@example.test", holder={"handle": handle})

    assert (anna["__typename"], await door.member_of("anna@example.test")) == ("MemberEnrolled", member_id)


async def test_with_a_card_that_is_somebodys_nobody_tries_out_which_addresses_are_members(door: SigningIn) -> None:
    await door.platform.enrol("owner@example.test")
    barcode, _, _ = await an_anonymous_card(door)
    await enrol(door, "till-0000001", email="anna@example.test", holder={"barcode": barcode})

    answers = [
        await enrol(door, f"probe-{n:07}", email=f"{who}@example.test", holder={"barcode": barcode})
        for n, who in enumerate(("owner", "nobody", "anna"))
    ]

    assert answers[0] == answers[1] == answers[2] and answers[0]["code"] == "NOT_ALLOWED"


async def test_cards_are_not_guessed_at_enrolments(door: SigningIn, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    missed: list[int] = []
    monkeypatch.setattr(door.platform.services.misses, "missed", lambda caller, address, count: missed.append(count))

    for n in range(3):
        await enrol(door, f"guess-{n:07}", email="eve@example.test", holder={"barcode": f"guess {n}"})

    assert missed == [1, 1, 1]


CHANGE = "mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { ... on EmailCodeSent { sent } ... on UserError { code } } }"
CONFIRM = (
    "mutation($input: ConfirmEmailInput!) { confirmEmail(input: $input) { ... on EmailConfirmed { email } ... on UserError { code } } }"
)


async def freeze(door: SigningIn) -> None:
    await door.platform.services.database.pool.execute("UPDATE member SET status = 'FROZEN'")


async def test_who_got_into_an_account_that_was_frozen_does_not_take_it_along_to_his_own_address(door: SigningIn) -> None:
    token = (await door.sign_in("anna@example.test"))["access_token"]
    asked = {"query": CHANGE, "variables": {"input": {"email": "eve@example.test"}}}
    await door.platform.send(Audience.MEMBER, token, asked)
    await door.mail.wait_for(2)
    await freeze(door)

    given = {"input": {"email": "eve@example.test", "code": code_in(door.mail.letters[-1])}}
    answer = (await door.platform.send(Audience.MEMBER, token, {"query": CONFIRM, "variables": given})).json()

    assert answer["data"]["confirmEmail"] == {"code": "MEMBER_FROZEN"} and await door.member_of("eve@example.test") is None


async def test_a_frozen_card_that_is_nobodys_becomes_nobodys_neither_by_its_link_nor_at_a_till(door: SigningIn) -> None:
    barcode, _, link = await an_anonymous_card(door)
    await freeze(door)

    page = await door.http.post(link, data={"step": "email", "email": "eve@example.test"})
    till = await enrol(door, "till-0000001", email="eve@example.test", holder={"barcode": barcode})

    assert (page.status_code, till["code"], await door.member_of("eve@example.test")) == (404, "NOT_ALLOWED", None)


async def test_what_a_till_says_of_the_holder_of_a_card_is_kept(door: SigningIn) -> None:
    barcode, _, _ = await an_anonymous_card(door)
    said = {"displayName": "Hol Der", "birthDate": "1990-02-28"}

    kept = await enrol(door, "till-0000001", email="anna@example.test", holder={"barcode": barcode}, **said)
    assert kept["__typename"] == "MemberEnrolled", kept

    asked = '{ member(by: {email: "anna@example.test"}) { displayName birthDate } }'
    shown = (await door.platform.as_operator(asked))["member"]
    assert (shown["displayName"], shown["birthDate"]) == ("Hol Der", "1990-02-28")
