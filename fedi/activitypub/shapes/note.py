"""A stranger's post as fedi reads it: typed, bounded, not yet sanitised.

Spec: federation.md O-1 to O-10, O-13, O-14, G-3, W-2, section 13
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedi.activitypub.shapes import convert
from fedi.activitypub.shapes.attachments import (
    MAX_ATTACHMENTS,
    Attachment,
    read_attachment,
    read_attachments,
    thumbnail,
)
from fedi.activitypub.shapes.polls import Poll, read_poll
from fedi.activitypub.shapes.tags import Emoji, Mention, read_tags
from fedi.activitypub.shapes.values import first_text, link, text, web_url
from fedi.activitypub.vocab import (
    Activity,
    Document,
    addressed,
    id_of,
    items,
    moment,
    plain,
    same_host,
    type_of,
    types_of,
)

NATIVE = frozenset({"Note", "Question", "ChatMessage"})
CONVERTED = frozenset({"Article", "Page", "Image", "Audio", "Video", "Event"})

_MAX_CONTENT = 100_000
_MAX_SUMMARY = 5_000
_MAX_LANGUAGES = 100
_MAX_AUTHORS = 20
_FUTURE = timedelta(hours=24)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_EMPTY_WARNING = "\u200b"  # Misskey: hidden behind a warning that says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`content` is raw HTML, `summary`, `title` and names are text: sanitise and escape them."""

    id: str
    type: str  # Note, Question, ChatMessage, or what was converted into a post
    attributed_to: str
    url: str | None  # for people to click; may be on another host, never identity
    title: str  # of converted types; of a Note that is a poll vote: the option
    content: str
    language: str | None
    summary: str  # the content warning
    sensitive: bool
    in_reply_to: str | None
    conversation: str | None  # opaque
    published: datetime
    updated: datetime | None  # None: never edited
    to: list[str]
    cc: list[str]
    attachments: list[Attachment]
    mentions: list[Mention]
    hashtags: list[str]  # without "#", as their author spells them
    emojis: list[Emoji]
    quote: str | None
    quote_authorization: str | None
    quote_is_legacy: bool  # nobody was asked (O-10)
    poll: Poll | None

    @property
    def is_vote(self) -> bool:
        """O-13: a `name`, no `content`, and the question it answers."""
        named = self.type == "Note" and self.title != ""
        return named and self.content == "" and self.in_reply_to is not None


def read_note(
    document: object, *, received: datetime, activity: Activity | None = None
) -> Note | None:
    """The post, or None if this can be no post: another type, no web id, no author.

    received  when our socket got it: replaces dates that are missing, wrong or in the future
    activity  the activity around it, whose `to` and `cc` count where the object has neither (O-5)
    raises    Malformed when nested deeper than 32

    Whether `attributed_to` may speak for `id` is not decided here (O-1, O-2).
    """
    if not isinstance(document, dict):
        return None
    document = plain(document)
    uri = web_url(document.get("id"))
    kind = type_of(document, NATIVE | CONVERTED)
    author = _author(document)
    if uri is None or kind is None or author is None:
        return None
    return _note(document, uri, kind, author, received, activity)


def _note(
    document: Document,
    uri: str,
    kind: str,
    author: str,
    received: datetime,
    activity: Activity | None,
) -> Note:
    converted = kind in CONVERTED
    content, language = _content(document)
    warning = "" if converted else text(document.get("summary"), _MAX_SUMMARY)
    published, updated = _dates(document, received)
    to, cc = _audience(document, activity)
    tags = read_tags(document.get("tag"))
    quote, legacy = _quote(document, tags.quote)
    parent = web_url(id_of(document.get("inReplyTo")))
    return Note(
        id=uri,
        type=kind,
        attributed_to=author,
        url=link(document.get("url"), "text/html")[0],
        title=convert.title_of(document),
        content=convert.body_of(document, content) if converted else content,
        language=language,
        summary=warning.replace(_EMPTY_WARNING, "").strip(),
        sensitive=document.get("sensitive") is True or warning != "",
        in_reply_to=None if parent == uri else parent,  # or the thread never ends
        conversation=_conversation(document),
        published=published,
        updated=updated,
        to=to,
        cc=cc,
        attachments=_attachments(document, kind),
        mentions=tags.mentions,
        hashtags=tags.hashtags,
        emojis=tags.emojis,
        quote=None if quote == uri else quote,
        quote_authorization=web_url(id_of(document.get("quoteAuthorization"))),
        quote_is_legacy=legacy,
        poll=read_poll(document, received=received) if kind == "Question" else None,
    )


def _author(document: Document) -> str | None:
    """The first person on the post's own host (PeerTube names a person and a channel)."""
    claimed = document.get("attributedTo") or document.get("actor")
    authors = items(claimed)[:_MAX_AUTHORS]
    home = [author for author in authors if same_host(id_of(author), document.get("id"))]
    people = [one for one in home if isinstance(one, dict) and "Person" in types_of(one)]
    chosen = next(iter(people or home or authors), None)
    return web_url(id_of(chosen))


def _content(document: Document) -> tuple[str, str | None]:
    """O-4: (HTML, language).  The language is the key whose text is the content."""
    given = document.get("contentMap")
    pairs = list(given.items())[:_MAX_LANGUAGES] if isinstance(given, dict) else []
    texts = {key: text(value, _MAX_CONTENT) for key, value in pairs}
    content = first_text(_MAX_CONTENT, document.get("content"), *texts.values())
    same = [key for key, value in texts.items() if value and value == content]
    key = same[0] if same else _only(list(texts))
    return content, key if key and _LANGUAGE.fullmatch(key) else _lemmy_language(document)


def _only(keys: list[str]) -> str | None:
    return keys[0] if len(keys) == 1 else None


def _lemmy_language(document: Document) -> str | None:
    given = document.get("language")
    key = text(given.get("identifier"), 40) if isinstance(given, dict) else ""
    return key if _LANGUAGE.fullmatch(key) else None


def _dates(document: Document, received: datetime) -> tuple[datetime, datetime | None]:
    """O-6, O-7: (published, edited or None)."""
    published = _past(moment(document.get("published")), received) or received
    updated = _past(moment(document.get("updated")), received)
    return published, updated if updated and updated > published else None


def _past(when: datetime | None, received: datetime) -> datetime | None:
    """A post from far in the future would pin itself on top of every timeline."""
    return received if when and when - received > _FUTURE else when


def _audience(document: Document, activity: Activity | None) -> tuple[list[str], list[str]]:
    if activity and document.get("to") is None and document.get("cc") is None:
        return activity.to, activity.cc
    return addressed(document)


def _conversation(document: Document) -> str | None:
    given = [document.get(name) for name in ("conversation", "context")]
    return next((uri for uri in map(id_of, given) if uri), None)


def _attachments(document: Document, kind: str) -> list[Attachment]:
    found = read_attachments(document)
    own = read_attachment(document) if kind == "Image" else None
    shown = thumbnail(document) if kind in ("Audio", "Video") else None
    return [*filter(None, [own, shown]), *found][:MAX_ATTACHMENTS]


def _quote(document: Document, tagged: str | None) -> tuple[str | None, bool]:
    """O-10: (the quoted id, whether it came without the consent model)."""
    asked = web_url(id_of(document.get("quote")))
    if asked:
        return asked, False
    names = ("_misskey_quote", "quoteUrl", "quoteUri")
    legacy = [web_url(id_of(document.get(name))) for name in names]
    quoted = next(filter(None, [*legacy, tagged]), None)
    return quoted, quoted is not None
