"""Agree with other servers, and end it: what an admin decides about a peer, with its consequences.

Spec:   federation.md L-2, L-7; product.md "Peers and policy".
Writes: peers, settings (mode), an audit row for each deed; ending severs follows and deliveries.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fedi import clock
from fedi.config import Settings
from fedi.errors import Invalid, NotFound
from fedi.model.peer import Direction, Mode, Peer, Trust
from fedi.net import hosts
from fedi.policy.directory import Directory
from fedi.store import Conn, accounts, people
from fedi.store import peers as store

SLUG = re.compile(r"[a-z0-9-]{1,40}")
LONGEST_TEXT = 500  # characters of an owner or a reason
# Under these, strangers register names: an entry with subdomains would let all of them in (L-2).
_REGISTRY = re.compile(r"(?:ac|co|com|edu|gov|net|or|org)\.[a-z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an admin says about a peer; None keeps what stands."""

    trust: Trust | None = None
    subdomains: bool | None = None
    direction: Direction | None = None
    slug: str | None = None
    accounts: Sequence[str] | None = None  # names of ours; empty: all that exist outside
    expires_at: datetime | None = None
    owner: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Severed:
    """What ended with an agreement."""

    follows: int = 0
    deliveries: int = 0


def domain_of(settings: Settings, text: str) -> str:
    """The one spelling of a peer's name (L-2): a lower-case A-label, no address, no single label.

    A port only where FEDI_DEV_PEERS names the host.  Raises Invalid.
    """
    if any(mark in text for mark in "/?#@"):
        raise Invalid(f"{text!r} is not a domain: write it like globex.example")
    try:
        parts = hosts.split(f"https://{text.strip()}")
        if hosts.matches(parts, settings.dev_peers):
            return parts.host
        hosts.refuse_private(parts.name)
    except Invalid as error:
        raise Invalid(f"{text!r} is not the domain of a public server: {error.say}") from error
    if parts.port != hosts.DEFAULT_PORT["https"]:
        raise Invalid(f"{text!r} names a port: servers are known by their domain alone")
    return parts.name


async def allow(conn: Conn, settings: Settings, domain: str, terms: Terms) -> Peer:
    """Let `domain` (from `domain_of`) exchange with us, or change the terms.  A new one is public.

    A paused peer stays paused.  Raises Invalid.
    """
    if domain in (settings.host, settings.domain):
        raise Invalid(f"{domain} is this server itself")
    stands = await store.find(conn, domain) or Peer(domain=domain, trust=Trust.PUBLIC)
    trust = Trust.PUBLIC if stands.trust is Trust.BLOCKED else stands.trust
    peer = await _changed(conn, replace(stands, trust=terms.trust or trust), terms)
    if peer.subdomains and _REGISTRY.fullmatch(domain):
        raise Invalid(f"{domain} belongs to a registry: its subdomains are everybody's")
    if peer.slug is None and peer.trust is Trust.PARTNER:
        peer = replace(peer, slug=await _free_slug(conn, domain))
    await _put(conn, "peer.allow", peer)
    return peer


async def block(conn: Conn, settings: Settings, domain: str, terms: Terms) -> tuple[Peer, Severed]:
    """Refuse `domain` from now on, whatever allows it, and end what stood between us."""
    if domain in (settings.host, settings.domain):
        raise Invalid(f"{domain} is this server itself")
    stands = await store.find(conn, domain) or Peer(domain=domain)
    peer = await _changed(conn, replace(stands, trust=Trust.BLOCKED, slug=None), terms)
    peer = replace(peer, paused=False)
    await _put(conn, "peer.block", peer)
    return peer, await _end(conn, lambda host: _covers(peer, host))


async def pause(conn: Conn, domain: str, *, paused: bool = True) -> Peer:
    """Exchange nothing for a while, or go on: follows and what is queued stay.  Raises NotFound."""
    peer = replace(await known(conn, domain), paused=paused)
    await _put(conn, "peer.pause" if paused else "peer.resume", peer)
    return peer


async def remove(conn: Conn, domain: str) -> Severed:
    """Take the entry off the list, and end what only it allowed.  Raises NotFound."""
    peer = await known(conn, domain)
    await store.remove(conn, domain)
    await people.record(conn, "peer.remove", {"domain": domain}, at=clock.now())
    return await _end(conn, lambda host: _covers(peer, host))


