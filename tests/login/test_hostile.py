"""What strangers send to the sign-in doors to break them, or to get around them."""

import asyncio

import aiohttp

from fedi.auth.sign_in import MOST_FAILURES
from tests.house import House
from tests.login.visitor import PASSWORD, VERIFIER, Browser, consent, register, whoami

PART = b'--x\r\nContent-Disposition: form-data; name="code"\r\n'
MULTIPART = "multipart/form-data; boundary=x"
AT_ONCE = 80
OVERLAP = 10  # those that are counted in the same moment: one a connection of the pool

BODIES = [
    ("application/json", b"{"),
    ("application/json", b"[1]"),
    ("application/json", b'{"client_id": "\\u0000"}'),
    ("application/json", b'{"client_id": {"a": [1]}, "grant_type": ["authorization_code"]}'),
    ("application/json", b"\xff\xfe"),
    ("application/x-www-form-urlencoded", b"grant_type=%00&client_id=%ff%fe"),
    ("application/x-www-form-urlencoded", b"a=1&" * 100),
    ("application/x-www-form-urlencoded; charset=nonsense", b"grant_type=password"),
    ("multipart/form-data", b"no boundary"),
    (MULTIPART, b"--x\r\n\r\nnameless\r\n--x--\r\n"),
    (MULTIPART, b"--x\r\nbroken"),
    (MULTIPART, PART + b"Content-Type: text/plain; charset=nonsense\r\n\r\nhello\r\n--x--\r\n"),
    (MULTIPART, PART + b"Content-Encoding: gzip\r\n\r\nnot gzip\r\n--x--\r\n"),
    (MULTIPART, PART + b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n"),
    (MULTIPART, b"--x\r\nX-Long: " + b"y" * 20_000 + b"\r\n\r\nhello\r\n--x--\r\n"),
    (
        MULTIPART,
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n--y--\r\n--x--\r\n",
    ),
]


async def test_guessing_at_once_is_no_way_around_the_limit(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house), Browser(house)
    page = await browser.open(app.link())
    guesses = [browser.fill(page, name="alice", password=f"wrong {n}") for n in range(AT_ONCE)]
    statuses = [(await guess).answer.status for guess in asyncio.as_completed(guesses)]
    assert set(statuses) == {422, 429}
    assert statuses.count(422) <= MOST_FAILURES + OVERLAP


async def test_right_passwords_are_not_held_against_anybody(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app = await register(house)
    for _ in range(MOST_FAILURES + 2):
        page = await Browser(house).sign_in(app.link(), "alice")
        assert page.answer.status == 200
    assert await house.fetch("SELECT 1 FROM sign_in_attempts") == []


async def test_broken_bodies_are_refused_and_break_nothing(house: House) -> None:
    for path in ("/oauth/token", "/oauth/revoke"):
        for kind, body in BODIES:
            headers = {"Content-Type": kind}
            answer = await house.call("POST", path, data=body, headers=headers)
            assert answer.status in (400, 401), (path, kind, body[:80], answer)
            assert answer.body["error"], (kind, answer)


async def test_a_body_of_more_than_64_kib_is_refused(house: House) -> None:
    for size, status in ((60_000, 400), (70_000, 413), (500_000, 413)):
        body = {"grant_type": "x" * size}
        parts = aiohttp.FormData(body, default_to_multipart=True)
        for sent in ({"json": body}, {"data": body}, {"data": parts}):
            answer = await house.call("POST", "/oauth/token", **sent)
            assert answer.status == status, (size, sent.keys(), answer)


async def test_a_stranger_can_neither_spoil_a_code_nor_revoke_a_token(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, other = await register(house), await register(house)
    code = await consent(house, app)
    assert (await other.exchange(code)).body["error"] == "invalid_grant"
    assert (await app.exchange(code, client_secret="wrong")).status == 401
    token = (await app.exchange(code)).body["access_token"]
    theirs = {"client_id": other.client_id, "client_secret": other.secret, "token": token}
    assert (await house.call("POST", "/oauth/revoke", data=theirs)).status == 200
    assert (await whoami(house, token)).status == 200
    own = theirs | {"client_id": app.client_id, "client_secret": app.secret}
    assert (await house.call("POST", "/oauth/revoke", data=own)).body == {}
    assert (await whoami(house, token)).status == 401


async def test_a_challenge_that_was_taken_out_on_the_way_is_noticed(house: House) -> None:
    """RFC 9700, 2.1.1: a verifier for a code that knows no challenge."""
    await house.person("alice", password=PASSWORD)
    app = await register(house)
    refused = await app.exchange(await consent(house, app), code_verifier=VERIFIER)
    assert refused.body["error"] == "invalid_grant"
    assert (await app.exchange(await consent(house, app))).status == 200


async def test_what_looks_like_this_machine_is_not(house: House) -> None:
    app, browser = await register(house, "http://127.0.0.1/done"), Browser(house)
    refused = (
        "http://127.0.0.1:53124/other",
        "http://127.0.0.1:53124@evil.example/done",
        "http://127.0.0.1.evil.example:53124/done",
        "https://127.0.0.1:53124/done",
        "http://127.0.0.1:53124/done\r\nX-Evil: 1",
        "http://127.0.0.1:99999/done",
    )
    for address in refused:
        page = await browser.open(app.link(redirect_uri=address))
        assert (page.answer.status, page.location) == (400, ""), address
    page = await browser.open(app.link(redirect_uri="http://127.0.0.1:53124/done"))
    assert page.answer.status == 200
