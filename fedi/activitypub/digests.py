"""Digests of bodies, in the two headers that carry them.

Spec: S-1 and S-6; `Digest` of RFC 3230, `Content-Digest` of RFC 9530.
"""

import binascii
import hashlib
import hmac
import re
from base64 import b64encode

from fedi.errors import BadSignature

_ENTRY = re.compile(r"[ \t]*([A-Za-z0-9-]+)=([^,]*)")


def digest(body: bytes) -> str:
    """The value of a Digest header; upper-case, because Threads refuses lower case (S-1).

    >>> digest(b"")
    'SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return f"SHA-256={b64encode(hashlib.sha256(body).digest()).decode()}"


def check(body: bytes, *, digest: str | None, content_digest: str | None) -> None:
    """Return only if each header that is given holds the SHA-256 of exactly these bytes.

    raises    BadSignature
    """
    given = []
    if digest is not None:
        given.append(_sha256_in(digest))
    if content_digest is not None:
        given.append(_between_colons(_sha256_in(content_digest)))
    ours = hashlib.sha256(body).digest()
    if not all(hmac.compare_digest(ours, strict_base64(theirs)) for theirs in given):
        raise BadSignature("The digest does not match the body")


def strict_base64(value: str) -> bytes:
    """Exactly the standard alphabet, exactly padded; BadSignature otherwise."""
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError as error:
        raise BadSignature("The signature contains bad base64") from error


def _sha256_in(value: str) -> str:
    """The one SHA-256 in a list such as "SHA-256=…,SHA-512=…"."""
    entries = [_ENTRY.fullmatch(entry) for entry in value.split(",")]
    found = [entry[2].strip() for entry in entries if entry and entry[1].lower() == "sha-256"]
    if None in entries or len(found) != 1:
        raise BadSignature("The digest header needs one SHA-256")
    return found[0]


def _between_colons(value: str) -> str:
    if len(value) < len("::") or value[0] != ":" or value[-1] != ":":
        raise BadSignature("The digest header could not be read")
    return value[1:-1]
