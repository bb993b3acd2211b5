"""Translations read from what designers send, written as phones read them (A23)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.wallet.faces.strings import StringsInvalid, read_strings, write_strings

TEXTS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(st.characters(exclude_categories=["Cs"])))


@given(TEXTS)
def test_what_is_written_is_read_again(texts: dict[str, str]) -> None:
    assert read_strings(write_strings(texts)) == texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_both_encodings_of_the_wild_are_read(encoding: str) -> None:
    content = '/* Begrüßung */\n"Points" = "Punkte \\"gut\\"";\n// Ende\n'.encode(encoding)

    assert read_strings(content) == {"Points": 'Punkte "gut"'}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'"a" = "b"', "line 1"),
        (b'"a" = "b";\nnonsense', "line 2"),
        (b'"a" = "b";\n"a" = "c";', "translated twice"),
        (b"\xff\xfe\x00", "utf-16"),
        (b'"\xff" = "b";', "utf-8"),
    ],
)
def test_anything_else_is_named_with_its_line(content: bytes, reason: str) -> None:
    with pytest.raises(StringsInvalid, match=reason):
        read_strings(content)
