"""Names and other short texts of strangers (security.md section 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text import characters


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("Ana", "Ana"),
        ("  Ana \n Lee\t", "Ana   Lee"),
        ("A\x00n\x1b\x85a\x7f", "An a"),
        ("\u202egnp.exe\u202c\u2066x\u2069", "gnp.exex"),
        ("a\U000e0041\U000e0042b\U000e007f", "ab"),
        ("José 名前 👨‍👩‍👧 ❤️ שלום", "José 名前 👨‍👩‍👧 ❤️ שלום"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",) * 2,
        ("z" + "\u0301" * 40 + "y", "z" + "\u0301" * 4 + "y"),
        ("lone \ud83d half", "lone  half"),
        ("", ""),
    ],
)
def test_a_line_loses_what_hides_reverses_or_piles_up(given_: str, shown: str) -> None:
    assert characters.line(given_, 100) == shown


def test_a_text_of_several_lines_keeps_them() -> None:
    assert characters.line("a\r\nb\u2028c\x00", 100, multiline=True) == "a\nb\nc"
    assert characters.line("a\r\nb\u2028c\x00", 100) == "a b c"


@given(st.text(), st.integers(1, 50), st.booleans())
def test_a_line_is_never_longer_than_its_limit(text: str, limit: int, multiline: bool) -> None:
    line = characters.line(text, limit, multiline=multiline)
    assert len(line) <= limit
    assert characters.line(line, limit, multiline=multiline) == line
    line.encode()
