"""What hostile servers can do to our client, against real servers on loopback."""

import asyncio
import gzip
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fedi import VERSION, clock, errors
from fedi.net import Client, Failure, Failures, Guard

ORIGIN = "https://fedi.example"
HIGH, LOW = "8.8.8.8", "10.0.0.5"


class Peer:
    """A server on loopback that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.redirects: dict[str, str] = {}  # from host and path, to URL
        self.port = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        await request.read()
        if location := self.redirects.get(f"{request.host}{request.path}"):
            headers = {"Location": location, "Set-Cookie": "a=b"}
            return web.Response(status=307, headers=headers)
        match request.path:
            case "/drip":
                answer = web.StreamResponse()
                await answer.prepare(request)
                for _ in range(30):
                    await answer.write(b"x")
                    await asyncio.sleep(0.02)
                return answer
            case "/silent":
                await asyncio.sleep(1)
                return web.Response()
            case path:
                body, encoding = BODIES.get(path, (b"hello", None))
                headers = {"Content-Encoding": encoding} if encoding else {}
                return web.Response(body=body, headers=headers)


NOISE = os.urandom(2048) + bytes(2048)
BODIES: dict[str, tuple[bytes, str | None]] = {
    "/zip": (gzip.compress(b'{"a": 1}' * 100), "gzip"),
    "/noise": (gzip.compress(NOISE), "GZIP"),
    "/bomb": (gzip.compress(bytes(10_000_000)), "gzip"),
    "/cut": (gzip.compress(NOISE)[:-10], "gzip"),
    "/trailing": (gzip.compress(b"a") + b"more", "gzip"),
    "/not-zip": (b"hello", "gzip"),
    "/brotli": (b"hello", "br"),
    "/large": (bytes(100_000), None),
}


@pytest.fixture
async def peer(aiohttp_server: Callable[..., Awaitable[TestServer]]) -> Peer:
    peer = Peer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", peer.serve)
    peer.port = (await aiohttp_server(app)).port or 0
    return peer


@pytest.fixture
async def client(peer: Peer) -> AsyncIterator[Client]:
    async def lookup(name: str) -> list[str]:
        return [LOW]

    guard = Guard(["*.localhost"], {"*.example": f"127.0.0.1:{peer.port}"})
    async with Client(ORIGIN, guard, lookup=lookup) as client:
        yield client


async def reason(client: Client, url: str, **limits: Any) -> str:
    with pytest.raises(errors.Unreachable) as caught:
        await client.request("GET", url, **limits)
    assert isinstance(caught.value, Failure)
    assert str(caught.value) == errors.Unreachable.say  # users learn nothing more
    return caught.value.reason


async def test_an_answer_comes_back_whole(client: Client, peer: Peer) -> None:
    answer = await client.request("GET", "https://a.example/x?y=%2F#z")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.url == "https://a.example/x?y=%2F"
    assert answer.headers["content-type"] == "application/octet-stream"
    asked = peer.asked[0]
    assert asked.headers["Host"] == "a.example"
    assert asked.headers["User-Agent"] == f"fedi/{VERSION} (+https://fedi.example/)"
    assert asked.headers["Accept-Encoding"] == "gzip, identity"
    assert asked.raw_path == "/x?y=%2F"


async def test_a_development_peer_keeps_its_port_in_the_host_header(
    client: Client, peer: Peer
) -> None:
    await client.request("GET", f"http://acme.localhost:{peer.port}/")
    assert peer.asked[0].headers["Host"] == f"acme.localhost:{peer.port}"


async def test_a_dripping_server_is_left_at_the_deadline(client: Client) -> None:
    started = asyncio.get_running_loop().time()
    assert await reason(client, "https://a.example/drip", timeout=0.2) == "timeout"
    assert asyncio.get_running_loop().time() - started < 0.6
    assert (await client.request("GET", "https://a.example/drip", timeout=5)).body == b"x" * 30


async def test_a_silent_server_is_left_at_the_deadline(client: Client) -> None:
    assert await reason(client, "https://a.example/silent", timeout=0.1) == "timeout"


@pytest.mark.parametrize(
    ("path", "limit", "why"),
    [
        ("/large", 99_999, "too large"),
        ("/bomb", 1 << 30, "too large"),  # the ratio
        ("/bomb", 1 << 20, "too large"),
        ("/zip", 799, "too large"),
        ("/noise", 4095, "too large"),
        ("/drip", 9, "too large"),  # no Content-Length to warn us
        ("/cut", 1 << 20, "bad response"),
        ("/trailing", 1 << 20, "bad response"),
        ("/not-zip", 1 << 20, "bad response"),
        ("/brotli", 1 << 20, "bad response"),
    ],
)
async def test_a_body_over_the_limit_or_broken_is_refused(
    client: Client, path: str, limit: int, why: str
) -> None:
    assert await reason(client, f"https://a.example{path}", max_bytes=limit) == why


@pytest.mark.parametrize(("path", "size"), [("/large", 100_000), ("/zip", 800), ("/noise", 4096)])
async def test_a_body_at_the_limit_is_read(client: Client, path: str, size: int) -> None:
    answer = await client.request("GET", f"https://a.example{path}", max_bytes=size)
    assert len(answer.body) == size


async def test_three_redirects_are_followed_and_each_is_signed_and_allowed(
    client: Client, peer: Peer
) -> None:
    signed: list[str] = []
    allowed: list[str] = []

    def sign(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        signed.append(url)
        return {"Signature": f"{method} {headers['Host']}"}

    def allow(host: str) -> bool:
        allowed.append(host)
        return True

    peer.redirects = {
        "a.example/1": "https://b.example/2",
        "b.example/2": "/3?q#f",
        "b.example/3": "https://c.example/4",
    }
    secret = {"Authorization": "Bearer x", "Accept": "a/b"}
    answer = await client.request(
        "GET", "https://a.example/1", redirects=3, sign=sign, allow=allow, headers=secret
    )
    hosts = [request.headers["Host"] for request in peer.asked]
    assert hosts == allowed == ["a.example", "b.example", "b.example", "c.example"]
    assert answer.url == "https://c.example/4"
    assert [r.headers["Signature"] for r in peer.asked] == [f"GET {host}" for host in hosts]
    assert [r.headers.get("Authorization") for r in peer.asked] == ["Bearer x", None, None, None]
    assert [r.headers["Accept"] for r in peer.asked] == ["a/b"] * 4
    assert signed[2] == "https://b.example/3?q"
    assert not any("Cookie" in request.headers for request in peer.asked)


async def test_more_redirects_than_asked_for_are_refused(client: Client, peer: Peer) -> None:
    url = "https://a.example/1"
    peer.redirects = {f"a.example/{n}": f"/{n + 1}" for n in range(1, 4)}
    assert await reason(client, url, redirects=2) == "redirect"
    assert (await client.request("GET", url, redirects=3)).url == "https://a.example/4"
    assert (await client.request("GET", url)).status == 307
    peer.redirects["a.example/4"] = "/5"
    assert await reason(client, url, redirects=9) == "redirect"


async def test_a_redirect_loop_is_left_when_it_comes_round(client: Client, peer: Peer) -> None:
    peer.redirects = {"a.example/1": "/2", "a.example/2": "/1#again"}
    assert await reason(client, "https://a.example/1", redirects=3) == "redirect"
    assert len(peer.asked) == 2


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ("https://10.0.0.1/", "refused url"),
        ("https://2130706433/", "refused url"),
        ("https://[::1]/", "refused url"),
        ("https://db.internal/", "refused url"),
        ("https://b.example:8443/", "refused url"),
        ("https://user@b.example/", "refused url"),
        ("file:///etc/passwd", "refused url"),
        ("http://b.example/", "refused url"),
        ("http://acme.localhost:1/", "redirect"),  # a scheme that this peer may use, changed to
        ("https://inside.test/", "refused address"),
    ],
)
async def test_a_redirect_is_guarded_like_the_first_request(
    client: Client, peer: Peer, there: str, why: str
) -> None:
    peer.redirects = {"a.example/bad": there, "a.example/good": "https://b.example/"}
    assert await reason(client, "https://a.example/bad", redirects=3) == why
    assert (await client.request("GET", "https://a.example/good", redirects=3)).status == 200


async def test_our_policy_is_asked_before_anything_is_sent(client: Client, peer: Peer) -> None:
    only_a = {"a.example"}.__contains__
    peer.redirects = {"a.example/b": "https://b.example/"}
    assert await reason(client, "https://b.example/", allow=only_a) == "policy"
    assert not peer.asked
    assert await reason(client, "https://a.example/b", allow=only_a, redirects=3) == "policy"
    assert len(peer.asked) == 1
    assert (await client.request("GET", "https://a.example/", allow=only_a)).status == 200


async def test_a_post_is_never_redirected(client: Client, peer: Peer) -> None:
    url = "https://a.example/moved"
    peer.redirects = {"a.example/moved": "/"}
    answer = await client.request("POST", url, body=b"x", redirects=3)
    assert (answer.status, len(peer.asked)) == (307, 1)
    assert (await client.request("GET", url, redirects=3)).status == 200


@pytest.mark.parametrize("path", ["/drip", "/bomb", "/large", "/not-zip"])
async def test_where_only_the_status_counts_a_bad_body_spoils_nothing(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedi.net.client._DRAIN_SECONDS", 0.1)
    answer = await client.request("POST", f"https://a.example{path}", body=b"x", max_bytes=None)
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\0b"])
async def test_a_header_with_a_line_break_is_not_sent(
    client: Client, peer: Peer, value: str
) -> None:
    assert await reason(client, "https://a.example/", headers={"X": value}) == "bad request"
    assert not peer.asked
    await client.request("GET", "https://a.example/", headers={"X": "a b"})
    assert peer.asked[0].headers["X"] == "a b"


@pytest.mark.parametrize("url", ["", "a.example", "https://a.example/\r\nX: y", "https://127.1/"])
async def test_a_url_that_may_not_be_asked_is_a_failure_too(client: Client, url: str) -> None:
    assert await reason(client, url) == "refused url"


async def test_an_unknown_name_a_closed_port_and_a_private_address_are_told_apart(
    peer: Peer,
) -> None:
    async def lookup(name: str) -> list[str]:
        if name == "none.test":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [LOW]

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        guard = Guard(dev_routes={"closed.test": f"127.0.0.1:{unused.getsockname()[1]}"})
        async with Client(ORIGIN, guard, lookup=lookup) as client:
            assert await reason(client, "https://none.test/") == "dns"
            assert await reason(client, "https://inside.test/") == "refused address"
            assert await reason(client, "https://closed.test/") == "connect"


async def test_connections_are_kept_and_at_most_four_per_host(client: Client, peer: Peer) -> None:
    url = "https://a.example/"
    await asyncio.gather(*(client.request("POST", url, body=b"x") for _ in range(40)))
    ports = {r.transport.get_extra_info("peername") for r in peer.asked if r.transport}
    assert len(peer.asked) == 40
    assert 1 <= len(ports) <= 4


# Over TLS, with the internet replaced by one local server.


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate, with its key, for good.test only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "good.test")])
    names = x509.SubjectAlternativeName([x509.DNSName("good.test")])
    today = clock.now().replace(hour=0)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today.replace(year=today.year - 1, day=1))
        .not_valid_after(today.replace(year=today.year + 1, day=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "good.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        built.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
async def tls_port(certificate: Path, aiohttp_server: Callable[..., Awaitable[TestServer]]) -> int:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=request.headers["Host"])

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    app = web.Application()
    app.router.add_get("/", hello)
    return (await aiohttp_server(app, ssl=context)).port or 0


@pytest.fixture
async def internet(tls_port: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Addresses that were connected to; all of them reach the local server."""
    loop = asyncio.get_running_loop()
    connect, seen = loop.sock_connect, list[tuple[str, int]]()

    async def redirected(sock: socket.socket, address: tuple[str, int]) -> None:
        seen.append(address)
        await connect(sock, ("127.0.0.1", tls_port))

    monkeypatch.setattr(loop, "sock_connect", redirected)
    return seen


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


