"""HTTP signatures: prove that a request came from the actor it names, and sign our own.

Spec: draft-cavage-http-signatures-12, with S-1 to S-7.  RFC 9421 signatures are refused in words
that tell the sender to fall back (S-8, S-11).

Pure: fetches nothing and reads no clock; callers bring the key and the time.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from fedi.activitypub import _httpsig, digests, http_date
from fedi.activitypub._httpsig import Headers
from fedi.activitypub.keys import load_private, load_public
from fedi.errors import BadSignature

OLDEST, NEWEST = timedelta(hours=1), timedelta(minutes=5)  # S-4, around the moment of receipt
EXPIRY_GRACE = timedelta(hours=1)

_TO_READ = frozenset({"(request-target)", "host"})
_TO_WRITE = _TO_READ | {"digest"}
_SHA256, _PKCS1 = SHA256(), PKCS1v15()
_MAX_KEY_ID = 2048  # characters

_KEY_ID = re.compile(r"https?://[!#-\[\]-~]+")
_MOMENT = re.compile(r"[0-9]{1,11}")  # seconds since 1970, until the year 5138


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A signature as it came, well-formed and not yet believed."""

    key_id: str
    signature: bytes
    covered: tuple[str, ...]  # lower-case header names, in the signer's order
    created: int | None  # seconds since 1970
    expires: int | None


def read(method: str, path: str, headers: Headers) -> Presented:
    """The signature of a request, if it could be good enough for this method.

    path      raw, with its query string
    headers   {lower-case name: every value received under it}
    raises    BadSignature, and nothing else

    Source: S-2, S-3, S-7.
    """
    parameters = _httpsig.parameters(headers)
    algorithm = parameters.get("algorithm", "hs2019").lower()
    if algorithm not in {"rsa-sha256", "hs2019"}:
        raise BadSignature("The signature names an unknown algorithm")
    covered = tuple(parameters.get("headers", "").lower().split())
    if algorithm == "rsa-sha256" and not {"(created)", "(expires)"}.isdisjoint(covered):
        raise BadSignature("Only hs2019 signatures may cover (created) or (expires)")
    presented = Presented(
        key_id=_key_id(parameters.get("keyid", "")),
        signature=digests.strict_base64(parameters.get("signature", "")),
        covered=covered,
        created=_moment(parameters.get("created")),
        expires=_moment(parameters.get("expires")),
    )
    _require_coverage(presented, method)
    _covered_values(presented, headers)
    _targets(path)
    return presented


def check(  # noqa: PLR0913 - a request has that many parts, and all of them count
    presented: Presented,
    public_pem: str,
    *,
    method: str,
    path: str,
    headers: Headers,
    body: bytes | None,
    now: datetime,
    hosts: Collection[str],
) -> None:
    """Return only when the owner of this key sent exactly this request, to us, just now.

    public_pem   of the key that `presented.key_id` names; it alone decides the algorithm
    path         raw, with its query string
    body         raw, as received, before any decoding; None for a GET
    now          the moment of receipt at the socket
    hosts        ours, lower-case, with a port unless it is 443
    raises       BadSignature, and nothing else

    Source: S-2 to S-6.
    """
    check_request(presented, method=method, headers=headers, body=body, now=now, hosts=hosts)
    _verify(presented, load_public(public_pem), method, path, headers)


def check_request(
    presented: Presented,
    *,
    method: str,
    headers: Headers,
    body: bytes | None,
    now: datetime,
    hosts: Collection[str],
) -> None:
    """All of `check` that needs no key: ask this before a key is fetched for a stranger."""
    _require_coverage(presented, method)
    _check_host(headers, hosts)
    _check_time(presented, headers, now)
    digests.check(
        body or b"",
        digest=_only(headers, "digest") if "digest" in headers else None,
        content_digest=_only(headers, "content-digest") if "content-digest" in headers else None,
    )


def replay_key(presented: Presented) -> bytes:
    """32 bytes that are equal only for the same signature by the same key (S-4; POST only)."""
    return hashlib.sha256(presented.key_id.encode() + b"\n" + presented.signature).digest()


def sign_get(
    key_id: str,
    private_pem: str,
    url: str,
    *,
    now: datetime,
    headers: Mapping[str, str] | None = None,
    with_query: bool = True,
) -> dict[str, str]:
    """The headers that make a GET ours: Host, Date, `headers` (covered, too) and Signature.

    url          sent as it stands here: re-quoting it later breaks the signature
    with_query   False: the second try at old servers that leave the query out (S-5)
    """
    host, target = _host_and_target(url)
    named = {"Host": host, "Date": http_date.write(now), **(headers or {})}
    target = target if with_query else target.partition("?")[0]
    return _signed(key_id, private_pem, "get", target, named)


