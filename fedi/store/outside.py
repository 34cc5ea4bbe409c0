"""SQL over the `outside` schema: all that other servers and strangers can be told.

The outside doors run on a login that reads nothing else, and what is delivered is built from the
same views, so a row that is not in them cannot be serialised at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedi import clock
from fedi.activitypub import signatures
from fedi.activitypub.render import Attached, Hashtag, Mention, Post
from fedi.errors import Unavailable
from fedi.model.account import Account, Kind, Role
from fedi.model.peer import Mode
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Release, Status
from fedi.policy.directory import Directory
from fedi.store import Conn, Row
from fedi.store.peers import peer_of


@dataclass(frozen=True, slots=True)
class Site:
    """What addresses are made of."""

    origin: str
    domain: str


@dataclass(frozen=True, slots=True)
class Key:
    """A remote key that we hold, or the reason why we hold none."""

    key_id: str
    actor_uri: str
    public_pem: str
    fetched_at: datetime
    suspended: bool


@dataclass(frozen=True, slots=True)
class InstanceActor:
    """Who asks other servers on behalf of us all (A-3), and the one private key held outside."""

    uri: str
    key_id: str
    private_pem: str

    def sign(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Mapping[str, str]:
        """For `net.Client.request(sign=…)`: GETs only, since it delivers nothing."""
        del method, headers, body
        return signatures.sign_get(self.key_id, self.private_pem, url, now=clock.now())


async def instance_actor(conn: Conn) -> InstanceActor:
    """Raises Unavailable before the instance was set up."""
    row = await conn.fetchrow("SELECT uri, key_id, private_pem FROM outside.instance_actor")
    if row is None:
        raise Unavailable
    return InstanceActor(**row)


async def directory(conn: Conn) -> Directory:
    rows = await conn.fetch("SELECT * FROM outside.peers")
    mode = await conn.fetchval("SELECT value #>> '{}' FROM outside.settings WHERE name = 'mode'")
    return Directory(Mode(mode), [peer_of(row) for row in rows])


async def setting(conn: Conn, name: str) -> Any:
    return await conn.fetchval("SELECT value FROM outside.settings WHERE name = $1", name)


async def account_by_uri(conn: Conn, uri: str) -> Account | None:
    row = await conn.fetchrow("SELECT * FROM outside.accounts WHERE uri = $1", uri)
    return account_of(row) if row else None


async def account_by_name(conn: Conn, username: str) -> Account | None:
    row = await conn.fetchrow(
        "SELECT * FROM outside.accounts WHERE lower(username) = lower($1)", username
    )
    return account_of(row) if row else None


async def key_of(conn: Conn, account_id: int) -> tuple[str, str] | None:
    """(key id, public PEM) of an actor of ours."""
    row = await conn.fetchrow(
        "SELECT key_id, public_pem FROM outside.public_keys WHERE account_id = $1", account_id
    )
    return (row["key_id"], row["public_pem"]) if row else None


async def remote_keys(conn: Conn, key_ids: Sequence[str]) -> dict[str, Key]:
    rows = await conn.fetch(
        """
        SELECT key_id, actor_uri, public_pem, fetched_at, suspended FROM outside.remote_keys
         WHERE key_id = ANY($1)
        """,
        key_ids,
    )
    return {row["key_id"]: Key(**row) for row in rows}


async def tombstone(conn: Conn, uri: str) -> datetime | None:
    """When it was deleted, if the outside ever knew of it."""
    at: datetime | None = await conn.fetchval(
        "SELECT at FROM outside.tombstones WHERE uri = $1", uri
    )
    return at


async def relation_counts(conn: Conn, account_id: int) -> tuple[int, int]:
    """(followers, following), counting nobody who exists inside only."""
    row = await conn.fetchrow(
        "SELECT followers, following FROM outside.relation_counts WHERE id = $1", account_id
    )
    return (row["followers"], row["following"]) if row else (0, 0)


async def addressed_hosts(conn: Conn, status: Status) -> set[str]:
    """Hosts with a follower of its author, or somebody it names: they may read narrower posts."""
    rows = await conn.fetch(
        """
        SELECT domain FROM outside.followers WHERE followed_id = $1 AND $3
        UNION
        SELECT domain FROM outside.mentions WHERE status_id = $2 AND domain IS NOT NULL
        """,
        status.author_id,
        status.id,
        status.visibility is not Visibility.DIRECT,
    )
    return {row["domain"] for row in rows}


async def post(conn: Conn, site: Site, *, status_id: int) -> Post | None:
    """A post of ours with all that its document says, if the outside may know of it."""
    found = await posts_where(conn, site, "s.id = $1", status_id)
    return found[0] if found else None


async def post_by_uri(conn: Conn, site: Site, uri: str) -> Post | None:
    found = await posts_where(conn, site, "s.uri = $1", uri)
    return found[0] if found else None


async def posts_of(
    conn: Conn, site: Site, account_id: int, *, before: int | None, limit: int
) -> list[Post]:
    """Public posts and boosts of an account, newest first: its outbox (K-2)."""
    return await posts_where(
        conn,
        site,
        """s.author_id = $1 AND s.reach = 'public' AND s.visibility <= 'unlisted'
           AND s.id < coalesce($2::bigint, 9223372036854775807)""",
        account_id,
        before,
        limit=limit,
    )


async def count_posts_of(conn: Conn, account_id: int) -> int:
    count: int = await conn.fetchval(
        """
        SELECT count(*) FROM outside.statuses
         WHERE author_id = $1 AND reach = 'public' AND visibility <= 'unlisted'
        """,
        account_id,
    )
    return count


async def posts_where(
    conn: Conn, site: Site, where: str, *values: object, limit: int = 1
) -> list[Post]:
    """For modules of the store only.  `where` speaks of outside.statuses `s` and accounts `a`."""
    rows = await conn.fetch(
        f"""
        SELECT s.*, a.uri AS author_uri, a.followers_uri,
               (SELECT jsonb_agg(m) FROM outside.mentions m WHERE m.status_id = s.id) AS mentions,
               (SELECT jsonb_agg(t) FROM outside.status_tags t WHERE t.status_id = s.id) AS tags,
               (SELECT jsonb_agg(p ORDER BY p.position) FROM outside.media p
                 WHERE p.status_id = s.id) AS media
          FROM outside.statuses s JOIN outside.accounts a ON a.id = s.author_id
         WHERE {where} ORDER BY s.id DESC LIMIT {limit:d}
        """,
        *values,
    )
    return [_post(row, site) for row in rows]


def _post(row: Row, site: Site) -> Post:
    return Post(
        status=_status(row),
        author_uri=row["author_uri"],
        followers_uri=row["followers_uri"],
        content=row["content"],
        in_reply_to=row["in_reply_to_uri"],
        boost_of=row["reblog_of_uri"],
        mentions=[
            Mention(m["uri"], f"{m['username']}@{m['domain'] or site.domain}")
            for m in row["mentions"] or []
        ],
        hashtags=[Hashtag(t["shown"], f"{site.origin}/tags/{t['tag']}") for t in row["tags"] or []],
        attachments=[_attached(m, site) for m in row["media"] or []],
    )


def _attached(media: dict[str, Any], site: Site) -> Attached:
    """Public media has a plain cacheable address; other media one that dies with its post."""
    public = media["reach"] == Reach.PUBLIC and Visibility(media["visibility"]).open
    path = f"public/{media['file']}" if public else f"partner/{media['token']}"
    focus = (media["focus_x"], media["focus_y"])
    return Attached(
        url=f"{site.origin}/media/{path}",
        media_type=media["content_type"],
        description=media["description"],
        blurhash=media["blurhash"],
        width=media["width"],
        height=media["height"],
        focus=None if None in focus else focus,
    )


def _status(row: Row) -> Status:
    return Status(
        id=row["id"],
        uri=row["uri"],
        url=row["url"],
        author_id=row["author_id"],
        local=True,
        in_reply_to_id=row["in_reply_to_id"],
        in_reply_to_account_id=None,
        conversation_id=row["conversation_id"],
        reblog_of_id=row["reblog_of_id"],
        visibility=Visibility(row["visibility"]),
        reach=Reach(row["reach"]),
        reach_domains=row["reach_domains"],
        release=Release.RELEASED,
        held_until=None,
        revision=row["revision"],
        content=row["content"],
        source="",
        spoiler_text=row["spoiler_text"],
        sensitive=row["sensitive"],
        language=row["language"],
        written_by=None,
        application_id=None,
        created_at=row["created_at"],
        edited_at=row["edited_at"],
    )


def account_of(row: Row) -> Account:
    """For modules of the store only: a row of outside.accounts."""
    return Account(
        id=row["id"],
        uri=row["uri"],
        username=row["username"],
        domain=None,
        kind=Kind(row["kind"]),
        display_name=row["display_name"],
        note=row["note"],
        note_source="",
        fields=row["fields"],
        url=row["url"],
        inbox=row["inbox"],
        shared_inbox=row["shared_inbox"],
        followers_uri=row["followers_uri"],
        locked=row["locked"],
        bot=row["bot"],
        discoverable=row["discoverable"],
        avatar=row["avatar"],
        header=row["header"],
        avatar_remote=None,
        header_remote=None,
        role=Role.EMPLOYEE,  # who is an admin is nobody's business outside
        max_reach=Reach(row["max_reach"]),
        default_reach=Reach.PUBLIC,
        require_word=False,
        outside_direct=False,
        created_at=row["created_at"],
        last_status_at=row["last_status_at"],
        suspended_at=row["suspended_at"],
        moved_to_uri=row["moved_to_uri"],
        statuses_count=0,
        followers_count=0,
        following_count=0,
    )
