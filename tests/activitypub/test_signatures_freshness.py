"""A signature is good now, here and for this body; once each for its time, host and digest."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from fedi.activitypub import signatures
from tests.activitypub.signed_requests import (
    BODY,
    KEY_ID,
    NOW,
    Multi,
    accept,
    at,
    created_at,
    digest_of,
    post,
    refused,
    signed,
)


@pytest.mark.parametrize("sign", [at, created_at])
def test_a_signature_is_good_from_an_hour_ago_until_five_minutes_from_now(
    sign: Callable[[datetime], Multi],
) -> None:
    accept(sign(NOW - timedelta(hours=1)))
    refused(sign(NOW - timedelta(hours=1, seconds=1)), "too old")
    accept(sign(NOW + timedelta(minutes=5)))
    refused(sign(NOW + timedelta(minutes=5, seconds=1)), "future")


def test_when_both_moments_are_covered_both_must_be_fresh() -> None:
    covered, created = "(request-target) host date (created) digest", int(NOW.timestamp())
    accept(signed(covered, algorithm="hs2019", created=created))
    refused(signed(covered, algorithm="hs2019", created=created - 7200), "too old")
    refused(signed(covered, algorithm="hs2019", created=created + 7200), "future")
    stale = {"date": "Fri, 20 Nov 2026 07:15:00 GMT"}
    refused(signed(covered, algorithm="hs2019", created=created, values=stale), "too old")


def test_an_expiry_is_honoured_with_an_hour_of_grace() -> None:
    fresh, past = NOW - timedelta(minutes=59), int(NOW.timestamp()) - 3600
    accept(created_at(fresh, expires=past))
    refused(created_at(fresh, expires=past - 1), "expired")


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "2026-11-20T09:15:00Z",
        "Fri, 20 Nov 2026 09:15:00",
        "Fri, 20 Nov 2026 09:15:00 +0000",
        "Fri, 20 Nov 2026 25:15:00 GMT",
        "Fri, 31 Feb 2026 09:15:00 GMT",
        "Fri, 20 Nov 0000 09:15:00 GMT",
        "Fri, 20 Nov ٢٠٢٦ 09:15:00 GMT",
    ],
)
def test_a_date_in_any_other_form_is_refused(date: str) -> None:
    refused(signed(values={"date": date}))


@pytest.mark.parametrize("created", ["-1", "1e9", "1.5", "0x10", "9" * 12, '""', "", "now"])
def test_a_moment_that_is_no_plain_number_is_refused(created: str) -> None:
    headers = signed("(request-target) host (created) digest", algorithm="hs2019", created=17)
    headers["signature"] = [headers["signature"][0].replace("created=17", f"created={created}")]
    refused(headers)


@pytest.mark.parametrize("host", ["other.example", "fedi.example.", "fedi.example:80", "x", ""])
def test_a_request_signed_for_another_host_is_refused(host: str) -> None:
    accept(signed(values={"host": "FEDI.example:443"}))
    refused(signed(values={"host": host}), "host")


def content_digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


@pytest.mark.parametrize("form", ["{}", "sha-512=AAAA,{}", "{}, unixsum=1"])
def test_the_sha_256_is_found_in_a_list_and_in_any_case(form: str) -> None:
    digest = digest_of(BODY)
    accept(signed(values={"digest": form.format(digest)}))
    accept(signed(values={"digest": form.format(digest.replace("SHA", "sha"))}))
    refused(signed(values={"digest": form.format(digest_of(b"other"))}), "does not match")


@pytest.mark.parametrize(
    "digest",
    [
        "",
        "SHA-256=",
        "SHA-256=AAAA",
        "SHA-512=AAAA",
        "SHA-256",
        f"{digest_of(BODY)},{digest_of(BODY)}",
        f"{digest_of(b'other')},{digest_of(BODY)}",
        digest_of(BODY).rstrip("="),
        digest_of(BODY) + "=",
        digest_of(BODY).replace("=", "=\t", 1),
        digest_of(BODY)[:20] + "!" + digest_of(BODY)[20:],
    ],
)
def test_a_digest_that_leaves_room_for_doubt_is_refused(digest: str) -> None:
    refused(signed(values={"digest": digest}))


def test_when_both_digests_are_there_both_must_match() -> None:
    headers = signed()
    accept(headers | {"content-digest": [content_digest(BODY)]})
    refused(headers | {"content-digest": [content_digest(b"other")]}, "does not match")
    refused(headers | {"content-digest": [digest_of(BODY)]})
    refused(headers | {"content-digest": ["sha-256=:"]})
    refused(headers | {"content-digest": [content_digest(BODY)] * 2})


def test_an_empty_body_has_a_digest_like_any_other() -> None:
    headers = signed(values={"digest": digest_of(b"")})
    accept(headers, body=b"")
    refused(headers, "does not match")


def test_a_replay_key_is_the_same_for_the_same_signature_only() -> None:
    one = signatures.replay_key(accept(post()))
    assert one == signatures.replay_key(accept(post()))
    assert len(one) == 32
    later = signatures.replay_key(accept(at(NOW + timedelta(seconds=1))))
    other_key = signatures.replay_key(accept(signed(key_id=f"{KEY_ID}2")))
    assert len({one, later, other_key}) == 3