async def test_a_name_that_changes_its_address_after_the_check_changes_nothing(
    internet: list[tuple[str, int]], certificate: Path
) -> None:
    answers = [[HIGH], [LOW]]

    async def lookup(name: str) -> list[str]:
        return answers.pop(0)

    async with Client(ORIGIN, Guard(), tls=trusting(certificate), lookup=lookup) as client:
        assert (await client.request("GET", "https://good.test/")).body == b"good.test"
        assert internet == [(HIGH, 443)]
        assert answers == [[LOW]]  # one look-up for check and connection
        assert (await client.request("GET", "https://good.test/")).status == 200
        assert answers == [[LOW]]
    async with Client(ORIGIN, Guard(), tls=trusting(certificate), lookup=lookup) as client:
        assert await reason(client, "https://good.test/") == "refused address"
    assert internet == [(HIGH, 443)]


async def test_a_certificate_must_be_trusted_and_carry_the_name(
    internet: list[tuple[str, int]], certificate: Path
) -> None:
    async def lookup(name: str) -> list[str]:
        return [HIGH]

    async with Client(ORIGIN, Guard(), tls=trusting(certificate), lookup=lookup) as client:
        assert (await client.request("GET", "https://good.test/")).status == 200
        assert await reason(client, "https://other.test/") == "tls name"
    async with Client(ORIGIN, Guard(), lookup=lookup) as client:
        assert await reason(client, "https://good.test/") == "tls"