async def set_mode(conn: Conn, mode: Mode) -> Severed:
    """`allowlist` ends what `open` let grow with unlisted servers; `closed` ends nothing."""
    await store.set_mode(conn, mode, at=clock.now())
    await people.record(conn, "policy.mode", {"mode": mode.value}, at=clock.now())
    return await _end(conn, lambda _: True) if mode is Mode.ALLOWLIST else Severed()


async def known(conn: Conn, domain: str) -> Peer:
    """Raises NotFound."""
    peer = await store.find(conn, domain)
    if peer is None:
        raise NotFound(f"There is no entry for {domain}: see `fedi peer list`.")
    return peer


async def described(conn: Conn, peers: Sequence[Peer]) -> list[dict[str, Any]]:
    """Entries as `export` writes them, with accounts by name."""
    offered = {one for peer in peers for one in peer.accounts or ()}
    names = {one.id: one.username for one in (await accounts.by_ids(conn, offered)).values()}
    return [_described(peer, names) for peer in peers]


async def _changed(conn: Conn, peer: Peer, terms: Terms) -> Peer:
    """`peer` under new terms, checked."""
    if terms.slug is not None and not SLUG.fullmatch(terms.slug):
        raise Invalid("A slug has 1 to 40 of a-z, 0-9 and -")
    if terms.expires_at is not None and terms.expires_at <= clock.now():
        raise Invalid("The agreement would have run out already: choose a later date")
    if max(len(terms.owner or ""), len(terms.reason or "")) > LONGEST_TEXT:
        raise Invalid(f"An owner or a reason has at most {LONGEST_TEXT} characters")
    offered = peer.accounts
    if terms.accounts is not None:
        offered = await _ids(conn, terms.accounts) if terms.accounts else None
    return replace(
        peer,
        subdomains=peer.subdomains if terms.subdomains is None else terms.subdomains,
        direction=terms.direction or peer.direction,
        slug=terms.slug or peer.slug,
        accounts=offered,
        expires_at=terms.expires_at or peer.expires_at,
        owner=peer.owner if terms.owner is None else terms.owner,
        reason=peer.reason if terms.reason is None else terms.reason,
    )


async def _ids(conn: Conn, names: Sequence[str]) -> frozenset[int]:
    found = await accounts.by_handles(conn, [(name.lower(), None) for name in names])
    if missing := [name for name in names if (name.lower(), None) not in found]:
        raise Invalid(f"There is no account {missing[0]} here")
    return frozenset(account.id for account in found.values())


async def _free_slug(conn: Conn, domain: str) -> str | None:
    """The first label, unless another domain has it: then a post for one would go to both."""
    slug = domain.partition(".")[0]
    directory = await store.directory(conn)
    taken = [other for other in directory.domains_of_slug(slug) if other != domain]
    return slug if SLUG.fullmatch(slug) and not taken else None


async def _put(conn: Conn, deed: str, peer: Peer) -> None:
    now = clock.now()
    await store.put(conn, peer, at=now)
    await people.record(conn, deed, (await described(conn, [peer]))[0], at=now)


async def _end(conn: Conn, among: Callable[[str], bool]) -> Severed:
    """L-7: with those of `among` that no entry lets through any more, nothing stays."""
    directory = await store.directory(conn)
    gone = [
        host for host in await store.hosts(conn) if among(host) and not _listed(directory, host)
    ]
    if not gone:
        return Severed()
    deliveries = await store.cancel_deliveries(conn, gone)
    return Severed(follows=await store.sever(conn, gone), deliveries=deliveries)


def _listed(directory: Directory, host: str) -> bool:
    peer = directory.standing(host, clock.now()).peer
    return peer is not None and peer.trust is not Trust.BLOCKED


def _covers(peer: Peer, host: str) -> bool:
    return host == peer.domain or (peer.subdomains and host.endswith(f".{peer.domain}"))


def _described(peer: Peer, names: dict[int, str]) -> dict[str, Any]:
    offered = None
    if peer.accounts is not None:
        offered = sorted(names.get(one, str(one)) for one in peer.accounts)
    return {
        "domain": peer.domain,
        "subdomains": peer.subdomains,
        "trust": peer.trust.value,
        "direction": peer.direction.value,
        "slug": peer.slug,
        "accounts": offered,
        "paused": peer.paused,
        "expires_at": peer.expires_at.isoformat() if peer.expires_at else None,
        "owner": peer.owner,
        "reason": peer.reason,
    }
