"""What can be trusted as a provider, and what cannot be said of one."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from pydantic import ValidationError

from honeyguide.caller import Audience
from honeyguide.identity.providers.provider import ALGORITHMS, Provider, ProviderOptions, faults

OURS = "https://loyalty.example"
MEMBERS = Provider(UUID(int=1), "corp", Audience.MEMBER, "https://idp.example", ("app",), None, frozenset({"RS256"}), ProviderOptions())
OPERATORS = replace(MEMBERS, audience=Audience.OPERATOR, options=ProviderOptions(roles_claim="groups", roles={"Loyalty Admins": "admin"}))


def test_providers_of_members_and_of_operators_can_be_trusted() -> None:
    assert faults(MEMBERS, OURS, plain_http=False) == []
    assert faults(OPERATORS, OURS, plain_http=False) == []
    assert faults(replace(MEMBERS, issuer="http://127.0.0.1:9400"), OURS, plain_http=True) == []
    assert not any(name.startswith("HS") or name == "none" for name in ALGORITHMS)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"provider_id": "Corp"}, "name"),
        ({"provider_id": "corp/anna"}, "name"),
        ({"provider_id": ""}, "name"),
        ({"provider_id": "c" * 33}, "name"),
        ({"issuer": "http://idp.example"}, "issuer"),
        ({"issuer": "https://idp.example?tenant=1"}, "issuer"),
        ({"issuer": "https://idp.example#a"}, "issuer"),
        ({"issuer": "https://user@idp.example"}, "issuer"),
        ({"issuer": "https://idp.example\\@evil.example"}, "issuer"),
        ({"issuer": "https://idp.example/\n"}, "issuer"),
        ({"issuer": "idp.example"}, "issuer"),
        ({"issuer": "file:///etc/passwd"}, "issuer"),
        ({"issuer": "https://[::1"}, "issuer"),
        ({"issuer": OURS}, "our own"),
        ({"jwks_url": "http://idp.example/keys"}, "keys"),
        ({"client_audiences": ()}, "audiences"),
        ({"client_audiences": ("",)}, "audiences"),
        ({"client_audiences": ("a\x00",)}, "audiences"),
        ({"client_audiences": tuple(str(n) for n in range(21))}, "audiences"),
        ({"algorithms": frozenset()}, "algorithms"),
        ({"algorithms": frozenset({"HS256"})}, "algorithms"),
        ({"algorithms": frozenset({"RS256", "none"})}, "algorithms"),
        ({"audience": Audience.PARTNER}, "partners"),
        ({"audience": Audience.OPERATOR}, "roles"),
        ({"options": OPERATORS.options}, "roles"),
    ],
)
def test_what_cannot_be_trusted_is_said_in_words(change: dict[str, Any], word: str) -> None:
    found = faults(replace(MEMBERS, **change), OURS, plain_http=False)

    assert len(found) == 1 and word in found[0]


def test_operators_are_neither_enrolled_nor_linked() -> None:
    options = OPERATORS.options.model_copy(update={"enrols": True})

    assert "for members" in faults(replace(OPERATORS, options=options), OURS, plain_http=False)[0]


@pytest.mark.parametrize(
    "given",
    [
        {"subject_claim": "email"},
        {"subject_claim": "preferred_username"},
        {"roles": {"Admins": "root"}},
        {"links_by": "email"},
        {"leeway_seconds": 301},
        {"leeway_seconds": -1},
        {"leeway_seconds": "60"},
        {"max_age_seconds": 86_401},
        {"token_types": []},
        {"token_types": ["none"]},
        {"enrols": "yes"},
        {"unheard_of": True},
        {"acr": ["a\nb"]},
    ],
)
def test_options_are_strict(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProviderOptions.model_validate_json(orjson.dumps(given))
