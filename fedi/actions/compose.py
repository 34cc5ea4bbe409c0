"""Turn what one of ours typed into a draft: who is named, what it says, how far it may travel.

Spec: product.md "Reach", "Crossing reaches"; W-3, W-4.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fedi import ids
from fedi.config import Settings
from fedi.errors import Invalid
from fedi.model.account import Account, DeskRole
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Draft, Release, Status
from fedi.net.hosts import split
from fedi.policy.directory import Directory
from fedi.policy.reach import Chosen, Declined, Wish, choose
from fedi.store import Conn, accounts, media, peers, statuses
from fedi.text import compose
from fedi.text.compose import Parsed
from fedi.text.count import length
from fedi.text.words import Word, Words, reach_words

_ID = re.compile(r"[0-9]{1,19}")
MAX_LENGTH = 5_000
MAX_MEDIA = 4
PLAIN = {
    Word.INTERNAL: Reach.INTERNAL,
    Word.PARTNER: Reach.PARTNERS,
    Word.PARTNERS: Reach.PARTNERS,
    Word.PUBLIC: Reach.PUBLIC,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a client sent, read and bounded, with the things it names already looked up."""

    text: str
    visibility: Visibility
    spoiler_text: str = ""
    sensitive: bool = False
    language: str | None = None
    parent: Status | None = None
    media_ids: Sequence[int] = field(default_factory=list)
    reach: Reach | None = None
    reach_domains: tuple[str, ...] | None = None
    human_id: int | None = None
    desk_role: DeskRole | None = None
    application_id: int | None = None


Named = Mapping[tuple[str, str | None], Account]


@dataclass(frozen=True, slots=True)
class Reading:
    """The text, read: its reach words, what it names, and who of those is known here."""

    words: Words
    parsed: Parsed
    named: Named


async def draft(
    conn: Conn, settings: Settings, author: Account, typed: Typed, *, now: datetime
) -> Draft:
    """Raises Invalid with one plain sentence that says what to change."""
    _bounded(typed)
    reading = await _read(conn, settings, typed.text)
    wish = _wish(author, typed, reading, await peers.directory(conn))
    chosen = _chosen(choose(author, wish, typed.parent))
    await _check(conn, settings, author, typed, reading, chosen.reach)
    number = ids.new()
    return Draft(
        id=number,
        uri=f"{settings.origin}/ap/objects/{ids.token()}",
        url=f"{settings.origin}/@{author.username}/{number}",
        author_id=author.id,
        local=True,
        in_reply_to_id=typed.parent.id if typed.parent else None,
        in_reply_to_account_id=typed.parent.author_id if typed.parent else None,
        conversation_id=typed.parent.conversation_id if typed.parent else None,
        visibility=chosen.visibility,
        reach=chosen.reach,
        reach_domains=None if chosen.domains is None else list(chosen.domains),
        release=_release(typed, chosen),
        written_by=typed.human_id if typed.human_id != author.id else None,
        application_id=typed.application_id,
        created_at=now,
        **_said(settings, typed, reading),
    )


async def redraft(
    conn: Conn, settings: Settings, author: Account, before: Status, typed: Typed, *, now: datetime
) -> Draft:
    """Another text for `before`.  Without a word its reach stays; another word is refused."""
    after = await draft(conn, settings, author, _kept(typed, before), now=now)
    if after.reach is not before.reach or after.reach_domains != before.reach_domains:
        raise Invalid("An edit cannot change who sees a post. Delete it and write it anew.")
    return after.but(id=before.id, uri=before.uri, url=before.url, visibility=before.visibility)


def own_domains(settings: Settings) -> Collection[str]:
    return {settings.domain.lower(), settings.host.lower()}


def _bounded(typed: Typed) -> None:
    if not typed.text.strip() and not typed.media_ids:
        raise Invalid("Validation failed: Text can't be blank")
    if length(typed.text) + length(typed.spoiler_text) > MAX_LENGTH:
        raise Invalid(f"Validation failed: Text is longer than {MAX_LENGTH} characters")
    if len(typed.media_ids) > MAX_MEDIA:
        raise Invalid(f"Validation failed: at most {MAX_MEDIA} files can be attached")


async def _read(conn: Conn, settings: Settings, text: str) -> Reading:
    own = own_domains(settings)
    words = reach_words(text, own_domains=own)
    parsed = compose.parse(words.text, own_domains=own)
    named = await accounts.by_handles(conn, parsed.mentions) if parsed.mentions else {}
    return Reading(words, parsed, named)


