"""Who may read which document: L-4's table of 401, 403 and 404."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedi.model.peer import Direction, Mode, Peer, Standing, Trust
from fedi.model.reach import Reach, Visibility
from fedi.policy.directory import Directory
from fedi.policy.fetch import Answer, Document, fetch

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LIST = [
    Peer(domain="partner.example"),
    Peer(domain="follower.example", trust=Trust.PUBLIC),
    Peer(domain="blocked.example", trust=Trust.BLOCKED),
    Peer(domain="sender.example", direction=Direction.IN),
    Peer(domain="other.example", accounts=frozenset({8})),
]


def answer(document: Document, host: str | None, mode: Mode = Mode.ALLOWLIST) -> Answer:
    by: Standing | None = Directory(mode, LIST).standing(host, NOW) if host else None
    return fetch(document, by, mode)[0]


def doc(**more: Any) -> Document:
    return Document(account_id=7, **more)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (None, Answer.SIGN),
        ("stranger.example", Answer.REFUSE),
        ("blocked.example", Answer.REFUSE),
        ("sender.example", Answer.REFUSE),
        ("other.example", Answer.HIDE),
        ("partner.example", Answer.SHOW),
        ("follower.example", Answer.SHOW),
    ],
)
def test_a_public_document_in_allowlist_mode(host: str | None, expected: Answer) -> None:
    assert answer(doc(), host) is expected


def test_open_mode_shows_public_posts_to_anyone_and_narrower_ones_to_nobody_unsigned() -> None:
    assert answer(doc(), None, Mode.OPEN) is Answer.SHOW
    assert answer(doc(reach=Reach.PARTNERS), None, Mode.OPEN) is Answer.SIGN
    assert answer(doc(visibility=Visibility.PRIVATE), None, Mode.OPEN) is Answer.SIGN
    assert answer(doc(), "blocked.example", Mode.OPEN) is Answer.REFUSE


@pytest.mark.parametrize("host", [None, "partner.example"])
def test_closed_hides_everything(host: str | None) -> None:
    assert answer(doc(), host, Mode.CLOSED) is Answer.HIDE


def test_a_partners_document_is_for_partners_with_a_reader_of_it() -> None:
    post = doc(reach=Reach.PARTNERS, addressed=True)
    assert answer(post, "partner.example") is Answer.SHOW
    assert answer(post, "follower.example") is Answer.HIDE
    assert answer(doc(reach=Reach.PARTNERS), "partner.example") is Answer.HIDE


def test_a_document_for_named_partners_is_hidden_from_the_others() -> None:
    named = doc(reach=Reach.PARTNERS, reach_domains=("partner.example",), addressed=True)
    others = doc(reach=Reach.PARTNERS, reach_domains=("far.example",), addressed=True)
    assert answer(named, "partner.example") is Answer.SHOW
    assert answer(others, "partner.example") is Answer.HIDE


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("host", [None, "partner.example", "stranger.example"])
def test_an_internal_document_is_never_shown(host: str | None, mode: Mode) -> None:
    shown = answer(doc(reach=Reach.INTERNAL, addressed=True), host, mode)
    assert shown is not Answer.SHOW
