"""The one HTTP client: guarded, pinned, capped in bytes and in seconds.

Spec: security.md section 2; federation.md S-12, X-3.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from fedi import VERSION, errors
from fedi.net import body as bodies
from fedi.net.failure import Failure, Failures
from fedi.net.guard import Guard, Target
from fedi.net.resolver import Lookup, RefusedAddress, Resolver

Sign = Callable[[str, str, Mapping[str, str], bytes], Mapping[str, str]]
Allow = Callable[[str], bool]

_CONNECT_SECONDS = 10  # TCP and TLS
_READ_SECONDS = 10  # first byte, and between any two
_DRAIN_SECONDS = 2
_DRAIN_BYTES = 1 << 16
_KEEP_SECONDS = 60
_PER_HOST = 4
_NAME_MISMATCH = 62  # X509_V_ERR_HOSTNAME_MISMATCH
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRETS = frozenset({"authorization", "cookie", "signature", "signature-input"})


@dataclass(frozen=True, slots=True)
class Response:
    """What came back.  `url` is where from, after redirects, in the spelling that led there."""

    status: int
    headers: Mapping[str, str]  # case-insensitive
    body: bytes
    url: str


@dataclass(slots=True)
class _Ask:
    method: str
    headers: dict[str, str]
    body: bytes | None
    max_bytes: int | None
    sign: Sign | None
    allow: Allow | None


class Client:
    """Asks other servers.  Make it inside a running loop, one per process; `close()` it.

    `origin` is ours, for the User-Agent.  `proxy` is FEDI_EGRESS_PROXY: names are then resolved by
    the proxy, so the address rules are the proxy's to keep; the rules for URLs stay ours.
    """

    def __init__(
        self,
        origin: str,
        guard: Guard,
        *,
        proxy: str | None = None,
        tls: ssl.SSLContext | None = None,
        lookup: Lookup | None = None,
        limit: int = 200,
    ) -> None:
        self.guard, self.failures, self._proxy = guard, Failures(), proxy
        agent = f"fedi/{VERSION} (+{origin.rstrip('/')}/)"
        self._headers = {"User-Agent": agent, "Accept-Encoding": "gzip, identity"}
        trusted = [URL(proxy).raw_host or ""] if proxy else []
        self._resolver = Resolver(guard, lookup, trusted)
        self._session = _session(self._resolver, tls or ssl.create_default_context(), limit)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._resolver.close()

    async def request(  # noqa: PLR0913 - every limit is the caller's to set
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_bytes: int | None = 1 << 20,
        timeout: float = 30.0,  # noqa: ASYNC109 - the whole chain of redirects shares it
        sign: Sign | None = None,
        redirects: int = 0,
        allow: Allow | None = None,
    ) -> Response:
        """Ask `url`; whatever goes wrong raises Failure (an errors.Unreachable).

        `max_bytes` caps the unpacked body; None means that only the status counts: the body is
        dropped, and its failings are none of ours.  `timeout` is wall-clock seconds for all of it.
        `sign(method, url, headers, body)` returns headers to add, once per hop; `headers` there
        has Host.  `allow(host)` is asked about every hop, the first too.  Up to `redirects` (at
        most 3) are followed for GET, none for any other method; what is not followed is returned.
        """
        ask = _Ask(method, {**self._headers, **(headers or {})}, body, max_bytes, sign, allow)
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(ask, url, min(redirects, 3) if method == "GET" else 0)
        except errors.Invalid as error:
            raise Failure("refused url") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Failure(_reason(error)) from error

    async def _follow(self, ask: _Ask, url: str, redirects: int) -> Response:
        seen = [url.partition("#")[0]]
        while True:
            answer = await self._once(ask, seen[-1])
            location = answer.headers.get("Location")
            if not redirects or answer.status not in _REDIRECTS or location is None:
                return answer
            url = urljoin(seen[-1], location).partition("#")[0]
            if len(seen) > redirects or url in seen:
                raise Failure("redirect")
            self._cross(ask, seen[-1], url)
            seen.append(url)

    def _cross(self, ask: _Ask, here: str, there: str) -> None:
        old, new = self.guard.target(here), self.guard.target(there)
        if old.url.partition(":")[0] != new.url.partition(":")[0]:
            raise Failure("redirect")
        if old.host != new.host:
            ask.headers = {k: v for k, v in ask.headers.items() if k.lower() not in _SECRETS}

    async def _once(self, ask: _Ask, url: str) -> Response:
        target = self.guard.target(url)
        if ask.allow is not None and not ask.allow(target.host):
            raise Failure("policy")
        async with self._session.request(
            ask.method,
            target.wire,
            headers=_headers(ask, target),
            data=ask.body,
            allow_redirects=False,
            proxy=None if target.dev else self._proxy,
        ) as answer:
            try:
                got = await _body(answer, ask.max_bytes)
            except BaseException:
                answer.close()  # half-read: not to be used again
                raise
            return Response(answer.status, answer.headers, got, url)


def _session(resolver: Resolver, tls: ssl.SSLContext, limit: int) -> aiohttp.ClientSession:  # noqa: TID251 - here is the one place that may
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        ssl=tls,
        limit=limit,
        limit_per_host=_PER_HOST,
        keepalive_timeout=_KEEP_SECONDS,
        ttl_dns_cache=30,  # keeps checked addresses only
    )
    return aiohttp.ClientSession(  # noqa: TID251 - here is the one place that may
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS
        ),
    )


def _headers(ask: _Ask, target: Target) -> Mapping[str, str]:
    headers = {**ask.headers, "Host": target.host}
    if ask.sign is None:
        return headers
    return headers | dict(ask.sign(ask.method, target.url, headers, ask.body or b""))


async def _body(answer: aiohttp.ClientResponse, max_bytes: int | None) -> bytes:
    if max_bytes is not None:
        return await bodies.read(answer, max_bytes)
    if answer.content.is_eof():
        return b""
    # The peer has spoken its status: a bad body must not make a delivery happen twice.
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            await bodies.read(answer, _DRAIN_BYTES)
    except (Failure, aiohttp.ClientError, OSError):
        answer.close()
    return b""


def _reason(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=RefusedAddress()):
            return "refused address"
        case aiohttp.ClientConnectorCertificateError(certificate_error=cause):
            return "tls name" if getattr(cause, "verify_code", 0) == _NAME_MISMATCH else "tls"
        case _:
            return next(reason for kind, reason in _REASONS if isinstance(error, kind))


# First match wins: these classes inherit from one another.
_REASONS: list[tuple[type[Exception], str]] = [
    (aiohttp.ClientConnectorDNSError, "dns"),
    (ssl.SSLError, "tls"),
    (TimeoutError, "timeout"),
    (OSError, "connect"),
    (aiohttp.ServerDisconnectedError, "connect"),
    (aiohttp.ClientError, "bad response"),
    (Exception, "bad request"),  # ValueError: a header with a line break
]
