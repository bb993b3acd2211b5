"""Folders of operations: what is read, what is refused, and with which words."""

import json
from pathlib import Path

import pytest
from graphql import parse

from honeyguide.api.schemas import schema_for
from honeyguide.api.trusted.folder import read_operations, shipped_folder
from honeyguide.api.trusted.load import trusted_documents, validated
from honeyguide.api.trusted.manifest import write_manifest
from honeyguide.api.trusted.naming import document_id
from honeyguide.api.trusted.operation import OperationsInvalid
from honeyguide.caller import Audience
from honeyguide.cli import _in_words
from honeyguide.settings import Settings
from honeyguide.web import create_app

ME = "query Who { me { ...Named } }\n\nquery Plain { me { id } }"
NAMED = "fragment Named on Member { displayName ...Numbered }"
NUMBERED = "fragment Numbered on Member { memberNumber }"


def written(folder: Path, **files: str) -> Path:
    (folder / "member").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "member" / f"{name}.graphql").write_text(text)
    return folder


def test_d1_an_operation_is_printed_with_the_fragments_it_uses_and_its_id_is_the_hash_of_that(tmp_path: Path) -> None:
    found = read_operations(written(tmp_path, a=ME, b=f"{NAMED} {NUMBERED}"), Audience.MEMBER)

    who, plain = found
    assert who.body == (
        "query Who {\n  me {\n    ...Named\n  }\n}\n\n"
        "fragment Named on Member {\n  displayName\n  ...Numbered\n}\n\n"
        "fragment Numbered on Member {\n  memberNumber\n}"
    )
    assert plain.body == "query Plain {\n  me {\n    id\n  }\n}"
    assert (who.kind, who.id) == ("query", document_id(who.body)) and len(who.id) == 64
    assert plain.where == "member/a.graphql:3"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a": "query Who { me { id }"}, "member/a.graphql:1: Syntax Error"),
        ({"a": "\n\nquery Who { me {\n  wrong } }"}, "member/a.graphql:4: Cannot query field 'wrong'"),
        ({"a": "query Who { me { ...N } }", "b": "\nfragment N on Member { wrong }"}, "member/b.graphql:2: Cannot query field 'wrong'"),
        ({"a": "{ me { id } }"}, "member/a.graphql:1: only operations and fragments with names can be trusted"),
        ({"a": "type Query { a: Int }"}, "member/a.graphql:1: only operations and fragments"),
        ({"a": "query Who { me { id } }", "b": "query Who { me { id } }"}, "member/b.graphql:1: Who is defined twice"),
        ({"a": "query Who { me { ...Nobody } }"}, "member/a.graphql:1: there is no fragment Nobody"),
        ({"a": f"query Who {{ me {{ id }} }}\n{NUMBERED}"}, "member/a.graphql:2: fragment Numbered is used by no operation"),
        ({"a": "query Many { " + " ".join(f"a{n}: me {{ id }}" for n in range(21)) + " }"}, "member/a.graphql:1: "),
        (
            {"a": "query Cycle { me { ...A } } fragment A on Member { ...A }"},
            "member/a.graphql:1: Cannot spread fragment 'A' within itself",
        ),
    ],
)
def test_d1_an_invalid_document_is_named_by_file_and_line(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(OperationsInvalid) as refused:
        trusted_documents(Audience.MEMBER, written(tmp_path, **files))

    assert str(refused.value).startswith(words)


def test_d1_manifests_of_apps_are_read_beside_and_their_ids_are_checked(tmp_path: Path) -> None:
    body = "query Mine{me{id __typename}}"
    entry = {"id": document_id(body), "name": "Mine", "type": "query", "body": body}
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [entry]}
    (tmp_path / "member-ios-3.manifest.json").write_text(json.dumps(manifest))

    assert body in trusted_documents(Audience.MEMBER, tmp_path)
    assert body not in trusted_documents(Audience.PARTNER, tmp_path)

    for change, words in (
        ({"id": "0" * 64}, "member.manifest.json: Mine: its id is not the SHA-256 of its body"),
        ({"id": "Mine"}, "member.manifest.json: operations.0.id: "),
        ({"body": "query Mine{nobody}", "id": document_id("query Mine{nobody}")}, "member.manifest.json: Mine: Cannot query field"),
    ):
        (tmp_path / "member.manifest.json").write_text(json.dumps({**manifest, "operations": [{**entry, **change}]}))
        with pytest.raises(OperationsInvalid, match=f"^{words}"):
            trusted_documents(Audience.MEMBER, tmp_path)
    (tmp_path / "member.manifest.json").write_text("{")
    with pytest.raises(OperationsInvalid, match=r"^member.manifest.json: manifest: "):
        trusted_documents(Audience.MEMBER, tmp_path)


def test_d1_a_server_with_an_invalid_document_does_not_start_and_says_which_in_one_line(tmp_path: Path) -> None:
    for folder, words in ((written(tmp_path, a="query Who {"), "member/a.graphql:1: Syntax Error"), (tmp_path / "none", "is no folder")):
        with pytest.raises(OperationsInvalid) as refused:
            create_app(Settings(operations_dir=folder))  # type: ignore[call-arg]

        assert words in (_in_words(refused.value) or "")


@pytest.mark.parametrize("audience", list(Audience))
def test_d1_all_of_schema_operations_is_trusted_and_its_manifest_lists_it(audience: Audience) -> None:
    ours = read_operations(shipped_folder(), audience, manifests=False)
    documents = trusted_documents(audience)
    manifest = json.loads((shipped_folder() / f"{audience}.manifest.json").read_text())

    files = sorted((shipped_folder() / audience).glob("*.graphql"))
    written = [one.name.value for path in files for one in parse(path.read_text()).definitions if one.kind == "operation_definition"]  # type: ignore[attr-defined]
    assert sorted(one["name"] for one in manifest["operations"]) == sorted(written)
    assert {one["body"] for one in manifest["operations"]} == documents.keys()
    assert all(document_id(one["body"]) == one["id"] for one in manifest["operations"])
    assert (manifest["format"], manifest["version"]) == ("apollo-persisted-query-manifest", 1)
    assert json.loads(write_manifest(ours)) == manifest
    assert validated(audience, ours).keys() == documents.keys() and schema_for(audience) is not None
