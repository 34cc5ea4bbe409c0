"""Every route of the client API with everything that nobody should send: refused, never broken."""

import asyncio
import io
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from fedi.api import params
from fedi.app import routes
from tests.house import House, Person

JSON = {"Content-Type": "application/json"}
PLACES = re.compile(r"\{[a-z_]+\}")
BROKEN = 500
LONG = "9" * 4_400  # more digits than Python makes a number of
DEEP = "[" * 20_000 + "]" * 20_000
FIELDS = [
    "status",
    "spoiler_text",
    "visibility",
    "language",
    "in_reply_to_id",
    "media_ids",
    "reach",
    "reach_domains",
    "local_only",
    "poll",
    "scheduled_at",
    "quoted_status_id",
    "sensitive",
    "id",
    "ids",
    "limit",
    "max_id",
    "min_id",
    "since_id",
    "offset",
    "q",
    "type",
    "resolve",
    "account_id",
    "acct",
    "types",
    "exclude_types",
    "grouped_types",
    "display_name",
    "note",
    "locked",
    "fields_attributes",
    "source",
    "avatar",
    "header",
    "attribution_domains",
    "comment",
    "duration",
    "notifications",
    "reblogs",
    "notify",
    "title",
    "context",
    "filter_action",
    "expires_in",
    "keywords_attributes",
    "keyword",
    "whole_word",
    "status_id",
    "home",
    "client_name",
    "redirect_uris",
    "scopes",
    "website",
    "description",
    "focus",
    "file",
    "tagged",
    "pinned",
    "only_media",
    "for_not_following",
    "filter_not_following",
]
POSTED = FIELDS[:13]
CHOSEN = ("display_name", "note", "fields_attributes", "source", "avatar", "attribution_domains")
NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**400,
    1e308,
    "",
    "\x00",
    "a\x00b",
    LONG,
    "0" * 30 + LONG,
    "-5",
    "٣",  # a decimal digit, and no ASCII
    "\ufdd0\U000e0041\u202e",
    "%_\\'\";--",
    "x" * 9_000,
    [],
    {},
    [None],
    [[["1"]]],
    ["\x00"],
    ["1"] * 2_000,
    {"0": {"name": "\x00", "value": 7}},
    {"home": {"last_read_id": LONG}, "privacy": "\x00", "language": 3},
)
RAW = (
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b"7", "application/json"),
    (b"\xff\xfe", "application/json"),
    (b'{"status": "\\ud800"}', "application/json"),
    (b'{"status": "\\u0000"}', "application/json"),
    (b'{"status": 1e999, "id": NaN}', "application/json"),
    (DEEP.encode(), "application/json"),
    (b'{"poll":' + DEEP[:2_000].encode() + DEEP[-2_000:].encode() + b"}", "application/json"),
    (b"", "multipart/form-data; boundary=b"),
    (b"--b--\r\n", "multipart/form-data; boundary=b"),
    (b"--b\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    (b"nothing of the kind", "multipart/form-data"),
    (
        b"--b\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nx",
        "multipart/form-data; boundary=b",
    ),
    (b"status=%ff%fe%00&%=&&=&[]=1&a[[b]=2&id[]=%ED%A0%80", "application/x-www-form-urlencoded"),
    (b"&".join(b"id[]=%d" % n for n in range(2_000)), "application/x-www-form-urlencoded"),
    (b"status[a][b][c][d][e][f][g]=1&status=2&status[]=3", "application/x-www-form-urlencoded"),
    (b"x=1", "text/plain; charset=nonsense"),
)
QUERIES = (
    "limit=-1&offset=-1",
    f"limit={LONG}",
    f"max_id={LONG}&since_id=-1",
    f"min_id={LONG}",
    "max_id=%00&q=%00&acct=%00&tagged=%00&types[]=%00&id[]=%00",
    "q=%ff&acct=%ff%fe&tagged=%ff&type=%ff&id=%ff",
    "q=%ED%A0%80&acct=%ED%A0%80@%ED%A0%80",
    "q=http://[::1&resolve=true",
    "q=@a@[::1]:99999&resolve=true",
    "acct=@@@&q=@@@&resolve=1",
    f"type=statuses&q=a&account_id={'0' * 30}{LONG}",
    f"offset={LONG}&q=a",
    f"id={LONG}",
    "&".join(f"id[]={number}" for number in range(300)),
    f"q={'a' * 3_000}",
    "q=%22unclosed -- :* <-> !&type=statuses",
    "limit[]=1&max_id[a]=2&id[a][b]=3",
)
IDS = ("0", str(2**63), "-1", "%00", "%ff", "%ED%A0%80", "%2e%2e%2fetc", LONG, "a-0", "٣")


