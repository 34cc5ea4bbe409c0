"""A stranger's post or profile as ours to keep: cleaned, addressed, and only if it concerns us.

Spec:   federation.md W-1 to W-4, O-4, O-9, P-8, X-6, D-8.
Writes: statuses and what hangs on them, media, accounts, account_keys.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedi import ids
from fedi.actions import statuses as acts
from fedi.activitypub import addressing
from fedi.activitypub.shapes import Actor, Attachment, Note
from fedi.model.account import Account, Kind, Role
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Draft, Status
from fedi.net.hosts import split
from fedi.store import Conn, accounts, departures, follows, knowable, media, statuses
from fedi.store.media import Media
from fedi.text import characters, sanitise

MAX_NAME, MAX_WARNING, MAX_DESCRIPTION = 2048, 5_000, 10_000
LIVE = timedelta(minutes=5)
KINDS = {
    "Group": Kind.GROUP,
    "Organization": Kind.COMPANY,
    "Application": Kind.SERVICE,
    "Service": Kind.SERVICE,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post whose author is proven.  `to`: all whom the note or the activity around it names.

    `wanted`: somebody asked for it, so it is kept whomever it concerns.
    """

    note: Note
    author: Account
    to: frozenset[str]
    received_at: datetime
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    draft: Draft
    attachments: list[Attachment]


@dataclass(frozen=True, slots=True)
class _Around:
    """What the database knows about a batch of arrivals: one question a table."""

    named: dict[str, Account]  # by URI: ours that exist outside, and strangers we know
    parents: dict[str, Status]
    may_answer: set[tuple[int, int]]  # (author, parent)
    followed: set[int]  # authors whom somebody of ours follows
    followers: dict[int, list[int]]  # of ours, who follow as themselves
    gone: set[tuple[str, str]]  # (uri, owner)


async def keep(conn: Conn, arrivals: Sequence[Arrival]) -> set[int]:
    """Store those that concern us, with all their consequences.  The ids that are new."""
    new, left = set[int](), await ready(conn, arrivals)
    while left:
        added = await acts.add(conn, [one.draft for one in left])
        fresh = [one for one in left if one.draft.id in added]
        await media.add(conn, [row for one in fresh for row in _media(one)])
        new |= added
        left = await _without_id(conn, [one for one in left if one.draft.id not in added])
    return new


async def _without_id(conn: Conn, old: list[Ready]) -> list[Ready]:
    """Not added, and not because they stand already: other posts of that moment took their ids."""
    stand = await _by_uris(conn, [one.draft.uri for one in old])
    lost = {one.draft.uri: one for one in old if one.draft.uri not in stand}
    return [Ready(one.draft.but(id=ids.new()), one.attachments) for one in lost.values()]


async def ready(conn: Conn, arrivals: Sequence[Arrival]) -> list[Ready]:
    """Drafts of those that concern us; what concerns nobody here is not kept."""
    if not arrivals:
        return []
    around = await _look_around(conn, arrivals)
    return [
        Ready(_draft(one, around), one.note.attachments)
        for one in arrivals
        if (one.note.id, one.author.uri) not in around.gone and _concerns_us(one, around)
    ]


def open_to_all(note: Note) -> bool:
    """Whether everybody may read it."""
    return addressing.visibility_of(note.to, note.cc, None).open


async def replace_media(conn: Conn, one: Ready) -> None:
    """After an edit: the files that the post shows now."""
    await media.drop_of_status(conn, one.draft.id)
    await media.add(conn, _media(one))


async def save_actor(conn: Conn, actor: Actor, handle_host: str, *, at: datetime) -> Account:
    """Keep a profile whose handle was proven to live at `handle_host` (D-7), and its keys."""
    account = await accounts.save_remote(conn, account_of(actor, handle_host, at), fetched_at=at)
    for key in actor.keys:
        await accounts.add_key(conn, key.id, account.id, key.pem, at=at)
    return account


def account_of(actor: Actor, handle_host: str, at: datetime) -> Account:
    """The row of a stranger.  Its id is given when it is stored."""
    return Account(
        id=0,
        uri=actor.id,
        username=(actor.webfinger or actor.username).partition("@")[0],
        domain=handle_host,
        kind=KINDS.get(actor.type, Kind.EMPLOYEE),
        display_name=characters.line(actor.name, MAX_NAME),
        note=sanitise.clean(actor.summary),
        note_source="",
        fields=[
            {"name": characters.line(name, MAX_NAME), "value": sanitise.clean(value)}
            for name, value in actor.fields
        ],
        url=actor.url,
        inbox=actor.inbox,
        shared_inbox=actor.shared_inbox,
        followers_uri=actor.followers,
        locked=actor.locked,
        bot=actor.bot,
        discoverable=actor.discoverable,
        avatar=None,
        header=None,
        avatar_remote=actor.icon,
        header_remote=actor.image,
        role=Role.EMPLOYEE,
        max_reach=Reach.INTERNAL,
        default_reach=Reach.INTERNAL,
        require_word=False,
        outside_direct=False,
        created_at=min(actor.published or at, at),
        last_status_at=None,
        suspended_at=None,
        moved_to_uri=actor.moved_to,
        statuses_count=0,
        followers_count=0,
        following_count=0,
    )


