"""HTTP signatures: honest peers get in, and each rule alone keeps a forger out."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from fedi.activitypub import signatures
from fedi.errors import BadSignature
from tests.activitypub.signed_requests import (
    BODY,
    DATE,
    HOSTS,
    INBOX,
    KEY_ID,
    NOW,
    PAIRS,
    PRIVATE,
    PUBLIC,
    VECTORS,
    accept,
    digest_of,
    multi,
    post,
    refused,
    signed,
)

CASES = json.loads((VECTORS / "signatures.json").read_text())["cases"]


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["name"].startswith("cavage")], ids=lambda case: case["name"]
)
def test_a_cavage_vector_is_judged_as_written(case: dict[str, Any]) -> None:
    # 403 is for the policy on hosts; its signature is by the evil key, and good.
    public = PAIRS["evil"]["public"] if case["expect"] == 403 else PUBLIC
    request: dict[str, Any] = {
        "method": case["method"],
        "path": case["path"],
        "body": case["body"].encode() if "body" in case else None,
        "public": public,
    }
    if case["expect"] == 401:
        refused(multi(case["headers"]), **request)
    else:
        accept(multi(case["headers"]), **request)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["name"].startswith("rfc9421")], ids=lambda case: case["name"]
)
def test_an_rfc_9421_signature_is_refused_in_words_that_say_what_would_do(
    case: dict[str, Any],
) -> None:
    refused(multi(case["headers"]), "draft-cavage", body=case["body"].encode())


def test_there_are_vectors_of_both_kinds() -> None:
    assert len(CASES) == 27


def test_a_post_of_ours_is_accepted_by_our_own_check() -> None:
    presented = accept(post())
    assert presented.key_id == KEY_ID
    assert presented.covered == ("(request-target)", "host", "date", "digest", "content-type")


def test_a_get_of_ours_is_accepted_with_its_query_and_what_it_covers_beside() -> None:
    url = "https://fedi.example/ap/1/outbox?page=1"
    headers = multi(signatures.sign_get(KEY_ID, PRIVATE, url, now=NOW, headers={"Accept": "a/b"}))
    request: dict[str, Any] = {"method": "GET", "path": "/ap/1/outbox?page=1", "body": None}
    assert accept(headers, **request).covered == ("(request-target)", "host", "date", "accept")
    refused(headers | {"accept": ["c/d"]}, **request)
    refused(headers, **request | {"path": "/ap/1/outbox?page=2"})


def test_a_get_can_be_signed_without_its_query_for_old_servers() -> None:
    url = "https://fedi.example/ap/1?page=1"
    headers = multi(signatures.sign_get(KEY_ID, PRIVATE, url, now=NOW, with_query=False))
    accept(headers, method="GET", path="/ap/1?page=1", body=None)
    accept(headers, method="GET", path="/ap/1", body=None)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://m.example", "m.example", "/"),
        ("https://M.example:443/a%2Fb?c=%20#d", "m.example", "/a%2Fb?c=%20"),
        ("https://m.example:8443/", "m.example:8443", "/"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080", "/x"),
    ],
)
def test_what_we_sign_is_what_goes_over_the_wire(url: str, host: str, target: str) -> None:
    headers = signatures.sign_get(KEY_ID, PRIVATE, url, now=NOW)
    assert headers["Host"] == host
    presented = signatures.read("GET", target, multi(headers))
    signatures.check(
        presented,
        PUBLIC,
        method="GET",
        path=target,
        headers=multi(headers),
        body=None,
        now=NOW,
        hosts={host},
    )


def test_we_sign_in_the_form_that_every_peer_reads() -> None:
    headers = signatures.sign_post(KEY_ID, PRIVATE, INBOX, BODY, now=NOW)
    assert headers["Digest"] == digest_of(BODY)  # upper-case SHA-256: Threads
    assert headers["Date"] == DATE
    assert headers["Content-Type"] == "application/activity+json"
    assert 'algorithm="rsa-sha256"' in headers["Signature"]
    assert 'headers="(request-target) host date digest content-type"' in headers["Signature"]


def test_a_key_id_with_percent_signs_is_written_as_it_is() -> None:
    key_id = "https://m.partner.example/users/%s%20a#main-key"
    headers = multi(signatures.sign_post(key_id, PRIVATE, INBOX, BODY, now=NOW))
    assert accept(headers).key_id == key_id


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "RSA-SHA256", "hs2019", None])
def test_rsa_sha256_hs2019_and_no_algorithm_all_mean_what_the_key_says(
    algorithm: str | None,
) -> None:
    accept(signed(algorithm=algorithm))


def test_the_authorization_header_and_the_old_prefix_are_tolerated() -> None:
    headers = signed()
    value = headers.pop("signature")[0]
    accept(headers | {"signature": [f"Signature {value}"]})
    accept(headers | {"authorization": [f"Signature {value}"]})
    refused(headers | {"authorization": [f"Bearer {value}"]}, "one signature")
    refused(headers, "one signature")


def test_the_public_key_cannot_be_used_as_a_shared_secret() -> None:
    def forge(data: bytes) -> bytes:
        return hmac.new(PUBLIC.encode(), data, hashlib.sha256).digest()

    accept(signed())
    refused(signed(algorithm="hmac-sha256", sign=forge), "unknown algorithm")
    for algorithm in ("hs2019", "rsa-sha256", None):
        refused(signed(algorithm=algorithm, sign=forge))


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "rsa-sha1", "rsa-sha512", "ed25519", "none"])
def test_an_unknown_algorithm_is_refused_even_over_a_good_signature(algorithm: str) -> None:
    refused(signed(algorithm=algorithm), "unknown algorithm")


def test_a_signature_by_another_key_is_refused() -> None:
    accept(post())
    refused(post(), public=PAIRS["evil"]["public"])


def test_an_unsound_public_key_is_a_bad_signature() -> None:
    refused(post(), public=PRIVATE)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY + b" "},
        {"body": b""},
        {"body": None},
        {"path": "/users/x/inbox"},
        {"path": "/inbox/"},
        {"path": "/inbox?x=1#"},
        {"method": "PUT"},
        {"method": "GET"},
    ],
)
def test_a_signature_is_good_for_one_request_only(changed: dict[str, Any]) -> None:
    accept(signed())
    if changed == {"path": "/inbox?x=1#"}:
        accept(signed(), **changed)  # S-5: the query may be left out of what is signed
    else:
        refused(signed(), **changed)


@pytest.mark.parametrize("name", ["host", "date", "digest", "content-type"])
def test_a_covered_header_must_be_there_once_and_unchanged(name: str) -> None:
    headers = post()
    refused({key: value for key, value in headers.items() if key != name})
    refused(headers | {name: headers[name] * 2}, "twice")
    refused(headers | {name: [headers[name][0] + "x"]})


@pytest.mark.parametrize("left_out", ["(request-target)", "host", "date", "digest"])
def test_a_post_must_cover_target_host_date_and_digest(left_out: str) -> None:
    everything = ["(request-target)", "host", "date", "digest"]
    accept(signed(" ".join(everything)))
    refused(signed(" ".join(name for name in everything if name != left_out)), "too little")


@pytest.mark.parametrize("left_out", ["(request-target)", "host", "date"])
def test_a_get_must_cover_target_host_and_date(left_out: str) -> None:
    request: dict[str, Any] = {"method": "GET", "body": BODY}
    everything = ["(request-target)", "host", "date"]
    accept(signed(" ".join(everything), method="get"), **request)
    some = " ".join(name for name in everything if name != left_out)
    refused(signed(some, method="get"), "too little", **request)


def test_the_order_and_the_case_of_covered_headers_do_not_matter() -> None:
    accept(signed("digest date (request-target) host"))
    headers = signed()
    headers["signature"] = [headers["signature"][0].replace("host date", "Host Date")]
    accept(headers)


def test_check_asks_for_coverage_again_so_that_a_get_cannot_pass_for_a_post() -> None:
    headers = signed("(request-target) host date", method="get")
    presented = signatures.read("GET", "/inbox", headers)
    with pytest.raises(BadSignature, match="too little"):
        signatures.check_request(
            presented, method="POST", headers=headers, body=BODY, now=NOW, hosts=HOSTS
        )


def test_a_header_covered_twice_is_refused() -> None:
    refused(signed("(request-target) host date digest date"), "twice")


def test_created_stands_in_for_date_with_hs2019_only() -> None:
    covered, created = "(request-target) host (created) digest", int(NOW.timestamp())
    accept(signed(covered, algorithm="hs2019", created=created))
    accept(signed(covered, algorithm=None, created=created))
    refused(signed(covered, algorithm="rsa-sha256", created=created), "hs2019")


def test_a_covered_moment_must_be_given() -> None:
    refused(signed("(request-target) host (created) digest", algorithm="hs2019"), "moment")