@pytest.fixture
async def person(house: House) -> Person:
    made = await house.person("alice")
    await made.say("something to act on")
    return made


async def test_no_body_breaks_a_route(person: Person) -> None:
    number = (await person.home())[0]["id"]
    for method, pattern, _ in routes():
        if method != "GET":
            path = PLACES.sub(number, pattern)
            for value in NASTY:
                await _refuses(
                    person, method, path, data=_json(dict.fromkeys(FIELDS, value)), headers=JSON
                )
            for body, kind in RAW:
                headers = {"Content-Type": kind}
                await _refuses(person, method, path, data=body, headers=headers)


async def test_no_single_field_breaks_a_post_or_an_edit(person: Person) -> None:
    """Alone, so that a refusal of another field does not hide it."""
    number = (await person.home())[0]["id"]
    for field, value in itertools.product(POSTED, NASTY):
        body = {"status": "fine", field: value}
        await _refuses(person, "POST", "/api/v1/statuses", json=body)
        await _refuses(person, "PUT", f"/api/v1/statuses/{number}", json=body)
    for field, value in itertools.product(CHOSEN, NASTY):
        await _refuses(person, "PATCH", "/api/v1/accounts/update_credentials", json={field: value})


async def test_no_id_and_no_query_breaks_a_route(person: Person) -> None:
    number = (await person.home())[0]["id"]
    for method, pattern, _ in routes():
        for path in _filled(pattern):
            await _refuses(person, method, path)
        for query in QUERIES if method == "GET" else ():
            await _refuses(person, method, f"{PLACES.sub(number, pattern)}?{query}")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Idempotency-Key: \xff\xfe", 200),
        (b"Idempotency-Key: \xed\xa0\x80", 200),
        (b"Cookie: session=\xff", 200),
        (b"Content-Encoding: gzip", 400),
    ],
)
async def test_no_bytes_in_a_header_break_a_post(
    person: Person, header: bytes, status: int
) -> None:
    """Byte by byte: no client library would send this."""
    reader, writer = await asyncio.open_connection("127.0.0.1", person.house.served.port)
    host, secret = person.house.served.settings.host, person.secret
    head = f"POST /api/v1/statuses HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\n"
    rest = b"\r\nContent-Length: 8\r\nConnection: close\r\n\r\nstatus=a"
    writer.write(head.encode() + header + rest)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 %d" % status), answer


async def test_all_parts_of_a_form_together_are_bounded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody needs a token to send a thousand files of the largest size."""
    monkeypatch.setattr(params, "MAX_FORM", 100_000)
    for count, status in ((1, 401), (3, 413)):
        form = aiohttp.FormData()
        for number in range(count):
            form.add_field(f"file{number}", io.BytesIO(b"x" * 40_000), filename="x.png")
        answer = await house.call("POST", "/api/v2/media", data=form)
        assert answer.status == status, (count, answer)


async def _refuses(person: Person, method: str, path: str, **more: Any) -> None:
    answer = await person.call(method, path, **more)
    sent = repr(more)[:200]
    assert answer.status < BROKEN, (method, path[:200], sent, answer)
    if answer.status >= 400:
        assert answer.body["error"], (method, path[:200], sent, answer)


def _json(value: Any) -> io.BytesIO:
    return io.BytesIO(json.dumps(value).encode())


def _filled(pattern: str) -> Iterator[str]:
    return (PLACES.sub(one, pattern) for one in IDS if PLACES.search(pattern))
