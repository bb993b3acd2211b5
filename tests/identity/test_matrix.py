"""The access matrix is readable, whole and in step with the scopes."""

from uuid import UUID

import pytest

from honeyguide.caller import Audience, Caller
from honeyguide.identity.access import OPERATOR_SCOPES, PARTNER_SCOPES, ROLES, SCOPES, MissingScope, require
from honeyguide.identity.matrix import COLUMNS, Access, MatrixUnreadable, access_matrix, read_matrix, required_scopes

HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
HOME = {
    Audience.MEMBER: ("member", "other member"),
    Audience.PARTNER: ("partner", "other partner", "location without the scope"),
    Audience.OPERATOR: ("agent", "operator without the scope", "operator"),
}


def test_nobody_without_a_token_and_no_other_audience_gets_anywhere() -> None:
    for operation, row in access_matrix().items():
        at_home = HOME[operation.audience]
        for column, access in row.access.items():
            assert (access is Access.UNAUTHENTICATED) == (column not in at_home), (operation, column)


def test_each_scope_opens_something_and_each_needed_scope_exists() -> None:
    for audience, scopes in SCOPES.items():
        assert set().union(*(row.scopes for operation, row in access_matrix().items() if operation.audience is audience)) == scopes


def test_the_readme_lists_the_scopes_with_the_words_of_the_code() -> None:
    from importlib import resources

    readme = resources.files("honeyguide.identity").joinpath("README.md").read_text(encoding="utf-8")
    for audience, scopes in (("partner", PARTNER_SCOPES), ("operator", OPERATOR_SCOPES)):
        for scope, lets in scopes.items():
            assert f"| {audience} | {scope} | {lets} |" in readme


def test_every_mutation_of_partners_and_operators_needs_a_scope() -> None:
    for operation, row in access_matrix().items():
        if operation.root == "Mutation" and operation.audience is not Audience.MEMBER:
            assert row.scopes, operation


def test_an_operations_scope_is_asked_by_name() -> None:
    assert required_scopes(Audience.PARTNER, "Mutation", "redeem") == {"burn"}
    assert required_scopes(Audience.MEMBER, "Query", "me") == frozenset()
    with pytest.raises(KeyError):
        required_scopes(Audience.MEMBER, "Mutation", "adjustAccount")


def test_a_caller_without_the_scope_is_told_which() -> None:
    till = Caller(Audience.PARTNER, UUID(int=1), str(UUID(int=2)), frozenset({"earn"}))

    assert require(till, frozenset({"earn"})) is None
    assert require(till, frozenset({"burn", "earn"})) is None
    assert require(till, frozenset()) is None
    assert require(till, frozenset({"burn"})) == MissingScope(frozenset({"burn"}))


def test_who_lacks_the_scope_is_forbidden_in_the_matrix_too() -> None:
    for operation, row in access_matrix().items():
        for column in ("location without the scope", "operator without the scope"):
            if row.access[column] is not Access.UNAUTHENTICATED:
                assert (row.access[column] is Access.FORBIDDEN) == bool(row.scopes), operation


def test_an_agent_may_what_the_role_allows() -> None:
    for operation, row in access_matrix().items():
        if operation.audience is Audience.OPERATOR:
            assert (row.access["agent"] is Access.FORBIDDEN) == bool(row.scopes and not row.scopes & ROLES["agent"]), operation


@pytest.mark.parametrize(
    "row",
    [
        "| member Query.me | 401 | own | own | 401 | 401 | 401 | 401 | 401 | - |",
        "| member Query.me | 401 | mine | own | 401 | 401 | 401 | 401 | 401 | 401 | - |",
        "| robot Query.me | 401 | own | own | 401 | 401 | 401 | 401 | 401 | 401 | - |",
        "| member me | 401 | own | own | 401 | 401 | 401 | 401 | 401 | 401 | - |",
        "| member Query.me | 401 | own | own | 401 | 401 | 401 | 401 | 401 | 401 | adjust |",
        "| member Query.me | 401 | own | own | 401 | 401 | 401 | 401 | 401 | 401 | - |\n" * 2,
    ],
)
def test_a_row_with_a_slip_is_not_read_past(row: str) -> None:
    with pytest.raises(MatrixUnreadable):
        read_matrix(HEAD + row)


def test_a_text_without_the_table_is_no_matrix() -> None:
    with pytest.raises(MatrixUnreadable):
        read_matrix("# nothing\n| a | b |\n|---|---|\n")
