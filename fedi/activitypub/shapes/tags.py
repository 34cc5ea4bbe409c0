"""The `tag` list: mentions, hashtags, custom emoji, quote links.

Spec: federation.md O-9, O-10, section 13
"""

import re
import unicodedata
from dataclasses import dataclass, field

from fedi.activitypub.shapes.values import link, objects, text, web_url
from fedi.activitypub.vocab import Document, type_of

MAX_MENTIONS = 50
MAX_HASHTAGS = 100
MAX_EMOJIS = 100
_MAX_READ = 1000
_MAX_HASHTAG = 100
_MAX_NAME = 500

_KNOWN = frozenset({"Mention", "Hashtag", "Emoji", "Link"})
_HASHTAG = re.compile(r"[\w·・]+")
_SHORTCODE = re.compile(r"[A-Za-z0-9_.+-]{1,128}")
_QUOTE_REL = "https://misskey-hub.net/ns#_misskey_quote"


@dataclass(frozen=True, slots=True)
class Mention:
    """`href` is usually the actor's id, sometimes a profile page; None: look `name` up."""

    href: str | None
    name: str  # "@user@host", "@user" from Misskey, or empty


@dataclass(frozen=True, slots=True)
class Emoji:
    shortcode: str  # without colons
    url: str
    static_url: str


@dataclass(slots=True)
class Tags:
    mentions: list[Mention] = field(default_factory=list)
    hashtags: list[str] = field(default_factory=list)
    emojis: list[Emoji] = field(default_factory=list)
    quote: str | None = None  # FEP-e232


def read_tags(value: object) -> Tags:
    """What we know in `tag`; bad entries are skipped one by one."""
    tags = Tags()
    for item in objects(value, _MAX_READ):
        match type_of(item, _KNOWN):
            case "Mention":
                _add_mention(tags, item)
            case "Hashtag":
                _add_hashtag(tags, item)
            case "Emoji":
                _add_emoji(tags, item)
            case "Link":
                tags.quote = tags.quote or _quote(item)
            case _:
                pass
    return tags


def _add_mention(tags: Tags, item: Document) -> None:
    given = item.get("href")
    mention = Mention(web_url(given), text(item.get("name"), _MAX_NAME).strip())
    # A bad address is not replaced by a lookup of the name: it was meant to be fetched.
    usable = mention.href or (given is None and mention.name)
    if usable and len(tags.mentions) < MAX_MENTIONS and mention not in tags.mentions:
        tags.mentions.append(mention)


def _add_hashtag(tags: Tags, item: Document) -> None:
    name = unicodedata.normalize("NFKC", text(item.get("name"), _MAX_HASHTAG + 1))
    name = name.strip().removeprefix("#")
    usable = len(name) <= _MAX_HASHTAG and _HASHTAG.fullmatch(name)
    known = {tag.casefold() for tag in tags.hashtags}
    if usable and len(tags.hashtags) < MAX_HASHTAGS and name.casefold() not in known:
        tags.hashtags.append(name)


def _add_emoji(tags: Tags, item: Document) -> None:
    shortcode = text(item.get("name"), _MAX_NAME).strip().removeprefix(":").removesuffix(":")
    url, _ = link(item.get("icon"), "image/")
    known = {emoji.shortcode for emoji in tags.emojis}
    if (
        url
        and _SHORTCODE.fullmatch(shortcode)
        and len(tags.emojis) < MAX_EMOJIS
        and shortcode not in known
    ):
        tags.emojis.append(Emoji(shortcode, url, url))


def _quote(item: Document) -> str | None:
    media_type = text(item.get("mediaType"), _MAX_NAME)
    rel = item.get("rel")
    is_quote = rel == _QUOTE_REL or (isinstance(rel, list) and _QUOTE_REL in rel)
    is_object = media_type.startswith(("application/activity+json", "application/ld+json"))
    return web_url(item.get("href")) if is_quote or is_object else None
