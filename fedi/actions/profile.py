"""What one of our accounts says of itself.

Writes: accounts, people (preferences).
Sends:  Update of the actor to its followers, when it exists outside, after the hold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from mimetypes import guess_type
from typing import Any

import orjson

from fedi import clock
from fedi.activitypub import render
from fedi.activitypub.render import Picture
from fedi.activitypub.vocab import PUBLIC
from fedi.config import Settings
from fedi.errors import Invalid
from fedi.media.links import Portrait, portrait
from fedi.model.account import Account
from fedi.model.reach import Reach
from fedi.outbox.publish import publish
from fedi.policy.release import Parcel
from fedi.store import Conn, accounts, deliveries, outside, preferences, profiles
from fedi.text import characters, compose
from fedi.text.count import length

NAME_LIMIT, NOTE_LIMIT, FIELD_LIMIT, MAX_FIELDS = 30, 500, 255, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """None: stays.  `avatar` and `header` are keys of files that are kept already; "": none."""

    display_name: str | None = None
    note: str | None = None  # plain text
    fields: Sequence[tuple[str, str]] | None = None  # (name, value as plain text)
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    avatar: str | None = None
    header: str | None = None
    preferences: dict[str, Any] = field(default_factory=dict)


async def update(conn: Conn, settings: Settings, account: Account, changes: Changes) -> Account:
    """Raises Invalid with one sentence that says what is too long, or who may not be named."""
    now = clock.now()
    values = await _columns(conn, settings, account, changes)
    if changes.preferences:
        await preferences.put(conn, account.id, changes.preferences, at=now)
    if not values:
        return account
    changed = await profiles.change(conn, account.id, values)
    if changed.exists_outside and changed != account:
        await tell_outside(conn, settings, changed, at=now)
    return changed


async def tell_outside(conn: Conn, settings: Settings, account: Account, *, at: datetime) -> None:
    """Send the whole profile again.  One that still waits is replaced: only the last one counts."""
    seen = await outside.account_by_uri(conn, account.uri)
    key = await outside.key_of(conn, account.id)
    if seen is None or key is None:
        return
    followers = account.followers_uri or f"{account.uri}/followers"
    public = account.max_reach is Reach.PUBLIC
    document = render.update_actor(
        render.actor(
            seen,
            domain=settings.domain,
            public_key_pem=key[1],
            icon=picture(settings, seen, "avatar"),
            image=picture(settings, seen, "header"),
            updated=at,
        ),
        to=[PUBLIC] if public else [followers],
        cc=[followers] if public else [],
        at=at,
    )
    await deliveries.cancel_unsent(conn, account.uri)
    recipients = await deliveries.followers_of(conn, account.id)
    recipients += await deliveries.had(conn, account.uri)
    due = at + timedelta(seconds=settings.outbox_hold)
    parcel = _parcel(account, document["id"])
    await publish(conn, parcel, orjson.dumps(document), recipients, due=due)


def picture(settings: Settings, account: Account, kind: Portrait) -> Picture | None:
    """An avatar or header of ours as the actor document names it."""
    key = account.avatar if kind == "avatar" else account.header
    if key is None:
        return None
    url = portrait(settings.media_url or settings.origin, account, kind)
    return Picture(url, guess_type(key)[0] or "image/jpeg")


def _parcel(account: Account, uri: str) -> Parcel:
    return Parcel(
        id=uri,
        type="Update",
        object_uri=account.uri,
        reach=account.max_reach,
        reach_domains=None,
        author_id=account.id,
        author_outside=account.exists_outside,
    )


async def _columns(
    conn: Conn, settings: Settings, account: Account, changes: Changes
) -> dict[str, Any]:
    if changes.display_name:
        await _html(conn, settings, account, changes.display_name[:NOTE_LIMIT])
    values: dict[str, Any] = {
        "display_name": _name(changes.display_name),
        "locked": changes.locked,
        "bot": changes.bot,
        "discoverable": changes.discoverable,
        "avatar": changes.avatar,
        "header": changes.header,
    }
    if changes.note is not None:
        values["note_source"] = _note(changes.note)
        values["note"] = await _html(conn, settings, account, values["note_source"])
    if changes.fields is not None:
        for text in (part for one in changes.fields for part in one):
            await _html(conn, settings, account, text[:FIELD_LIMIT])
        values["fields"] = [_field(settings, *one) for one in _few(changes.fields)]
    named = {name: value for name, value in values.items() if value is not None}
    return named | {name: named[name] or None for name in ("avatar", "header") if name in named}


def _name(sent: str | None) -> str | None:
    if sent is None:
        return None
    if length(sent.strip()) > NAME_LIMIT:
        raise Invalid(f"Validation failed: the name is longer than {NAME_LIMIT} characters")
    return characters.line(sent, NAME_LIMIT * 8)


def _note(sent: str) -> str:
    if length(sent) > NOTE_LIMIT:
        raise Invalid(f"Validation failed: the note is longer than {NOTE_LIMIT} characters")
    return characters.line(sent, NOTE_LIMIT * 8, multiline=True)


async def _html(conn: Conn, settings: Settings, account: Account, note: str) -> str:
    own = {settings.domain.lower(), settings.host.lower()}
    parsed = compose.parse(note, own_domains=own)
    named = await accounts.by_handles(conn, parsed.mentions) if parsed.mentions else {}
    _refuse_inside_names(account, list(named.values()))
    links = {one.acct.lower(): (one.url or one.uri, one.username) for one in named.values()}
    return compose.render(note, links, _tag_url(settings), own_domains=own)


def _refuse_inside_names(account: Account, named: Sequence[Account]) -> None:
    """W-4: a profile that is read outside names nobody who exists inside only."""
    for one in named if account.exists_outside else ():
        if one.is_local and not one.exists_outside:
            raise Invalid(f"@{one.username} exists inside only and cannot be named to outsiders.")


def _few(fields: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Empty rows of a form are no fields."""
    kept = [(name.strip(), value.strip()) for name, value in fields if name.strip()]
    if len(kept) > MAX_FIELDS:
        raise Invalid(f"Validation failed: a profile has at most {MAX_FIELDS} fields")
    if any(len(text) > FIELD_LIMIT for one in kept for text in one):
        raise Invalid(f"Validation failed: a field is longer than {FIELD_LIMIT} characters")
    return kept


def _field(settings: Settings, name: str, value: str) -> dict[str, Any]:
    source = characters.line(value, FIELD_LIMIT)
    html = compose.render(source, {}, _tag_url(settings))
    return {
        "name": characters.line(name, FIELD_LIMIT),
        "value": html.removeprefix("<p>").removesuffix("</p>"),
        "source": source,
    }


def _tag_url(settings: Settings) -> Callable[[str], str]:
    return lambda tag: f"{settings.origin}/tags/{tag.lower()}"
