"""Requests signed by hand, right in everything but what a test asks for, and a door for them."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from fedi.activitypub import keys, signatures
from fedi.errors import BadSignature

VECTORS = Path(__file__).parents[1] / "wire" / "vectors"
PAIRS = json.loads((VECTORS / "keys.json").read_text())
PRIVATE, PUBLIC = PAIRS["peer"]["private"], PAIRS["peer"]["public"]
NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
DATE = "Fri, 20 Nov 2026 09:15:00 GMT"
HOSTS = frozenset({"fedi.example"})
KEY_ID = "https://m.partner.example/users/ana#main-key"
BODY = b'{"type":"Like"}'
INBOX = "https://fedi.example/inbox"

Multi = dict[str, list[str]]


def multi(headers: dict[str, str]) -> Multi:
    return {name.lower(): [value] for name, value in headers.items()}


def accept(
    headers: Multi,
    *,
    method: str = "POST",
    path: str = "/inbox",
    body: bytes | None = BODY,
    now: datetime = NOW,
    public: str = PUBLIC,
) -> signatures.Presented:
    """What a door does with a request.  Raises BadSignature."""
    presented = signatures.read(method, path, headers)
    signatures.check(
        presented,
        public,
        method=method,
        path=path,
        headers=headers,
        body=body,
        now=now,
        hosts=HOSTS,
    )
    return presented


def post() -> Multi:
    return multi(signatures.sign_post(KEY_ID, PRIVATE, INBOX, BODY, now=NOW))


def digest_of(body: bytes) -> str:
    return f"SHA-256={base64.b64encode(hashlib.sha256(body).digest()).decode()}"


def signed(
    covered: str = "(request-target) host date digest",
    *,
    method: str = "post",
    target: str = "/inbox",
    algorithm: str | None = "rsa-sha256",
    key_id: str = KEY_ID,
    sign: Callable[[bytes], bytes] | None = None,
    values: dict[str, str] | None = None,
    created: int | None = None,
    expires: int | None = None,
) -> Multi:
    """A request signed by hand, right in everything but what the caller asks for."""
    headers = {"host": "fedi.example", "date": DATE, "digest": digest_of(BODY), **(values or {})}
    given = {"created": created, "expires": expires}
    moments = {name: value for name, value in given.items() if value is not None}
    pseudo = {"(request-target)": f"{method} {target}"}
    pseudo |= {f"({name})": str(value) for name, value in moments.items()}
    known = headers | pseudo
    text = "\n".join(f"{name}: {known.get(name, '')}" for name in covered.split(" "))
    sign = sign or (lambda data: keys.load_private(PRIVATE).sign(data, PKCS1v15(), SHA256()))
    parts = [f'keyId="{key_id}"', f'headers="{covered}"']
    parts += [f'algorithm="{algorithm}"'] if algorithm else []
    parts += [f"{name}={value}" for name, value in moments.items()]
    parts.append(f'signature="{base64.b64encode(sign(text.encode())).decode()}"')
    return multi(headers | {"signature": ",".join(parts)})


def refused(headers: Multi, match: str | None = None, **request: Any) -> None:
    with pytest.raises(BadSignature, match=match):
        accept(headers, **request)


def at(moment: datetime) -> Multi:
    return multi(signatures.sign_post(KEY_ID, PRIVATE, INBOX, BODY, now=moment))


def created_at(moment: datetime, expires: int | None = None) -> Multi:
    covered = "(request-target) host (created) digest" + (" (expires)" if expires else "")
    return signed(covered, algorithm="hs2019", created=int(moment.timestamp()), expires=expires)
