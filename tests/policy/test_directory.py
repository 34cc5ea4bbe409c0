"""Which entry speaks for a host: L-2."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.model.peer import Mode, Peer, Trust
from fedi.policy import admit
from fedi.policy.directory import Directory

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def entry(*peers: Peer, host: str) -> str | None:
    found = Directory(Mode.ALLOWLIST, peers).standing(host, NOW).peer
    return found.domain if found else None


def test_an_entry_is_exact_unless_it_says_otherwise() -> None:
    exact = Peer(domain="partner.example")
    wide = Peer(domain="partner.example", subdomains=True)
    assert entry(exact, host="partner.example") == "partner.example"
    assert entry(exact, host="m.partner.example") is None
    assert entry(wide, host="m.partner.example") == "partner.example"


@pytest.mark.parametrize(
    "host", ["evilpartner.example", "partner.example.evil.example", "example", "partner.example2"]
)
def test_subdomains_compare_whole_labels(host: str) -> None:
    assert entry(Peer(domain="partner.example", subdomains=True), host=host) is None


def test_deny_beats_allow_from_above_and_from_below() -> None:
    above = Peer(domain="partner.example", subdomains=True, trust=Trust.BLOCKED)
    below = Peer(domain="m.partner.example")
    for order in ([above, below], [below, above]):
        standing = Directory(Mode.ALLOWLIST, order).standing("m.partner.example", NOW)
        assert admit.host(standing).rule == "peer_blocked"
    assert admit.host(Directory(Mode.ALLOWLIST, [below]).standing("m.partner.example", NOW)).allow


def test_an_empty_list_means_nobody() -> None:
    standing = Directory(Mode.ALLOWLIST, []).standing("anybody.example", NOW)
    assert admit.host(standing).rule == "peer_not_allowed"


LABELS = st.sampled_from(["a", "b", "partner", "example"])
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PEERS = st.lists(
    st.builds(Peer, domain=DOMAINS, subdomains=st.booleans(), trust=st.sampled_from(list(Trust))),
    max_size=6,
    unique_by=lambda peer: peer.domain,
)


@given(PEERS, DOMAINS, st.randoms())
def test_the_order_of_entries_never_matters(peers: list[Peer], host: str, random: object) -> None:
    shuffled = list(reversed(peers))
    one = Directory(Mode.ALLOWLIST, peers).standing(host, NOW)
    other = Directory(Mode.ALLOWLIST, shuffled).standing(host, NOW)
    assert admit.host(one) == admit.host(other)
