"""Signature headers that could be read in two ways, and requests made of anything at all."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.activitypub import signatures
from fedi.errors import BadSignature
from tests.activitypub.signed_requests import (
    BODY,
    HOSTS,
    KEY_ID,
    NOW,
    PUBLIC,
    Multi,
    accept,
    refused,
    signed,
)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda value: value + ",",
        lambda value: value.replace('keyId="', 'keyId="https://x.example/",keyId="'),
        lambda value: value + ',KEYID="https://x.example/"',
        lambda value: value + ',algorithm="hs2019"',
        lambda value: value.replace('signature="', 'signature="!'),
        lambda value: value.replace('=="', '"'),
        lambda value: value.replace('=="', '=="x'),
        lambda value: value.replace("keyId", "key"),
        lambda value: value.replace("signature=", "sig="),
        lambda value: value.replace(KEY_ID, "acct:ana@m.partner.example"),
        lambda value: value.replace(KEY_ID, ""),
        lambda value: value.replace(KEY_ID, "https://a b"),
        lambda value: value.replace(KEY_ID, "https://a.example/\\" + '"'),
        lambda value: value.replace(KEY_ID, "https://a.example/" + "a" * 3000),
        lambda value: value + f',x="{"a" * 9000}"',
        lambda value: value + "\n",
        lambda value: value.replace(",", ";"),
    ],
)
def test_a_header_that_could_be_read_in_two_ways_is_refused(change: Callable[[str], str]) -> None:
    headers = signed()
    changed = change(headers["signature"][0])
    if changed.endswith("\n"):
        accept(headers | {"signature": [changed]})  # white space around a value has no meaning
    else:
        refused(headers | {"signature": [changed]})


def test_two_signatures_are_refused_wherever_they_stand() -> None:
    headers = signed()
    value = headers["signature"][0]
    refused(headers | {"signature": [value, value]}, "one signature")
    refused(headers | {"authorization": [f"Signature {value}"]}, "one signature")


def test_a_second_form_of_signature_beside_the_first_is_refused() -> None:
    refused(signed() | {"signature-input": ["sig1=()"]}, "draft-cavage")


def test_a_header_value_cannot_pose_as_two_signed_lines() -> None:
    two_lines = "Fri, 20 Nov 2026 09:15:00 GMT\nhost: fedi.example"
    refused(signed("(request-target) host date digest", values={"date": two_lines}))


_TEXT = st.text(max_size=30) | st.text(alphabet='keyIdsignature="(),: \n\\%\x00é', max_size=60)
_NAMES = st.sampled_from(
    ["signature", "authorization", "host", "date", "digest", "content-digest", "x", "(created)"]
)
_HEADERS = st.dictionaries(_NAMES, st.lists(_TEXT, max_size=2))


@given(st.sampled_from(["GET", "POST", "", "é"]), _TEXT, _HEADERS)
def test_reading_any_request_raises_nothing_but_bad_signature(
    method: str, path: str, headers: Multi
) -> None:
    with pytest.raises(BadSignature):
        signatures.read(method, path, headers)


_PRESENTED = st.builds(
    signatures.Presented,
    key_id=st.just(KEY_ID),
    signature=st.binary(max_size=300),
    covered=st.lists(
        st.sampled_from(["(request-target)", "host", "date", "digest", "(created)", "(expires)"])
        | _TEXT
    ).map(tuple),
    created=st.none() | st.integers(0, 99_999_999_999),
    expires=st.none() | st.integers(0, 99_999_999_999),
)


@given(
    _PRESENTED,
    st.sampled_from(["GET", "POST", "", "é", "G T"]),
    _TEXT | st.just("/inbox"),
    _HEADERS,
    _TEXT | st.just(PUBLIC),
)
def test_checking_anything_raises_nothing_but_bad_signature(
    presented: signatures.Presented, method: str, path: str, headers: Multi, public: str
) -> None:
    with pytest.raises(BadSignature):
        signatures.check(
            presented,
            public,
            method=method,
            path=path,
            headers=signed() | headers,
            body=BODY,
            now=NOW,
            hosts=HOSTS,
        )


@given(st.integers(0, 700), st.sampled_from('"=,()a0 \x00\n'))
def test_no_changed_character_of_the_header_lets_another_signature_in(
    index: int, character: str
) -> None:
    headers = signed()
    value = headers["signature"][0]
    changed = value[:index] + character + value[index + 1 :]
    try:
        presented = accept(headers | {"signature": [changed]})
    except BadSignature:
        return
    original = accept(headers)
    assert (presented.signature, presented.covered) == (original.signature, original.covered)
