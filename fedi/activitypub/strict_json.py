"""Read JSON that strangers sent: the same bytes mean the same thing to everybody, and cost little.

Spec: RFC 8259 and I-JSON (RFC 7493), with the limits of P-4.

Fast, because every inbound activity passes here: orjson reads, one flat walk measures.  orjson
already refuses bad UTF-8, NaN, lone surrogates and trailing bytes; the walk adds what it allows.
"""

import json
import re

import orjson

from fedi.errors import Malformed

MAX_DEPTH = 32
MAX_NODES = 20_000
MAX_NUMBER = 2**53  # beyond it, neighbours look equal to readers that use doubles

# A NUL or a colon written as an escape: after an even number of backslashes.
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_ESCAPED_NUL_OR_COLON = re.compile(rb"\\u00(?:00|3[aA])")


def parse(body: bytes) -> dict[str, object]:
    r"""The object that these bytes spell out.

    raises    Malformed, and nothing else, whatever the bytes are

    Source: P-4.

    >>> parse(b'{"type": "Like"}')
    {'type': 'Like'}
    """
    document = parse_any(body)
    if not isinstance(document, dict):
        raise Malformed("The document is not a JSON object")
    return document


def parse_any(body: bytes) -> object:
    """Like `parse`, where an array or a bare value may stand at the top, too."""
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("The document is not valid JSON") from error
    _measure(document)
    escapes = _ESCAPED_NUL_OR_COLON.search(body)
    if escapes and _ESCAPED_NUL.search(body):
        raise Malformed("The document contains a NUL character")
    if escapes or body.count(b":") != orjson.dumps(document).count(b":"):
        _refuse_duplicates(body)
    return document


def _measure(document: object) -> None:
    """Refuse what is too deep, too much or too large, level by level."""
    level, depth, nodes = [document], 0, 1
    while level:
        below: list[object] = []
        for value in level:
            if isinstance(value, str):
                continue  # most of them
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, int | float) and not -MAX_NUMBER <= value <= MAX_NUMBER:
                raise Malformed("The document contains a number that is too large")
        depth += bool(below)
        nodes += len(below)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise Malformed("The document is nested too deeply or has too many values")
        level = below


def _refuse_duplicates(body: bytes) -> None:
    # Costs as much as all the rest, so it runs only when colons got lost: orjson keeps the last of
    # two equal keys.  The depth is known to be small by now: no RecursionError.  Integers stay
    # text: no limit on the digits of an int().
    json.loads(body, object_pairs_hook=_unique, parse_int=str)


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise Malformed("The document gives a key twice")
