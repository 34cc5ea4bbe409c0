"""Characters that hide, reverse or pile up: what strangers may not put into names and texts."""

import re
import sys
import unicodedata

_MARKS_PER_BASE = 4


def _marks() -> str:
    """Every combining mark as the inside of a character class; `re` knows no \\p{M}.

    A look at the planes that hold any: planes 2-13 have none and cost a tenth of a second.
    """
    codes = [
        code
        for span in (range(0x300, 0x1F000), range(0xE0100, 0xE01F0))
        for code in span
        if unicodedata.category(chr(code))[0] == "M"
    ]
    starts = [code for code, before in zip(codes, [-1, *codes], strict=False) if code != before + 1]
    ends = [
        code
        for code, after in zip(codes, [*codes[1:], sys.maxunicode + 2], strict=True)
        if code + 1 != after
    ]
    return "".join(f"{chr(a)}-{chr(z)}" for a, z in zip(starts, ends, strict=True))


MARKS = _marks()

# Seen by nobody, typed by keyboards of right-to-left scripts and by pasting from the web.
INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"

# Bytes no text needs: C0 and C1 controls but tab and newline, and halves of surrogate pairs.
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
_OVERRIDES = "\u202d\u202e"  # makes a link read backwards as another one
_EMBEDDINGS = "\u202a-\u202e\u2066-\u2069"

_UNWANTED_IN_BODY = re.compile(f"[{_CONTROLS}{_OVERRIDES}]")
_UNWANTED_IN_LINE = re.compile(f"[{_CONTROLS}{_EMBEDDINGS}]")
_LINE_BREAKS = re.compile("[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
_OTHER_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_PILES = re.compile(f"([{MARKS}]{{{_MARKS_PER_BASE}}})[{MARKS}]+")
# A flag such as Scotland's is a black flag and tags; any other tag character hides text.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f)|[\U000e0000-\U000e007f]")


def body(text: str) -> str:
    """Without control characters, lone surrogates and the two bidi overrides; keeps newlines."""
    if text.isascii() and text.isprintable():
        return text
    return _UNWANTED_IN_BODY.sub("", _OTHER_BREAKS.sub("\n", text))


def line(text: str, limit: int, *, multiline: bool = False) -> str:
    """A stranger's name, field, warning or alt text, safe to show beside others.

    limit      in code points; what is longer is cut
    multiline  keep newlines; otherwise each run of them becomes one space

    Source: security.md section 5.

    >>> line("  An\\x00a\\n\\u202eevil ", 30)
    'Ana evil'
    """
    if not (text.isascii() and text.isprintable()):
        breaks, instead = (_OTHER_BREAKS, "\n") if multiline else (_LINE_BREAKS, " ")
        text = _UNWANTED_IN_LINE.sub("", breaks.sub(instead, text))
        if not text.isascii():
            text = _TAGS.sub(r"\1", _PILES.sub(r"\1", text))
    return text.strip()[:limit].rstrip()