async def test_a_proxy_from_the_environment_is_ignored(
    client: Client, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert (await client.request("GET", "https://a.example/")).status == 200


async def test_an_egress_proxy_carries_what_leaves_and_not_what_stays(
    tls_port: int, certificate: Path, peer: Peer
) -> None:
    lines: list[bytes] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append((await reader.readuntil(b"\r\n\r\n")).splitlines()[0])
        inner, outer = await asyncio.open_connection("127.0.0.1", tls_port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pump(reader, outer), pump(inner, writer), return_exceptions=True)

    proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    guard = Guard(dev_routes={"*.example": f"127.0.0.1:{peer.port}"})
    async with Client(ORIGIN, guard, proxy=address, tls=trusting(certificate)) as client:
        assert (await client.request("GET", "https://good.test/")).body == b"good.test"
        assert await reason(client, "https://db.internal/") == "refused url"
        assert (await client.request("GET", "https://a.example/")).status == 200
    proxy.close()
    await proxy.wait_closed()
    assert lines == [b"CONNECT good.test:443 HTTP/1.1"]


def test_a_failure_is_remembered_for_a_while() -> None:
    failures = Failures(ttl=60)
    failures.add("https://a.example/", Failure("timeout"))
    with pytest.raises(Failure) as caught:
        failures.check("https://a.example/")
    assert caught.value.reason == "timeout"
    failures.check("https://b.example/")
    failures = Failures(ttl=0)
    failures.add("https://a.example/", Failure("timeout"))
    failures.check("https://a.example/")


@pytest.mark.parametrize("why", ["policy", "status 401"])
def test_what_may_change_at_once_is_not_remembered(why: str) -> None:
    failures = Failures()
    failures.add("https://a.example/", Failure(why))
    failures.check("https://a.example/")


def test_the_memory_of_failures_is_bounded() -> None:
    failures = Failures(most=2)
    for name in "abc":
        failures.add(name, Failure("timeout"))
    failures.check("a")
    with pytest.raises(Failure):
        failures.check("c")
