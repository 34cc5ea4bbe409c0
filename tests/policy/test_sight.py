"""The pure rule and its SQL twin give one answer, over every combination there is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

from fedi import ids
from fedi.actions.people import local_account
from fedi.config import load
from fedi.model.account import Account, Kind
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Draft, Release, Status
from fedi.model.viewer import ANONYMOUS, Class, Viewer, insider
from fedi.policy.sight import Ties, may_see
from fedi.store import Conn, accounts, blocks, desk, follows, people, statuses
from fedi.store.follows import Follow

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SETTINGS = load({"FEDI_URL": "https://acme.example"})
BOTH = (False, True)


@dataclass(frozen=True)
class Case:
    status: Status
    ties: Ties


async def test_the_rule_and_the_query_agree_everywhere(conn: Conn) -> None:
    viewer, reader = await _account(conn, "viewer"), await _account(conn, "other")
    cases = {case.status.id: case async for case in _cases(conn, viewer)}
    assert len(cases) > 3_000
    for who in (insider(viewer), Viewer(viewer, Class.GUEST), ANONYMOUS, insider(reader)):
        seen = {one.id for one in await statuses.visible_among(conn, who, cases)}
        for number, case in cases.items():
            ties = case.ties if who.id == viewer.id else _as_a_stranger(case.ties)
            assert (number in seen) == may_see(case.status, who, ties), (who.kind, case)


async def test_some_are_seen_and_some_are_not_by_each_class(conn: Conn) -> None:
    """Else the agreement could be one of two rules that always say no."""
    viewer = await _account(conn, "viewer")
    cases = {case.status.id: case async for case in _cases(conn, viewer)}
    for who in (insider(viewer), Viewer(viewer, Class.GUEST), ANONYMOUS):
        seen = await statuses.visible_among(conn, who, cases)
        assert 0 < len(seen) < len(cases)


async def test_the_author_sees_all_of_it(conn: Conn) -> None:
    author = await _account(conn, "author")
    drafts = list(_drafts(author, author, mentioned=False))
    await statuses.add(conn, drafts)
    seen = await statuses.visible_among(conn, insider(author), [d.id for d in drafts])
    assert len(seen) == len(drafts)


async def _cases(conn: Conn, viewer: Account) -> Any:
    for number, tied in enumerate(product(BOTH, BOTH, BOTH, BOTH)):
        on_desk, follower, blocked, suspended = tied
        author = await _tied(conn, viewer, f"author{number}", tied)
        for mentioned in BOTH:
            drafts = list(_drafts(author, viewer, mentioned=mentioned))
            await statuses.add(conn, drafts)
            ties = Ties(
                on_desk=on_desk,
                follows_author=follower,
                is_addressed=mentioned,
                is_blocked=blocked,
                author_suspended=suspended,
            )
            for status in (await statuses.by_ids(conn, [d.id for d in drafts])).values():
                yield Case(status, ties)


async def _tied(
    conn: Conn, viewer: Account, name: str, tied: tuple[bool, bool, bool, bool]
) -> Account:
    on_desk, follower, blocked, suspended = tied
    author = await _account(conn, name)
    if on_desk:
        await conn.execute(
            "INSERT INTO desk_roles VALUES ($1, $2, 'editor', $3)", author.id, viewer.id, NOW
        )
    if follower:
        follow = Follow(
            follower_id=viewer.id, followed_id=author.id, uri=f"urn:{name}", accepted=True
        )
        await follows.add(conn, follow, at=NOW)
    if blocked:
        await blocks.add(conn, author.id, viewer.id, uri=None)
    if suspended:
        await people.suspend(conn, author.id, NOW)
    return author


def _drafts(author: Account, viewer: Account, *, mentioned: bool) -> Iterator[Draft]:
    for visibility, reach, release, local in product(Visibility, Reach, Release, BOTH):
        number = ids.new()
        yield Draft(
            id=number,
            uri=f"https://acme.example/{number}",
            url=None,
            author_id=author.id,
            local=local,
            visibility=visibility,
            reach=reach,
            release=release,
            created_at=NOW,
            mentions=[viewer.id] if mentioned else [],
        )


async def _account(conn: Conn, name: str) -> Account:
    uri = f"https://acme.example/ap/{name}"
    account = local_account(SETTINGS, name, Kind.EMPLOYEE, uri, NOW)
    await accounts.add_local(
        conn, account, key_id=f"{uri}#main-key", public_pem="", private_pem="x"
    )
    assert await desk.role_of(conn, account.id, account.id) is None
    return account


def _as_a_stranger(ties: Ties) -> Ties:
    """What ties the viewer ties nobody else; the author's suspension is everybody's matter."""
    return replace(Ties(), author_suspended=ties.author_suspended)
