"""Every endpoint of the client API against what nobody should send: never a 5xx, always JSON."""

from typing import Any

import pytest

from fedi.app import routes
from tests.house import House, Person

NASTY: dict[str, Any] = {
    "an array for everything": [],
    "wrong types": {
        name: [{"deep": [None, True, -1, 1e308]}]
        for name in ("status", "visibility", "media_ids", "id", "title", "context", "note", "q")
    },
    "nothing but NUL": dict.fromkeys(
        ("status", "spoiler_text", "display_name", "note", "title", "comment", "acct"), "\x00" * 8
    ),
    "huge numbers": dict.fromkeys(
        ("in_reply_to_id", "limit", "duration", "expires_in", "max_id"), 10**30
    ),
    "long text": dict.fromkeys(("status", "display_name", "client_name"), "x" * 200000),
    "odd text": dict.fromkeys(
        ("status", "note", "keyword", "q"), "\u202e\U0010ffff\ufeff'\"\\;--%s{{}}"
    ),
}
RAW = [
    ("application/json", b"{"),
    ("application/json", b"[" * 5_000),
    ("application/json", b'{"status": "\\ud800"}'),
    ("application/x-www-form-urlencoded", b"a[b][c][d][e][f][g]=1&status=%ff%fe%00"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--"),
    ("multipart/form-data", b"no boundary"),
    ("text/plain", b"\x00\xff"),
]
QUERY = "limit=-5&max_id=99999999999999999999999&min_id=abc&q=%00&acct=%00@%00&id[]=%00&offset=-1"
IDS = ("0", "9223372036854775808", "-1", "x", "%00", "1" * 400)


def endpoints() -> list[tuple[str, str]]:
    return [(method, path) for method, path, _ in routes()]


async def told(who: Person, method: str, path: str, **more: Any) -> None:
    answer = await who.call(method, path, **more)
    assert answer.status < 500, (method, path, more, answer.status, answer.body)
    if answer.status >= 400 and answer.body:
        assert "error" in answer.body, (method, path, answer.body)


def filled(path: str, value: str) -> str:
    for name in ("{id}", "{group_key}", "{name}", "{status_id}", "{keyword_id}"):
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("what", NASTY)
async def test_no_json_breaks_an_endpoint(house: House, what: str) -> None:
    alice = await house.outgoing("alice")
    for method, path in endpoints():
        if method != "GET":
            await told(alice, method, filled(path, str(alice.account.id)), json=NASTY[what])


async def test_no_bytes_break_an_endpoint(house: House) -> None:
    alice = await house.outgoing("alice")
    for method, path in endpoints():
        if method != "GET":
            for kind, body in RAW:
                headers = {"Content-Type": kind}
                await told(alice, method, filled(path, "1"), data=body, headers=headers)


async def test_no_query_and_no_id_break_an_endpoint(house: House) -> None:
    alice = await house.outgoing("alice")
    for method, path in endpoints():
        for number in IDS:
            await told(alice, method, f"{filled(path, number)}?{QUERY}")


async def test_the_same_walk_finds_answers_when_nothing_is_wrong(house: House) -> None:
    """The control: these endpoints do answer."""
    alice = await house.outgoing("alice")
    good = 0
    for method, path in endpoints():
        if method == "GET":
            answer = await alice.call("GET", filled(path, str(alice.account.id)))
            good += answer.status == 200
    assert good > 30
