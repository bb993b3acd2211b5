"""The documents of apps, tills and operators' screens, shipped as examples, are good on the schemas that they are for."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from honeyguide.api.contract.sdl import sdl
from honeyguide.caller import Audience

OPERATIONS = Path(__file__).parents[2] / "schema" / "operations"


@pytest.mark.parametrize("name", [str(path.relative_to(OPERATIONS)) for path in sorted(OPERATIONS.glob("*/*.graphql"))])
def test_each_document_is_valid(name: str) -> None:
    document = (OPERATIONS / name).read_text()

    assert validate(build_schema(sdl(Audience(Path(name).parent.name))), parse(document)) == []
