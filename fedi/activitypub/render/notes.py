"""A post of ours as a `Note`.

Spec: federation.md O-8, O-11, O-15, O-16, section 8, W-4, L-8
"""

from dataclasses import dataclass, field
from typing import Any

from fedi.activitypub.addressing import Audience, audience
from fedi.activitypub.jsonld import CONTEXT
from fedi.activitypub.render.moments import stamp
from fedi.activitypub.vocab import PUBLIC, Document
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Status


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who exists outside: W-4 forbids any trace of those who do not."""

    uri: str
    handle: str  # "user@host"


@dataclass(frozen=True, slots=True)
class Hashtag:
    name: str  # without "#"
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file of ours, at the address that this audience may load it from."""

    url: str
    media_type: str
    description: str = ""
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    focus: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A status with what its document needs beside it.

    `content` is the HTML for the outside: no reach word, no link to anybody internal (W-4).
    """

    status: Status
    author_uri: str
    followers_uri: str
    content: str
    in_reply_to: str | None = None  # None too when the parent may not be known outside
    boost_of: str | None = None  # then it is announced, and has no text of its own
    conversation: str | None = None
    mentions: list[Mention] = field(default_factory=list)
    hashtags: list[Hashtag] = field(default_factory=list)
    attachments: list[Attached] = field(default_factory=list)

    @property
    def audience(self) -> Audience:
        """(`to`, `cc`).  Forbidden for an internal post."""
        return audience(
            self.status.reach,
            self.status.visibility,
            self.followers_uri,
            [mention.uri for mention in self.mentions],
        )


def with_context(body: Document) -> Document:
    """`body` as a document of its own; inside another one it goes without."""
    return {"@context": CONTEXT} | body


def note(post: Post) -> Document:
    """The Note, without `@context`.  Forbidden for an internal post."""
    status = post.status
    to, cc = post.audience
    body: Document = {
        "id": status.uri,
        "type": "Note",
        "attributedTo": post.author_uri,
        "to": to,
        "cc": cc,
        "published": stamp(status.held_until or status.created_at),
        "url": status.url or status.uri,
        "content": post.content,
        "summary": status.spoiler_text or None,
        "sensitive": status.sensitive,
        "inReplyTo": post.in_reply_to,
        "tag": _tags(post),
        "attachment": [_attachment(file) for file in post.attachments],
        "interactionPolicy": _policy(post),
    }
    return body | _optional(post)


def _tags(post: Post) -> list[Document]:
    mentions = [
        {"type": "Mention", "href": mention.uri, "name": f"@{mention.handle}"}
        for mention in post.mentions
    ]
    hashtags = [
        {"type": "Hashtag", "href": hashtag.href, "name": f"#{hashtag.name}"}
        for hashtag in post.hashtags
    ]
    return [*mentions, *hashtags]


def _attachment(file: Attached) -> Document:
    """O-8: the description twice, because GoToSocial reads `summary` and Mastodon `name`."""
    body: dict[str, Any] = {
        "type": "Document",
        "mediaType": file.media_type,
        "url": file.url,
        "name": file.description or None,
        "summary": file.description or None,
    }
    optional = {
        "blurhash": file.blurhash,
        "width": file.width,
        "height": file.height,
        "focalPoint": list(file.focus) if file.focus else None,
    }
    return body | {name: value for name, value in optional.items() if value}


def _policy(post: Post) -> Document:
    """O-11: `canQuote` always, since peers differ about what its absence means."""
    everyone = post.status.reach is Reach.PUBLIC and post.status.visibility.open
    return {"canQuote": {"automaticApproval": [PUBLIC if everyone else post.author_uri]}}


def _optional(post: Post) -> Document:
    status = post.status
    body: Document = {}
    if status.language:
        body["contentMap"] = {status.language: post.content}
    if post.conversation:
        body["conversation"] = post.conversation
    if status.visibility is Visibility.DIRECT:
        body["directMessage"] = True
    if status.edited_at:
        body["updated"] = stamp(status.edited_at)  # O-7: only after an edit
    return body
