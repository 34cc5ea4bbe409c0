"""RSA keys: make ours, and accept only sound ones from others.

Spec: S-13; security.md section 3 "Key confusion".
"""

import re
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from fedi.errors import BadSignature, Malformed

MIN_BITS, MAX_BITS = 2048, 8192
_MAX_PEM = 4096  # characters; an RSA-8192 public key has 1,500
_MAX_EXPONENT_BITS = 64  # a huge exponent makes each verification as dear as a signature

# One public key and nothing beside it: not a private key, not a certificate, not two keys.
_PUBLIC_PEM = re.compile(
    r"\s*-----BEGIN (RSA )?PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END (RSA )?PUBLIC KEY-----\s*"
)


def generate() -> tuple[str, str]:
    """A new RSA-2048 pair: (private PEM, PKCS #8, unencrypted; public PEM).  Costs 30 ms of CPU."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=MIN_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@lru_cache(maxsize=4096)
def load_private(pem: str) -> rsa.RSAPrivateKey:
    """One of our own keys, out of our own database: its primes are not checked again (30 ms).

    raises    Malformed when the PEM is not an RSA private key
    """
    try:
        key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed("The private key could not be read") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Malformed("The private key is not an RSA key")
    return key


@lru_cache(maxsize=16_384)
def load_public(pem: str) -> rsa.RSAPublicKey:
    """Someone's key, refused unless it is RSA, 2048 to 8192 bits, with a sane exponent.

    raises    BadSignature, whatever the text is
    """
    if len(pem) > _MAX_PEM or not _PUBLIC_PEM.fullmatch(pem):
        raise BadSignature("The public key is not a single PEM public key")
    try:
        key = load_pem_public_key(pem.strip().encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature("The public key could not be read") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadSignature("The public key is not an RSA key")
    _refuse_weak(key)
    return key


def _refuse_weak(key: rsa.RSAPublicKey) -> None:
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise BadSignature(f"The public key has not {MIN_BITS} to {MAX_BITS} bits")
    exponent = key.public_numbers().e
    if exponent < 3 or exponent % 2 == 0 or exponent.bit_length() > _MAX_EXPONENT_BITS:  # noqa: PLR2004 - S-13
        raise BadSignature("The public key has an unusable exponent")