def sign_post(
    key_id: str,
    private_pem: str,
    url: str,
    body: bytes,
    *,
    now: datetime,
    content_type: str = "application/activity+json",
) -> dict[str, str]:
    """The headers that make a POST ours: Host, Date, Digest, Content-Type and Signature (S-1).

    Sign anew for each attempt (X-3): peers refuse an old Date.
    """
    host, target = _host_and_target(url)
    named = {
        "Host": host,
        "Date": http_date.write(now),
        "Digest": digests.digest(body),
        "Content-Type": content_type,
    }
    return _signed(key_id, private_pem, "post", target, named)


# Reading


def _key_id(value: str) -> str:
    if len(value) > _MAX_KEY_ID or not _KEY_ID.fullmatch(value):
        raise BadSignature("The signature must name its key by a URL")
    return value


def _moment(value: str | None) -> int | None:
    if value is None:
        return None
    if not _MOMENT.fullmatch(value):
        raise BadSignature("The signature contains a bad moment")
    return int(value)


def _require_coverage(presented: Presented, method: str) -> None:
    covered = frozenset(presented.covered)
    required = _TO_READ if method.upper() in {"GET", "HEAD"} else _TO_WRITE
    if not required <= covered or covered.isdisjoint(("date", "(created)")):
        raise BadSignature("The signature covers too little of the request")
    if len(covered) != len(presented.covered):
        raise BadSignature("The signature covers a header twice")


def _covered_values(presented: Presented, headers: Headers) -> dict[str, str]:
    values: dict[str, str] = {}
    for name in presented.covered:
        match name:
            case "(request-target)":
                continue
            case "(created)":
                values[name] = _given(presented.created)
            case "(expires)":
                values[name] = _given(presented.expires)
            case _:
                values[name] = _only(headers, name)
    return values


def _given(moment: int | None) -> str:
    if moment is None:
        raise BadSignature("The signature covers a moment that it does not give")
    return str(moment)


def _only(headers: Headers, name: str) -> str:
    found = headers.get(name, ())
    if len(found) != 1:
        raise BadSignature("A signed header is missing or stands twice")
    value = found[0].strip()
    # A line break would let one value pose as two signed lines.
    if not value.isascii() or not value.isprintable():
        raise BadSignature("A signed header contains characters that cannot be signed")
    return value


def _targets(path: str) -> tuple[str, ...]:
    """What the signer may have taken for the path: with the query, or without (S-5)."""
    if not path.startswith("/") or not path.isascii() or not path.isprintable():
        raise BadSignature("The path of the request cannot be signed")
    bare = path.partition("?")[0]
    return (path,) if bare == path else (path, bare)


# Checking


def _check_host(headers: Headers, hosts: Collection[str]) -> None:
    if _only(headers, "host").lower().removesuffix(":443") not in hosts:
        raise BadSignature("The request was signed for another host")


def _check_time(presented: Presented, headers: Headers, now: datetime) -> None:
    """S-4.  Every moment that is signed must lie in the window, not just one of them."""
    signed_at = []
    if "date" in presented.covered:
        signed_at.append(http_date.read(_only(headers, "date")))
    if "(created)" in presented.covered:
        signed_at.append(_time(presented.created))
    if min(signed_at) < now - OLDEST:
        raise BadSignature("The signature is too old")
    if max(signed_at) > now + NEWEST:
        raise BadSignature("The signature is from the future; check the clock")
    if presented.expires is not None and _time(presented.expires) < now - EXPIRY_GRACE:
        raise BadSignature("The signature has expired")


def _time(seconds: int | None) -> datetime:
    return datetime.fromtimestamp(int(_given(seconds)), UTC)


def _verify(
    presented: Presented, key: RSAPublicKey, method: str, path: str, headers: Headers
) -> None:
    values = _covered_values(presented, headers)
    if not (method.isascii() and method.isalpha()):
        raise BadSignature
    for target in _targets(path):
        signed = _httpsig.signing_string(presented.covered, values, method=method, target=target)
        try:
            return key.verify(presented.signature, signed, _PKCS1, _SHA256)
        except InvalidSignature:
            continue
    raise BadSignature


# Signing


def _host_and_target(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    default = {"https": ":443", "http": ":80"}[parts.scheme]
    host = parts.netloc.lower().removesuffix(default)
    return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _signed(
    key_id: str, private_pem: str, method: str, target: str, named: dict[str, str]
) -> dict[str, str]:
    values = {name.lower(): value for name, value in named.items()}
    covered = ["(request-target)", *values]
    message = _httpsig.signing_string(covered, values, method=method, target=target)
    signature = b64encode(load_private(private_pem).sign(message, _PKCS1, _SHA256)).decode()
    return {**named, "Signature": _httpsig.signature_header(key_id, covered, signature)}
