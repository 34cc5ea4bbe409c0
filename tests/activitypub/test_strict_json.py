"""JSON from strangers: read once, read strictly, and refused with one kind of error."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.activitypub import strict_json
from fedi.errors import Malformed

VECTORS = Path(__file__).parents[1] / "wire" / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text())["vectors"]
UNREADABLE = [v["file"] for v in INDEX if "P-4" in v["rules"] and v["http"] == 400]
HONEST = sorted((VECTORS / "ok").glob("*.json"))


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize("path", HONEST, ids=lambda path: path.stem)
def test_every_honest_document_reads_as_it_was_written(path: Path) -> None:
    body = path.read_bytes()
    assert strict_json.parse(body) == json.loads(body)


@pytest.mark.parametrize("file", UNREADABLE)
def test_every_hostile_vector_of_p4_is_malformed(file: str) -> None:
    with pytest.raises(Malformed):
        strict_json.parse((VECTORS / file).read_bytes())


def test_the_hostile_vectors_are_there_at_all() -> None:
    assert len(UNREADABLE) >= 6


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}{}",
        b"{} x",
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":9007199254740993}',
        b'{"a":-9007199254740993}',
        b'{"a":1e17}',
        b'{"a":' + b"1" * 4300 + b"}",
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":"\\\\\\u0000"}',
        b'{"a":[' + b"0," * 20_000 + b"0]}",
        nested(40),
        nested(5_000),
        b"[" * 1_000_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_plain_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        strict_json.parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b' {"a" : 1}\n',
        b'{"a":9007199254740992,"b":-9007199254740992,"c":0.5}',
        b'{"a":"\\\\u0000"}',
        b'{"a":"\\u0001\\ud83d\\ude00"}',
        b'{"a":":b:","c":"\\u003a","d :":"\\" :"}',
        b'{"a":{"b":1},"b":{"a":1}}',
        b'{"a":[' + b"0," * 19_990 + b"0]}",
        nested(32),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_plain_json_and_small_enough_is_read(body: bytes) -> None:
    assert strict_json.parse(body) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a" :2}',
        b'{"a":1,"b":{"c":1,"c"\n:2}}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":1,"a":2,"b":"\\u003a"}',
        b'{"a":1,"a":"\\u003A"}',
        b'{"a":":","a":"","b":"\\u003a\\u003a"}',
        b'[{"a":{"b":1},"a":{}}]',
    ],
)
def test_a_key_given_twice_is_malformed_however_it_is_spelled(body: bytes) -> None:
    with pytest.raises(Malformed, match="twice"):
        strict_json.parse_any(body)


def test_anything_but_an_object_may_stand_at_the_top_only_if_asked_for() -> None:
    assert strict_json.parse_any(b"[1]") == [1]
    with pytest.raises(Malformed):
        strict_json.parse(b"[1]")


@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0a1e- \n', max_size=60).map(str.encode)
)
def test_no_bytes_raise_anything_but_malformed(body: bytes) -> None:
    try:
        strict_json.parse_any(body)
    except Malformed:
        return
    json.loads(body)


_KEYS = st.sampled_from(["a", "b", ":", 'q":', "\\u0061", "ä"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | _KEYS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(_KEYS, inner), max_size=3).map(tuple)
    ),
)


def _spelled(value: Any, space: str) -> str:
    """JSON in which a tuple of pairs is an object, so that keys may repeat."""
    match value:
        case tuple():
            members = (f"{json.dumps(k)}{space}:{_spelled(v, space)}" for k, v in value)
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(_spelled(v, space) for v in value) + "]"
        case _:
            return json.dumps(value)


def _repeats(value: Any) -> bool:
    match value:
        case tuple():
            keys = [key for key, _ in value]
            return len({*keys}) < len(keys) or any(_repeats(v) for _, v in value)
        case list():
            return any(_repeats(v) for v in value)
        case _:
            return False


@given(_VALUES, st.sampled_from(["", " ", "\n", "  "]), st.booleans())
def test_a_repeated_key_is_refused_and_no_other_document_is(
    value: Any, space: str, escaped: bool
) -> None:
    text = _spelled(value, space)
    body = (text.replace('":"', '"\\u003a"') if escaped and not space else text).encode()
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return  # escaping hit a real colon
    if _repeats(value):
        with pytest.raises(Malformed, match="twice"):
            strict_json.parse_any(body)
    else:
        assert strict_json.parse_any(body) == json.loads(body)
