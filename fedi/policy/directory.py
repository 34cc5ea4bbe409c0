"""Which entry of the list speaks for a host (L-2).

Exact by default; `subdomains` is opt-in and compares whole labels.  Deny beats allow, whatever
the order of the entries.  An empty list means nobody.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from fedi.model.peer import Mode, Peer, Standing, Trust


class Directory:
    """The mode and all entries, as they stood when they were read."""

    def __init__(self, mode: Mode, peers: Iterable[Peer]) -> None:
        self.mode = mode
        self._by_domain = {peer.domain: peer for peer in peers}

    def __iter__(self) -> Iterator[Peer]:
        return iter(self._by_domain.values())

    def standing(self, host: str, now: datetime) -> Standing:
        """`host` is a normalised A-label (net.host_of)."""
        return Standing(host, self.mode, self._speaks_for(host), now)

    def partners(self, now: datetime) -> list[str]:
        """Domains that stand as partners now, for `@partners`."""
        return [p.domain for p in self if p.trust is Trust.PARTNER and in_force(p, now)]

    def domains_of_slug(self, slug: str) -> list[str]:
        return [peer.domain for peer in self if peer.slug == slug]

    def _speaks_for(self, host: str) -> Peer | None:
        entries = [peer for peer in self._candidates(host) if peer is not None]
        blocked = [peer for peer in entries if peer.trust is Trust.BLOCKED]
        return next(iter(blocked or entries), None)

    def _candidates(self, host: str) -> Iterator[Peer | None]:
        yield self._by_domain.get(host)
        parent = host
        while "." in parent:
            parent = parent.partition(".")[2]
            entry = self._by_domain.get(parent)
            if entry is not None and entry.subdomains:
                yield entry


def in_force(peer: Peer, now: datetime) -> bool:
    """Neither paused nor expired: an expired entry is a paused one."""
    return not peer.paused and (peer.expires_at is None or now < peer.expires_at)