async def _look_around(conn: Conn, arrivals: Sequence[Arrival]) -> _Around:
    notes = [one.note for one in arrivals]
    authors = {one.author.id for one in arrivals}
    parents = await _by_uris(conn, [note.in_reply_to for note in notes if note.in_reply_to])
    answers = [
        (one.author.id, parents[one.note.in_reply_to].id)
        for one in arrivals
        if one.note.in_reply_to in parents
    ]
    private = {one.author.id for one in arrivals if _visibility(one) is Visibility.PRIVATE}
    return _Around(
        named=await _named(conn, arrivals),
        parents=parents,
        may_answer=await knowable.among(conn, answers),
        followed=await follows.followed_here(conn, sorted(authors)),
        followers=await follows.own_followers(conn, sorted(private)) if private else {},
        gone=await departures.among(conn, [note.id for note in notes]),
    )


async def _by_uris(conn: Conn, uris: Collection[str]) -> dict[str, Status]:
    return await statuses.by_uris(conn, uris) if uris else {}


async def _named(conn: Conn, arrivals: Sequence[Arrival]) -> dict[str, Account]:
    """W-4: whoever exists inside only cannot be named from outside."""
    uris = {uri for one in arrivals for uri in one.to}
    uris |= {m.href for one in arrivals for m in one.note.mentions if m.href}
    found = await accounts.by_uris(conn, uris)
    return {u: a for u, a in found.items() if a.exists_outside or not a.is_local}


def _concerns_us(one: Arrival, around: _Around) -> bool:
    """Somebody of ours follows its author, is addressed, or it answers a post that we have."""
    if one.wanted or one.author.id in around.followed:
        return _visibility(one) is not Visibility.DIRECT or _addresses_us(one, around)
    return _addresses_us(one, around) or _parent(one, around) is not None


def _addresses_us(one: Arrival, around: _Around) -> bool:
    return any(uri in around.named and around.named[uri].is_local for uri in one.to)


def _visibility(one: Arrival) -> Visibility:
    return addressing.visibility_of(one.note.to, one.note.cc, one.author.followers_uri)


def _parent(one: Arrival, around: _Around) -> Status | None:
    """What it answers, if its author can know of that post (W-3): else the thread starts here."""
    parent = around.parents.get(one.note.in_reply_to or "")
    known = parent is not None and (one.author.id, parent.id) in around.may_answer
    return parent if known else None


def _draft(one: Arrival, around: _Around) -> Draft:
    note, visibility = one.note, _visibility(one)
    parent = _parent(one, around)
    reach, domains = addressing.reach_of(visibility, split(one.author.uri).host)
    mentions = _mentions(one, around)
    return Draft(
        id=ids.new() if _is_live(one) else ids.at(min(note.published, one.received_at)),
        uri=note.id,
        url=note.url,
        author_id=one.author.id,
        local=False,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_account_id=parent.author_id if parent else None,
        conversation_id=parent.conversation_id if parent else None,
        visibility=visibility,
        reach=reach,
        reach_domains=domains,
        content=sanitise.clean(note.content, mentioned=_hrefs(one, mentions)),
        spoiler_text=characters.line(note.summary, MAX_WARNING),
        sensitive=note.sensitive,
        language=note.language,
        created_at=note.published,
        edited_at=note.updated,
        mentions=[account.id for account in mentions],
        audience=_audience(one, around, visibility),
        tags=note.hashtags,
    )


def _is_live(one: Arrival) -> bool:
    """Told as it happened: it stands where it arrived, so that no client that is reading misses it.

    Only what comes late stands among its time, where a moment has few ids to give.
    """
    return one.received_at - one.note.published < LIVE


def _mentions(one: Arrival, around: _Around) -> list[Account]:
    """O-9: those of ours only if they are addressed, too: naming somebody grants nothing."""
    found = (around.named.get(mention.href or "") for mention in one.note.mentions)
    unique = {account.id: account for account in found if account is not None}
    return [a for a in unique.values() if not a.is_local or a.uri in one.to]


def _hrefs(one: Arrival, mentions: Iterable[Account]) -> set[str]:
    """What a link to a person may lead to: ids, and the pages of those whom we know."""
    pages = {account.url for account in mentions if account.url}
    return pages | {mention.href for mention in one.note.mentions if mention.href}


def _audience(one: Arrival, around: _Around, visibility: Visibility) -> list[int]:
    """W-2: who of ours may read what not everybody may."""
    if visibility.open:
        return []
    named = [around.named[uri].id for uri in one.to if uri in around.named]
    return named + around.followers.get(one.author.id, [])


def _media(one: Ready) -> list[Media]:
    return [
        Media(
            id=ids.new(),
            account_id=one.draft.author_id,
            status_id=one.draft.id,
            position=position,
            kind=file.kind,
            content_type=file.media_type,
            file=None,
            small=None,
            remote_url=file.url,
            description=characters.line(file.description, MAX_DESCRIPTION, multiline=True),
            blurhash=file.blurhash,
            focus_x=file.focus[0] if file.focus else None,
            focus_y=file.focus[1] if file.focus else None,
            width=file.width,
            height=file.height,
            token=ids.token(),
            created_at=one.draft.created_at,
        )
        for position, file in enumerate(one.attachments)
    ]
