"""Rules that every door asks of a host, whichever way things go (L-1)."""

from fedi.model.peer import Direction, Mode, Standing, Trust
from fedi.policy.directory import in_force


def federation_closed(host: Standing) -> bool:
    """Federation is closed: every peer is paused and nothing is exchanged."""
    return host.mode is Mode.CLOSED


def peer_blocked(host: Standing) -> bool:
    """This server, or a domain above it, is blocked."""
    return host.peer is not None and host.peer.trust is Trust.BLOCKED


def peer_not_allowed(host: Standing) -> bool:
    """Only listed servers may exchange anything with us, and this one is not listed."""
    return host.mode is Mode.ALLOWLIST and host.peer is None


def peer_paused(host: Standing) -> bool:
    """This peer is paused."""
    return host.peer is not None and host.peer.paused


def peer_expired(host: Standing) -> bool:
    """The agreement with this peer has run out; an expired peer is a paused one."""
    return host.peer is not None and not in_force(host.peer, host.now)


def out_only(host: Standing) -> bool:
    """This peer may receive from us, not send to us."""
    return host.peer is not None and host.peer.direction is Direction.OUT


def in_only(host: Standing) -> bool:
    """This peer may send to us, not receive from us."""
    return host.peer is not None and host.peer.direction is Direction.IN


KNOWN = (federation_closed, peer_blocked, peer_not_allowed, peer_paused, peer_expired)


def is_partner(host: Standing) -> bool:
    return (
        host.peer is not None
        and host.peer.trust is Trust.PARTNER
        and in_force(host.peer, host.now)
        and host.mode is not Mode.CLOSED
    )
