"""SQL for streaming: who of those connected may hear of a status, and where they have it."""

from collections.abc import Collection
from dataclasses import dataclass

from fedi.model.reach import Reach
from fedi.model.status import Status
from fedi.store import Conn
from fedi.store.sight import visible_to
from fedi.store.statuses import COLUMNS, status_of
from fedi.store.timelines import WANTED

INSIDER = f"'{Reach.INTERNAL.value}'"  # only people of ours are connected


@dataclass(frozen=True, slots=True)
class Topic:
    """A status with what decides in which public streams it is."""

    status: Status
    tags: frozenset[str]
    media: bool


@dataclass(frozen=True, slots=True)
class Hearer:
    """`plain`: sees exactly what every other plain hearer sees, so one drawing serves them all."""

    account_id: int
    home: bool
    plain: bool


async def topic(conn: Conn, status_id: int) -> Topic | None:
    """None when it is gone again.  For routing only: who may see it is for `of`."""
    row = await conn.fetchrow(
        f"""
        SELECT {COLUMNS}, ARRAY(SELECT tag FROM status_tags WHERE status_id = $1) AS tags,
               EXISTS (SELECT FROM media WHERE status_id = $1) AS media
          FROM statuses WHERE id = $1
        """,
        status_id,
    )
    return Topic(status_of(row), frozenset(row["tags"]), row["media"]) if row else None


async def of(
    conn: Conn, status_id: int, *, at_home: Collection[int], in_public: Collection[int]
) -> list[Hearer]:
    """Of the accounts `at_home` those whose home has it, and `in_public`; none that may not see it.

    Whoever muted or blocked its author hears nothing, as in the timelines.
    """
    rows = await conn.fetch(
        f"""
        SELECT v.id, h.account_id IS NOT NULL AS home, {_PLAIN} AS plain
          FROM statuses s
          CROSS JOIN unnest($2::bigint[]) AS v (id)
          LEFT JOIN home_entries h ON h.account_id = v.id AND h.status_id = s.id
          LEFT JOIN statuses o ON o.id = s.reblog_of_id
         WHERE s.id = $1 AND (h.account_id IS NOT NULL OR v.id = ANY($3))
           AND {visible_to("s", "v.id", INSIDER)}
           AND (o.id IS NULL OR {visible_to("o", "v.id", INSIDER)})
           AND {WANTED.replace("$1", "v.id")}
        """,
        status_id,
        list({*at_home, *in_public}),
        list(in_public),
    )
    return [Hearer(row["id"], row["home"], row["plain"]) for row in rows]


# Not the author, no flag set, no filter that could meet it, no picture whose address is made for
# one viewer: what is left of an answer depends on nobody.
_SHOWN_ID = "coalesce(o.id, s.id)"
_PLAIN = f"""NOT (
        v.id IN (s.author_id, coalesce(o.author_id, 0))
     OR EXISTS (SELECT FROM media WHERE status_id = {_SHOWN_ID})
     OR EXISTS (SELECT FROM filters WHERE account_id = v.id)
     OR EXISTS (SELECT FROM favourites WHERE status_id = {_SHOWN_ID} AND account_id = v.id)
     OR EXISTS (SELECT FROM statuses WHERE reblog_of_id = {_SHOWN_ID} AND author_id = v.id)
     OR EXISTS (SELECT FROM bookmarks WHERE account_id = v.id AND status_id = {_SHOWN_ID})
     OR EXISTS (SELECT FROM thread_mutes WHERE account_id = v.id
                   AND conversation_id = coalesce(o.conversation_id, s.conversation_id))
     OR EXISTS (SELECT FROM desk_roles WHERE employee_id = v.id
                   AND company_id IN (s.author_id, o.author_id)))"""
