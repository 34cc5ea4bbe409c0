"""Keys: ours are sound, and of other people's only sound ones are let in."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fedi.activitypub import keys
from fedi.errors import BadSignature, Malformed

PAIR = json.loads((Path(__file__).parents[1] / "wire/vectors/keys.json").read_text())["peer"]
PUBLIC, PRIVATE = PAIR["public"], PAIR["private"]
DER = base64.b64decode("".join(PUBLIC.splitlines()[1:-1]))


def pem(der: bytes, label: str = "PUBLIC KEY") -> str:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"


def pem_of(key: PublicKeyTypes) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def rsa_pem(bits: int, exponent: int) -> str:
    """A PKCS #1 public key with any numbers, also such as no library would make."""
    content = _der_integer((1 << bits) - 1) + _der_integer(exponent)
    return pem(b"\x30" + _der_length(len(content)) + content, "RSA PUBLIC KEY")


def _der_integer(value: int) -> bytes:
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + _der_length(len(content)) + content


def _der_length(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    content = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(content)]) + content


def test_a_generated_pair_belongs_together_and_is_rsa_2048() -> None:
    private, public = keys.generate()
    assert keys.load_private(private).public_key() == keys.load_public(public)
    assert keys.load_public(public).key_size == 2048
    assert private.startswith("-----BEGIN PRIVATE KEY-----")


def test_no_two_generated_pairs_are_alike() -> None:
    assert keys.generate() != keys.generate()


def test_a_key_is_read_once_and_remembered() -> None:
    assert keys.load_private(PRIVATE) is keys.load_private(PRIVATE)
    assert keys.load_public(PUBLIC) is keys.load_public(PUBLIC)


@pytest.mark.parametrize(
    "text",
    [PUBLIC, PUBLIC.replace("\n", "\r\n"), f"\n{PUBLIC}\n", rsa_pem(2048, 3), rsa_pem(8192, 65537)],
    ids=["plain", "crlf", "blank lines", "exponent 3", "8192 bits"],
)
def test_a_sound_public_key_is_accepted_however_its_lines_end(text: str) -> None:
    assert keys.load_public(text).key_size >= 2048


@pytest.mark.parametrize(
    "text",
    [
        "",
        "key",
        "\x00",
        "\ud800",
        PRIVATE,
        PUBLIC + PRIVATE,
        PUBLIC + PUBLIC,
        PUBLIC + "x",
        "x" + PUBLIC,
        pem(DER + b"\x00"),
        pem(DER[:-1]),
        pem(b""),
        PUBLIC.replace("PUBLIC", "CERTIFICATE"),
        PUBLIC + " " * 5000,
        rsa_pem(1024, 65537),
        rsa_pem(2047, 65537),
        rsa_pem(8193, 65537),
        rsa_pem(2048, 1),
        rsa_pem(2048, 2),
        rsa_pem(2048, 65536),
        rsa_pem(2048, (1 << 65) + 1),
        pem_of(ed25519.Ed25519PrivateKey.generate().public_key()),
        pem_of(ec.generate_private_key(ec.SECP256R1()).public_key()),
    ],
    ids=lambda text: repr(text[:30]),
)
def test_an_unsound_public_key_is_refused(text: str) -> None:
    with pytest.raises(BadSignature):
        keys.load_public(text)


@pytest.mark.parametrize("text", ["", "key", "\ud800", PUBLIC, PRIVATE[:500]])
def test_what_is_not_a_private_key_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        keys.load_private(text)


def test_a_private_key_of_another_kind_is_malformed() -> None:
    seed = ed25519.Ed25519PrivateKey.generate().private_bytes_raw()
    der = bytes.fromhex("302e020100300506032b657004220420") + seed
    with pytest.raises(Malformed):
        keys.load_private(pem(der, "PRIVATE KEY"))
