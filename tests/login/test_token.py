"""Clients exchange codes for tokens, give them back, and are refused in RFC 6749's words."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from fedi import clock
from tests.house import Answer, House
from tests.login.browser import PASSWORD, App, Browser, register, returned

HOME = "https://phanpy.social/"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
PKCE = {"code_challenge": CHALLENGE.decode(), "code_challenge_method": "S256"}


async def test_a_code_becomes_a_token_that_works(house: House) -> None:
    app, browser = await _ready(house)
    answer = await app.exchange(await app.code(browser, "alice"))
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.body
    assert set(token) == {"access_token", "token_type", "scope", "created_at"}
    assert (token["token_type"], token["scope"]) == ("Bearer", "read write follow push")
    assert abs(token["created_at"] - clock.now().timestamp()) < 60
    assert len(base64.urlsafe_b64decode(token["access_token"] + "=")) == 32
    assert await _status(house, token["access_token"]) == 200
    kept = await house.fetch("SELECT t::text AS row FROM tokens t")
    assert all(token["access_token"] not in one["row"] for one in kept)


async def test_json_form_and_multipart_are_one(house: House) -> None:
    app, browser = await _ready(house)
    await browser.open(app.address())
    await browser.sign_in("alice")
    consent = browser.forms[0]
    for form in (True, False):
        code = returned(await browser.submit(consent, decision="allow"))["code"]
        assert (await app.exchange(code, form=form)).status == 200
    code = returned(await browser.submit(consent, decision="allow"))["code"]
    parts = aiohttp.FormData(default_to_multipart=True)
    for name, value in (
        ("grant_type", "authorization_code"),
        ("client_id", app.client_id),
        ("client_secret", app.client_secret),
        ("redirect_uri", app.redirect_uri),
        ("code", code),
    ):
        parts.add_field(name, value)
    assert (await house.call("POST", "/oauth/token", data=parts)).status == 200


async def test_a_client_may_authenticate_by_http_basic(house: House) -> None:
    app, browser = await _ready(house)
    code = await app.code(browser, "alice")
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME}
    wrong = await house.call(
        "POST", "/oauth/token", data=body, headers=_basic(app.client_id, "wrong")
    )
    _refused(wrong, 401, "invalid_client")
    right = await house.call(
        "POST", "/oauth/token", data=body, headers=_basic(app.client_id, app.client_secret)
    )
    assert right.status == 200, right


async def test_an_unknown_client_reads_the_words_that_make_it_register_anew(house: House) -> None:
    app, browser = await _ready(house)
    code = await app.code(browser, "alice")
    for wrong in ({"client_id": "gone"}, {"client_secret": "wrong"}, {"client_secret": ""}):
        answer = await app.exchange(code, **wrong)
        _refused(answer, 401, "invalid_client")
        assert "Client authentication failed" in answer.body["error_description"]
    assert (await app.exchange(code)).status == 200  # a stranger cannot spoil somebody's code


async def test_a_code_works_once(house: House) -> None:
    app, browser = await _ready(house)
    code = await app.code(browser, "alice")
    assert (await app.exchange(code)).status == 200
    _refused(await app.exchange(code), 400, "invalid_grant")


async def test_a_code_lives_for_a_minute(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    app, browser = await _ready(house)
    await browser.open(app.address())
    await browser.sign_in("alice")
    consent = browser.forms[0]
    for seconds, status in ((55, 200), (61, 400)):
        code = returned(await browser.submit(consent, decision="allow"))["code"]
        with monkeypatch.context() as later:
            later.setattr(clock, "_shift", timedelta(seconds=seconds))
            assert (await app.exchange(code)).status == status, seconds


async def test_a_code_is_bound_to_its_client_and_address(house: House) -> None:
    app, browser = await _ready(house)
    other = await register(house, HOME)
    code = await app.code(browser, "alice")
    _refused(await other.exchange(code), 400, "invalid_grant")
    assert (await app.exchange(code)).status == 200
    await browser.open(app.address())
    code = returned(await browser.allow())["code"]
    _refused(await app.exchange(code, redirect_uri=HOME + "x"), 400, "invalid_grant")


async def test_a_challenge_must_be_answered(house: House) -> None:
    app, browser = await _ready(house)
    await browser.open(app.address(**PKCE))
    await browser.sign_in("alice")
    consent = browser.forms[0]
    for verifier in ({}, {"code_verifier": "w" * 43}, {"code_verifier": PKCE["code_challenge"]}):
        code = returned(await browser.submit(consent, decision="allow"))["code"]
        _refused(await app.exchange(code, **verifier), 400, "invalid_grant")
        _refused(await app.exchange(code, code_verifier=VERIFIER), 400, "invalid_grant")
    code = returned(await browser.submit(consent, decision="allow"))["code"]
    assert (await app.exchange(code, code_verifier=VERIFIER)).status == 200


async def test_a_challenge_that_was_taken_out_on_the_way_is_noticed(house: House) -> None:
    """RFC 9700, 2.1.1: a verifier for a code that knows no challenge."""
    app, browser = await _ready(house)
    code = await app.code(browser, "alice")
    _refused(await app.exchange(code, code_verifier=VERIFIER), 400, "invalid_grant")


async def test_a_client_may_have_a_token_of_its_own(house: House) -> None:
    app, _ = await _ready(house)
    body = {"client_id": app.client_id, "client_secret": app.client_secret}
    grant = {"grant_type": "client_credentials", **body}
    answer = await house.call("POST", "/oauth/token", json=grant)
    assert (answer.status, answer.body["scope"]) == (200, "read")
    secret = answer.body["access_token"]
    mine = await house.call("GET", "/api/v1/apps/verify_credentials", headers=_bearer(secret))
    assert (mine.status, mine.body["name"]) == (200, "Tusky")
    assert await _status(house, secret) in (401, 403, 422)  # nobody is signed in with it
    wide = await house.call("POST", "/oauth/token", json={**grant, "scope": "admin:read"})
    _refused(wide, 400, "invalid_scope")


async def test_passwords_are_never_exchanged(house: House) -> None:
    app, _ = await _ready(house)
    body: dict[str, Any] = {"client_id": app.client_id, "client_secret": app.client_secret}
    login = {"username": "alice", "password": PASSWORD}
    for grant in ("password", "refresh_token", "", "implicit"):
        answer = await house.call(
            "POST", "/oauth/token", json={**body, **login, "grant_type": grant}
        )
        _refused(answer, 400, "unsupported_grant_type")
    assert (
        await house.call("POST", "/oauth/token", json={**body, "grant_type": "client_credentials"})
    ).status == 200


async def test_revoking_ends_a_token_and_may_be_repeated(house: House) -> None:
    app, browser = await _ready(house)
    secret = (await app.exchange(await app.code(browser, "alice"))).body["access_token"]
    client = {"client_id": app.client_id, "client_secret": app.client_secret}
    other = await register(house, HOME)
    foreign = {"client_id": other.client_id, "client_secret": other.client_secret}
    assert (await _revoke(house, **foreign, token=secret)).status == 200
    _refused(await _revoke(house, client_id=app.client_id, token=secret), 401, "invalid_client")
    assert await _status(house, secret) == 200  # neither was this client
    for _ in range(2):
        answer = await _revoke(house, **client, token=secret)
        assert (answer.status, answer.body) == (200, {})
        assert await _status(house, secret) == 401
    assert (await _revoke(house, **client, token="never was")).status == 200


async def test_userinfo_wants_the_profile_scope(house: House) -> None:
    app, browser = await _ready(house)
    await browser.open(app.address(scope="profile"))
    await browser.sign_in("alice")
    good = (await app.exchange(returned(await browser.allow())["code"])).body["access_token"]
    await browser.open(app.address(scope="read"))
    other = (await app.exchange(returned(await browser.allow())["code"])).body["access_token"]
    for method in ("GET", "POST"):
        answer = await house.call(method, "/oauth/userinfo", headers=_bearer(good))
        assert (answer.status, answer.body["preferred_username"]) == (200, "alice")
        assert answer.body["iss"].startswith(house.origin)
        refused = await house.call(method, "/oauth/userinfo", headers=_bearer(other))
        assert refused.status == 403
        assert (await house.call(method, "/oauth/userinfo")).status == 401


async def test_clients_find_out_what_there_is(house: House) -> None:
    answer = await house.call("GET", "/.well-known/oauth-authorization-server")
    found = answer.body
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in found["grant_types_supported"]
    assert {"read", "write", "follow", "push", "profile"} <= set(found["scopes_supported"])
    for name in ("token_endpoint", "revocation_endpoint", "userinfo_endpoint"):
        path = found[name].removeprefix(house.origin)
        assert (await house.call("POST", path)).status in (400, 401), name


async def test_registering_accepts_what_clients_send(house: House) -> None:
    lines = "icecubesapp://\nhttps://elk.zone/api/x/oauth/https%3A%2F%2Felk.zone\n"
    body = {"client_name": "Tusky", "redirect_uris": lines, "scopes": "read write follow push"}
    for sent in ({"json": body}, {"data": body}):
        answer = await house.call("POST", "/api/v1/apps", **sent)
        made = answer.body
        assert (answer.status, made["redirect_uris"]) == (200, lines.split())
        assert made["redirect_uri"] == lines.strip()
        assert (made["client_secret_expires_at"], made["vapid_key"]) == (0, "")
        assert isinstance(made["id"], str)
        assert made["scopes"] == ["read", "write", "follow", "push"]


async def test_registering_refuses_what_no_browser_should_follow(house: House) -> None:
    body = {"client_name": "Tusky", "scopes": "read"}
    for uri in ("javascript:alert(1)", "data:text/html,x", "/here", "", "https://x.example/#f",
                "https://x.example/\r\nX-Evil: 1", "x" * 3000 + "://"):  # fmt: skip
        sent = {**body, "redirect_uris": [uri]}
        assert (await house.call("POST", "/api/v1/apps", json=sent)).status == 422, uri
    for wrong in ({"scopes": "everything"}, {"client_name": ""}, {"website": "javascript:x"}):
        sent = {**body, "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", **wrong}
        assert (await house.call("POST", "/api/v1/apps", json=sent)).status == 422, wrong
    assert (await register(house)).client_id


HOSTILE = [
    ("application/json", b"{"),
    ("application/json", b"[1]"),
    ("application/json", b'{"client_id": "\\u0000"}'),
    ("application/json", b'{"client_id": {"a": [1]}, "grant_type": ["authorization_code"]}'),
    ("application/json", b"\xff\xfe"),
    ("application/x-www-form-urlencoded", b"grant_type=%00&client_id=%ff%fe"),
    ("application/x-www-form-urlencoded", b"a=1&" * 100),
    ("application/x-www-form-urlencoded; charset=nonsense", b"grant_type=password"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\nnameless\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="code"\r\n'
        b"Content-Type: text/plain; charset=nonsense\r\n\r\nhello\r\n--x--\r\n",
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="code"\r\n'
        b"Content-Encoding: gzip\r\n\r\nnot gzip\r\n--x--\r\n",
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="code"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n",
    ),
    (
        "multipart/form-data; boundary=x",
        b"--x\r\nX-Long: " + b"y" * 20_000 + b"\r\n\r\nhello\r\n--x--\r\n",
    ),
    (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n--y--\r\n--x--\r\n",
    ),
    ("application/octet-stream", b"\x00" * 100),
]


async def test_hostile_bodies_are_refused_and_never_break(house: House) -> None:
    for kind, body in HOSTILE:
        for path in ("/oauth/token", "/oauth/revoke"):
            answer = await house.call("POST", path, data=body, headers={"Content-Type": kind})
            assert answer.status in (400, 401), (path, kind, body[:80], answer)
            assert answer.body["error"], (kind, answer)


async def test_a_body_of_more_than_64_kib_is_refused(house: House) -> None:
    for size, status in ((60_000, 400), (70_000, 413), (3_000_000, 413)):
        body = {"grant_type": "x" * size}
        assert (await house.call("POST", "/oauth/token", json=body)).status == status, size
        assert (await house.call("POST", "/oauth/token", data=body)).status == status, size
        parts = aiohttp.FormData(body, default_to_multipart=True)
        assert (await house.call("POST", "/oauth/token", data=parts)).status == status, size


async def _ready(house: House) -> tuple[App, Browser]:
    await house.person("alice", password=PASSWORD)
    return await register(house, HOME), Browser(house)


async def _revoke(house: House, **body: str) -> Answer:
    return await house.call("POST", "/oauth/revoke", data=body)


async def _status(house: House, secret: str) -> int:
    path = "/api/v1/accounts/verify_credentials"
    return (await house.call("GET", path, headers=_bearer(secret))).status


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def _refused(answer: Answer, status: int, error: str) -> None:
    assert (answer.status, answer.body["error"]) == (status, error), answer
    assert answer.body["error_description"]