def _wish(author: Account, typed: Typed, reading: Reading, directory: Directory) -> Wish:
    words = reading.words
    if len({PLAIN[word] for word in words.said}) > 1:
        raise Invalid("The first line names more than one reach.")
    word = PLAIN[next(iter(words.said))] if words.said else None
    if words.elsewhere and not author.inside_persona:
        raise Invalid("A reach word counts in the first line only. Move it there, or remove it.")
    return Wish(
        visibility=typed.visibility,
        word=word,
        word_domains=_domains_of(words, directory),
        param=typed.reach,
        param_domains=typed.reach_domains,
        outsiders=tuple(sorted({host for one in reading.named.values() for host in hosts_of(one)})),
    )


def hosts_of(account: Account) -> set[str]:
    """L-3: the domain of the handle and the host of the inbox may differ; both are named."""
    return set() if account.domain is None else {account.domain, split(account.inbox).host}


def _domains_of(words: Words, directory: Directory) -> tuple[str, ...] | None:
    if Word.PARTNERS in words.said or not words.slugs:
        return None
    domains: list[str] = []
    for slug in words.slugs:
        found = directory.domains_of_slug(slug)
        if not found:
            raise Invalid(f"No partner is called {slug}.")
        domains += found
    return tuple(domains)


def _chosen(answer: Chosen | Declined) -> Chosen:
    if isinstance(answer, Declined):
        raise Invalid(answer.say)
    return answer


async def _check(
    conn: Conn, settings: Settings, author: Account, typed: Typed, reading: Reading, reach: Reach
) -> None:
    if typed.media_ids:
        await media.require_attachable(conn, author.id, typed.media_ids)
    if not author.inside_persona:
        _refuse_unknown_opening(reading)
    if reach is not Reach.INTERNAL:
        _refuse_inside_names(reading.named)
        _refuse_inside_names((await _read(conn, settings, typed.spoiler_text)).named)
        await _refuse_inside_links(conn, settings, reading.parsed)


def _refuse_unknown_opening(reading: Reading) -> None:
    """A misspelt word would go out with the default reach."""
    for name in reading.words.unknown_opening:
        if (name, None) not in reading.named:
            raise Invalid(f"Nobody is called @{name}. If it is a reach word, mind its spelling.")


def _refuse_inside_names(named: Named) -> None:
    """W-4: nobody who exists inside only is named outside."""
    for account in named.values():
        if account.is_local and not account.exists_outside:
            raise Invalid(
                f"@{account.username} exists inside only and cannot be named to people outside."
            )


async def _refuse_inside_links(conn: Conn, settings: Settings, parsed: Parsed) -> None:
    """A link leads to the same post however it is written: host, slashes, query, id or page."""
    links = [urlsplit(url) for url in parsed.links]
    paths = [one.path for one in links if one.netloc.lower() in own_domains(settings)]
    parts = [part for path in paths for part in path.split("/")]
    numbers = [int(part) for part in parts if _ID.fullmatch(part)]
    linked = [*(await statuses.by_ids(conn, [n for n in numbers if n < 2**63])).values()]
    uris = [f"{settings.origin}/ap/objects/{part}" for part in parts if part]
    linked += (await statuses.by_uris(conn, uris)).values()
    if any(status.reach is Reach.INTERNAL for status in linked):
        raise Invalid("It links to a post that exists inside only.")


def _release(typed: Typed, chosen: Chosen) -> Release:
    waits = typed.desk_role is DeskRole.AUTHOR and chosen.reach is not Reach.INTERNAL
    return Release.WAITING if waits else Release.RELEASED


def _said(settings: Settings, typed: Typed, reading: Reading) -> dict[str, Any]:
    return {
        "content": _html(settings, reading),
        "source": typed.text,
        "spoiler_text": typed.spoiler_text,
        "sensitive": typed.sensitive or bool(typed.spoiler_text),
        "language": typed.language,
        "mentions": list(dict.fromkeys(account.id for account in reading.named.values())),
        "tags": list(reading.parsed.hashtags),
        "media_ids": list(typed.media_ids),
    }


def _html(settings: Settings, reading: Reading) -> str:
    links = {
        name if domain is None else f"{name}@{domain}": (one.url or one.uri, one.username)
        for (name, domain), one in reading.named.items()
    }
    return compose.render(
        reading.words.text,
        links,
        lambda tag: f"{settings.origin}/tags/{tag.lower()}",
        own_domains=own_domains(settings),
    )


def _kept(typed: Typed, before: Status) -> Typed:
    domains = None if before.reach_domains is None else tuple(before.reach_domains)
    return Typed(
        text=typed.text,
        visibility=before.visibility,
        spoiler_text=typed.spoiler_text,
        sensitive=typed.sensitive,
        language=typed.language,
        parent=typed.parent,
        media_ids=typed.media_ids,
        reach=None if before.visibility is Visibility.DIRECT else before.reach,
        reach_domains=domains,
        human_id=typed.human_id,
        desk_role=typed.desk_role,
        application_id=typed.application_id,
    )
