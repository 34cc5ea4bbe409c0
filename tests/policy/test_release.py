"""What may leave, for whom: each rule with its control."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedi.model.peer import Direction, Mode, Peer, Trust
from fedi.model.reach import Reach
from fedi.policy.directory import Directory
from fedi.policy.release import Parcel, Refused, Released, explain, release

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
INBOX = "https://globex.example/inbox"


def parcel(**more: Any) -> Parcel:
    facts: dict[str, Any] = {
        "id": "https://acme.example/1/activity",
        "type": "Create",
        "object_uri": "https://acme.example/1",
        "reach": Reach.PUBLIC,
        "reach_domains": None,
        "author_id": 7,
        "author_outside": True,
    }
    return Parcel(**{**facts, **more})


def rule(the_parcel: Parcel, *entries: Peer, mode: Mode = Mode.ALLOWLIST) -> str:
    standing = Directory(mode, entries).standing("globex.example", NOW)
    return explain(the_parcel, standing).rule


def globex(**more: Any) -> Peer:
    return Peer(domain="globex.example", **more)


def test_a_public_post_leaves_for_a_partner() -> None:
    standing = Directory(Mode.ALLOWLIST, [globex()]).standing("globex.example", NOW)
    answer = release(parcel(), standing, INBOX)
    assert answer == Released("globex.example", INBOX, "allowed")


def test_an_internal_post_never_leaves_not_even_for_a_partner() -> None:
    standing = Directory(Mode.OPEN, [globex()]).standing("globex.example", NOW)
    answer = release(parcel(reach=Reach.INTERNAL), standing, INBOX)
    assert isinstance(answer, Refused)
    assert answer.rule == "reach_internal"
    assert "never leaves" in answer.because


def test_an_account_that_exists_inside_only_sends_nothing() -> None:
    assert rule(parcel(author_outside=False), globex()) == "author_inside_only"


def test_a_held_post_waits() -> None:
    assert rule(parcel(released=False), globex()) == "not_released"


@pytest.mark.parametrize(
    ("mode", "entries", "expected"),
    [
        (Mode.ALLOWLIST, [], "peer_not_allowed"),
        (Mode.OPEN, [], "allowed"),
        (Mode.CLOSED, [globex()], "federation_closed"),
        (Mode.OPEN, [globex(trust=Trust.BLOCKED)], "peer_blocked"),
        (Mode.ALLOWLIST, [globex(paused=True)], "peer_paused"),
        (Mode.ALLOWLIST, [globex(expires_at=NOW - timedelta(seconds=1))], "peer_expired"),
        (Mode.ALLOWLIST, [globex(expires_at=NOW + timedelta(seconds=1))], "allowed"),
        (Mode.ALLOWLIST, [globex(direction=Direction.IN)], "in_only"),
        (Mode.ALLOWLIST, [globex(direction=Direction.OUT)], "allowed"),
        (Mode.ALLOWLIST, [globex(accounts=frozenset({8}))], "account_not_offered"),
        (Mode.ALLOWLIST, [globex(accounts=frozenset({7}))], "allowed"),
        (Mode.ALLOWLIST, [globex(accounts=frozenset())], "account_not_offered"),
    ],
)
def test_the_agreement_with_the_peer_decides(
    mode: Mode, entries: list[Peer], expected: str
) -> None:
    assert rule(parcel(), *entries, mode=mode) == expected


@pytest.mark.parametrize(
    ("trust", "domains", "expected"),
    [
        (Trust.PARTNER, None, "allowed"),
        (Trust.PUBLIC, None, "partners_only"),
        (Trust.PARTNER, ("globex.example",), "allowed"),
        (Trust.PARTNER, ("initech.example",), "reach_names_others"),
        (Trust.PUBLIC, ("globex.example",), "allowed"),
    ],
)
def test_a_partners_post_reaches_partners_or_those_it_names(
    trust: Trust, domains: tuple[str, ...] | None, expected: str
) -> None:
    post = parcel(reach=Reach.PARTNERS, reach_domains=domains)
    assert rule(post, globex(trust=trust)) == expected
