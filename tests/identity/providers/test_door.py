"""A provider's tokens at the door: good ones, and each way to get in with another."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from builders.provider import key, public
from honeyguide.caller import Audience, Caller
from honeyguide.identity.access import ROLES
from honeyguide.identity.refusal import Refusal

ENROLS = {"enrols": True}


def part(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_person_signs_in_with_the_providers_token_and_is_the_same_member_each_time(entry: Any) -> None:
    await entry.trust(options=ENROLS)

    first, second, other = await entry.sign_in(), await entry.sign_in(iat=None, nbf=None), await entry.sign_in(sub="bert")

    assert isinstance(first, Caller) and first.audience is Audience.MEMBER and first.program_id == entry.programs[0]
    assert second is Refusal.CLAIMS  # no iat: nobody could say how old it is
    assert await entry.sign_in(jti="another") == first
    assert isinstance(other, Caller) and other.subject != first.subject


async def test_an_operator_is_named_after_provider_and_subject_and_may_what_the_groups_may(entry: Any) -> None:
    await entry.trust(Audience.OPERATOR)

    agent = await entry.sign_in(Audience.OPERATOR, groups=["desk", "cantine"], email="Anna@Corp.Example", email_verified=True)
    admin = await entry.sign_in(Audience.OPERATOR, groups=["desk", "boss"], email="anna@corp.example", email_verified="true")
    nobody = await entry.sign_in(Audience.OPERATOR, groups=["cantine"])

    assert agent == Caller(Audience.OPERATOR, entry.programs[0], "corp/anna", ROLES["agent"], email="anna@corp.example")
    assert isinstance(admin, Caller) and (admin.subject, admin.scopes, admin.email) == ("corp/anna", ROLES["admin"], None)
    assert nobody is Refusal.NO_ROLE


@pytest.mark.parametrize("groups", [None, "desk boss", {"boss": True}, ["Boss"], [["boss"]], 7, ["x"] * 2000])
async def test_what_is_no_list_of_groups_is_no_role(entry: Any, groups: Any) -> None:
    await entry.trust(Audience.OPERATOR)

    assert await entry.sign_in(Audience.OPERATOR, groups=groups) is Refusal.NO_ROLE


async def test_roles_may_stand_deep_or_under_a_name_with_dots(entry: Any) -> None:
    path = "realm_access.roles"
    await entry.trust(Audience.OPERATOR, options={"roles_claim": path})

    deep = await entry.sign_in(Audience.OPERATOR, realm_access={"roles": ["boss"]})
    flat = await entry.sign_in(Audience.OPERATOR, **{path: ["desk"]})

    assert isinstance(deep, Caller) and deep.scopes == ROLES["admin"]
    assert isinstance(flat, Caller) and flat.scopes == ROLES["agent"]


async def test_operators_are_asked_for_a_second_factor(entry: Any) -> None:
    await entry.trust(Audience.OPERATOR, options={"amr": ("mfa", "hwk")})

    for amr in (None, "pwd", ["pwd"], [["mfa"]], {"mfa": True}):
        assert await entry.sign_in(Audience.OPERATOR, groups=["boss"], amr=amr) is Refusal.WEAK_SIGN_IN
    assert isinstance(await entry.sign_in(Audience.OPERATOR, groups=["boss"], amr=["pwd", "mfa"]), Caller)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": -61}, Refusal.EXPIRED),
        ({"iat": -50_000}, Refusal.EXPIRED),
        ({"iat": 120}, Refusal.NOT_YET),
        ({"nbf": 120}, Refusal.NOT_YET),
    ],
)
async def test_times_are_checked_with_the_providers_leeway(entry: Any, claims: dict[str, int], reason: Refusal) -> None:
    await entry.trust(options=ENROLS)
    now = int(entry.now.timestamp())

    assert await entry.sign_in(**{name: now + offset for name, offset in claims.items()}) is reason


async def test_a_token_that_lasts_for_ever_lasts_as_long_as_we_allow(entry: Any) -> None:
    await entry.trust(options={**ENROLS, "max_age_seconds": 3600})
    token = entry.idp.token(**entry.claims(exp=221_845_392_000))
    assert isinstance(await entry.ask(token), Caller)

    entry.now += timedelta(hours=1, seconds=61)

    assert await entry.ask(token) is Refusal.EXPIRED


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 9e9},
        {"exp": "9999999999"},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a" * 256},
        {"sub": "anna\r\nSet-Cookie: a=b"},
        {"sub": "anna\x00"},
        {"sub": "änna"},
    ],
)
async def test_claims_of_a_wrong_shape_are_refused_even_when_the_provider_signed_them(entry: Any, claims: dict[str, Any]) -> None:
    await entry.trust(options=ENROLS)

    assert await entry.sign_in(**claims) is Refusal.CLAIMS


@pytest.mark.parametrize("aud", ["other-app", ["other-app"], [], None, ["app", 7], "app ", {"app": 1}, ["x"] * 21])
async def test_a_token_of_another_client_of_the_same_provider_is_refused(entry: Any, aud: Any) -> None:
    await entry.trust(options=ENROLS)

    assert await entry.sign_in(aud=aud) is Refusal.AUDIENCE


async def test_a_client_that_may_not_bring_tokens_is_refused(entry: Any) -> None:
    await entry.trust(options={**ENROLS, "authorized_parties": ("ios", "android")})

    assert await entry.sign_in() is Refusal.AUDIENCE
    assert await entry.sign_in(azp="web") is Refusal.AUDIENCE
    assert isinstance(await entry.sign_in(azp="ios"), Caller)
    assert isinstance(await entry.sign_in(client_id="android"), Caller)


async def test_two_programs_share_an_issuer_and_each_token_is_for_one_of_them(entry: Any) -> None:
    await entry.trust(options=ENROLS)
    await entry.trust(options=ENROLS, program=1, client_audiences=("second-app",))

    first, second = await entry.sign_in(), await entry.sign_in(aud="second-app")
    both = await entry.sign_in(aud=["app", "second-app"])

    assert isinstance(first, Caller) and isinstance(second, Caller)
    assert (first.program_id, second.program_id) == tuple(entry.programs)
    assert first.subject != second.subject
    assert both is Refusal.AUDIENCE


async def test_a_members_token_opens_no_other_api(entry: Any) -> None:
    await entry.trust(options=ENROLS)
    token = entry.idp.token(**entry.claims(groups=["boss"]))
    assert isinstance(await entry.ask(token), Caller)

    assert await entry.ask(token, Audience.OPERATOR) is Refusal.AUDIENCE
    assert await entry.ask(token, Audience.PARTNER) is Refusal.AUDIENCE


@pytest.mark.parametrize("change", ["/evil", "/", ".evil.example", "@evil.example", "#", "?", " ", "%2f"])
async def test_an_issuer_that_only_begins_like_ours_is_another(entry: Any, change: str) -> None:
    await entry.trust(options=ENROLS)

    assert await entry.sign_in(iss=entry.idp.issuer + change) is Refusal.ISSUER
    assert entry.idp.asked == []


@pytest.mark.parametrize("issuer", [None, 7, ["a"], "", "https://loyalty.example/"])
async def test_a_token_without_an_issuer_we_know_is_refused(entry: Any, issuer: Any) -> None:
    await entry.trust(options=ENROLS)
    claims = {k: v for k, v in entry.claims(iss=issuer).items() if v is not None}
    token = f"{part({'alg': 'RS256', 'kid': 'one'})}.{part(claims)}.AA"

    assert await entry.ask(token) is Refusal.ISSUER


async def test_a_provider_cannot_sign_in_our_own_name(entry: Any) -> None:
    await entry.trust(options=ENROLS)

    assert await entry.sign_in(iss="https://loyalty.example", aud="honeyguide/member") is Refusal.ALGORITHM


async def test_alg_none_and_our_providers_public_key_as_a_secret_sign_nothing(entry: Any) -> None:
    await entry.trust(options=ENROLS)
    claims = part({"iss": entry.idp.issuer, **entry.claims()})
    pem = key("one").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    head = f"{part({'alg': 'HS256', 'kid': 'one'})}.{claims}"
    confused = f"{head}.{urlsafe_b64encode(hmac.digest(pem, head.encode(), 'sha256')).rstrip(b'=').decode()}"

    for algorithm in ("none", "None", "NONE", ""):
        assert await entry.ask(f"{part({'alg': algorithm, 'kid': 'one'})}.{claims}.") is Refusal.ALGORITHM
    assert await entry.ask(confused) is Refusal.ALGORITHM
    assert await entry.sign_in(jti="good") != Refusal.ALGORITHM


async def test_an_algorithm_that_was_not_allowed_is_refused_though_the_key_could(entry: Any) -> None:
    entry.idp.keys = [public("one", alg=None) | {"alg": "PS256"}]
    await entry.trust(options=ENROLS)
    token = jwt.encode({"iss": entry.idp.issuer, **entry.claims()}, key("one"), algorithm="PS256", headers={"kid": "one"})

    assert await entry.ask(token) is Refusal.ALGORITHM


async def test_a_forged_signature_and_keys_in_the_header_are_refused(entry: Any) -> None:
    await entry.trust(options=ENROLS)
    theirs = generate_private_key(65537, 2048)
    header = {"jwk": public("two"), "jku": f"{entry.idp.issuer}/evil", "x5u": f"{entry.idp.issuer}/evil", "x5c": ["AA"]}

    assert await entry.ask(entry.idp.token(signed_with=theirs, header=header, **entry.claims())) is Refusal.SIGNATURE
    assert await entry.ask(entry.idp.token("one", signed_with=key("two"), **entry.claims())) is Refusal.SIGNATURE
    assert all("evil" not in path for path in entry.idp.asked)


@pytest.mark.parametrize("kid", ["../../keys/one", "/etc/passwd", "one'--", "", "one\n", "http://169.254.169.254/"])
async def test_a_made_up_key_name_is_a_name_and_nothing_else(entry: Any, kid: str) -> None:
    await entry.trust(options=ENROLS)

    assert await entry.ask(entry.idp.token("one", header={"kid": kid}, **entry.claims())) is Refusal.UNKNOWN_KEY
    assert set(entry.idp.asked) <= {"/.well-known/openid-configuration", "/keys"}


async def test_a_token_beyond_all_measure_is_not_even_read(entry: Any) -> None:
    await entry.trust(options=ENROLS)

    assert await entry.sign_in(padding="x" * 13_000) is Refusal.MALFORMED
    assert isinstance(await entry.sign_in(groups=["g" * 36] * 200), Caller)


async def test_only_the_asked_type_of_token_is_taken(entry: Any) -> None:
    await entry.trust(options={**ENROLS, "token_types": ("at+jwt",)})

    for kind, expected in (
        ("at+jwt", None),
        ("JWT", Refusal.ALGORITHM),
        ("logout+jwt", Refusal.ALGORITHM),
        ("secevent+jwt", Refusal.ALGORITHM),
    ):
        found = await entry.ask(entry.idp.token(header={"typ": kind}, **entry.claims()))
        assert found is expected if expected else isinstance(found, Caller)


async def test_a_provider_that_is_removed_lets_nobody_in_any_more(entry: Any) -> None:
    provider = await entry.trust(options=ENROLS)
    token = entry.idp.token(**entry.claims())
    member = await entry.ask(token)
    assert isinstance(member, Caller)

    await entry.remove(provider)
    assert await entry.ask(token) is Refusal.ISSUER

    await entry.trust(options=ENROLS)
    assert await entry.ask(token) == member  # whoever was linked still is


async def test_roles_taken_away_at_our_side_end_at_once(entry: Any) -> None:
    await entry.trust(Audience.OPERATOR)
    token = entry.idp.token(**entry.claims(groups=["boss"]))
    assert isinstance(await entry.ask(token, Audience.OPERATOR), Caller)

    await entry.trust(Audience.OPERATOR, options={"roles": {"desk": "agent"}})

    assert await entry.ask(token, Audience.OPERATOR) is Refusal.NO_ROLE


async def test_a_token_is_kept_per_api_by_its_hash_and_not_beyond_its_end(entry: Any) -> None:
    await entry.trust(options=ENROLS)
    token = entry.idp.token(**entry.claims(exp=int(entry.now.timestamp()) + 30))
    assert isinstance(await entry.ask(token), Caller)
    assert all(token not in repr(kept) for kept in entry.door._verified.items())

    entry.now += timedelta(seconds=91)  # the leeway of this provider is 60

    assert await entry.ask(token) is Refusal.EXPIRED
    assert len(entry.door._verified) == 0
