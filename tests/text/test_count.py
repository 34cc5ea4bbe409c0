"""Length as clients show it beside the text box."""

import time

import pytest

from fedi.text import count


@pytest.mark.parametrize(
    ("source", "signs"),
    [
        ("", 0),
        ("hello\n", 6),
        ("https://a.example", 23),
        ("https://a.example/" + "x" * 500 + ".", 24),
        ("@bob@globex.example hi", 7),
        ("@alice hi", 9),
        ("#tag", 4),
        ("bob@globex.example", 18),
        ("日本語", 3),
        ("e\u0301a", 2),
        ("👨‍👩‍👧 ❤️ 👍🏽 🇩🇪🇫🇷", 8),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 1),
    ],
)
def test_addresses_count_23_and_mentions_without_their_server(source: str, signs: int) -> None:
    assert count.length(source) == signs


@pytest.mark.parametrize("unit", ["e\u0301", "\u200d", "👨‍👩‍👧", "🇩", "@a@a.a ", "\u0301"])
def test_counting_is_linear(unit: str) -> None:
    begun = time.process_time()
    count.length((unit * 100_000)[:100_000])
    assert time.process_time() - begun < 0.5
