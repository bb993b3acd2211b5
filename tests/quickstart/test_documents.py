"""What the quick starts ask is good on the schema, and what they name is there."""

import json
import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from honeyguide.api.contract.sdl import sdl
from honeyguide.caller import Audience

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "docs/quickstart"
PAGES = sorted(QUICKSTART.glob("*.md"))


def graphql_of(page: Path) -> list[str]:
    return re.findall(r"^```graphql\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_document_of_a_page_is_good_on_the_schema_of_members(page: Path) -> None:
    schema = build_schema(sdl(Audience.MEMBER))

    assert graphql_of(page)
    for text in graphql_of(page):
        document = parse(text)
        assert validate(schema, document) == [], text
        assert all(isinstance(one, OperationDefinitionNode) and one.name for one in document.definitions)


def test_every_document_of_the_typescript_project_is_good_on_the_schema_too() -> None:
    texts = re.findall(r"graphql\(\s*`(.*?)`", (QUICKSTART / "typescript/src/documents.ts").read_text(), re.DOTALL)

    assert len(texts) == 6
    assert validate(build_schema(sdl(Audience.MEMBER)), parse("\n".join(texts))) == []


def test_the_typescript_project_runs_beside_a_server_that_has_not_its_manifest() -> None:
    """`make demo` has not: an id that it does not know comes again with its text, unless that is forbidden. And the manifest is JSON alone."""
    assert "enforcePersistedQueries" not in (QUICKSTART / "typescript/src/client.ts").read_text()
    assert "npm run --silent manifest >" in (QUICKSTART / "typescript.md").read_text()


def test_what_the_pages_name_in_this_repository_is_there() -> None:
    for page in PAGES:
        for path in re.findall(r"`((?:schema|src|docs)/[\w./-]+)`", page.read_text()):
            assert (ROOT / path).exists() or (QUICKSTART / page.stem / path).exists(), (page.name, path)
        for path in re.findall(r"\]\((?!http)([\w./-]+)\)", page.read_text()):
            assert (page.parent / path).exists(), (page.name, path)


def test_the_projects_lock_has_no_addresses() -> None:
    lock = json.loads((QUICKSTART / "typescript/package-lock.json").read_text())

    assert not any({"resolved", "funding"} & entry.keys() for entry in lock["packages"].values())
