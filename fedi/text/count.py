"""How long a text is, as Mastodon counts: addresses are 23, mentions have no domain.

Spec: Mastodon's StatusLengthValidator; `characters_reserved_per_url` in the instance document.
"""

import re
from unicodedata import normalize

from fedi.text import characters
from fedi.text.characters import MARKS
from fedi.text.tokens import Hashtag, Link, Token, scan

PER_LINK = 23
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_ATTACHED = f"[{MARKS}\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
# What a person sees as one sign: a flag, a family joined by U+200D, a letter with its accents.
# Nothing can fail after a star, so nothing is tried twice.  No possessive stars: Python
# 3.11.2, which is Debian's, matches a group that is repeated by one wrongly.
_SIGN = re.compile(rf"{_FLAG}|\r\n|[\s\S]{_ATTACHED}*(?:(?<=\u200d)[^\s\w]{_ATTACHED}*)*")


def length(source: str) -> int:
    """In signs (grapheme clusters, nearly as UAX 29 has them).

    >>> length("@bob@globex.example https://globex.example/a/long/path")
    28
    """
    source = characters.body(source)
    total, done = 0, 0
    for token in scan(source):
        total += _signs(source[done : token.start]) + _weight(source, token)
        done = token.end
    return total + _signs(source[done:])


def _weight(source: str, token: Token) -> int:
    match token:
        case Link():
            return PER_LINK
        case Hashtag():
            return _signs(source[token.start : token.end])
        case _:
            return len(token.username) + 1


def _signs(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(1 for _ in _SIGN.finditer(normalize("NFC", text)))
