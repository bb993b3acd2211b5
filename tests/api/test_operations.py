"""The documents of a mobile app and of a till, shipped as examples, are good on the schemas that they are for."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from honeyguide.api.documents import Documents
from honeyguide.api.schemas import schema_for
from honeyguide.api.sdl import sdl
from honeyguide.caller import Audience

OPERATIONS = Path(__file__).parents[2] / "schema" / "operations"
FOR = {
    "approvals.graphql": Audience.OPERATOR,
    "audit.graphql": Audience.OPERATOR,
    "card.graphql": Audience.MEMBER,
    "credentials.graphql": Audience.PARTNER,
    "dashboard.graphql": Audience.MEMBER,
    "people.graphql": Audience.MEMBER,
    "review.graphql": Audience.OPERATOR,
    "sign_in.graphql": Audience.MEMBER,
    "till.graphql": Audience.PARTNER,
}


@pytest.mark.parametrize("name", [path.name for path in sorted(OPERATIONS.glob("*.graphql"))])
def test_each_document_is_valid_and_within_the_limits(name: str) -> None:
    document = (OPERATIONS / name).read_text()

    assert validate(build_schema(sdl(FOR[name])), parse(document)) == []
    assert Documents(schema_for(FOR[name])).read(document).errors == ()
