"""How secrets of ours are kept: nobody can sign in with what the database holds."""

import base64
import hashlib


def hash_of(secret: str) -> bytes:
    """How secrets of 256 random bits are stored: nothing slower is needed for them."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier.  Source: RFC 7636, 4.2"""
    return base64.urlsafe_b64encode(hash_of(verifier)).rstrip(b"=").decode()
