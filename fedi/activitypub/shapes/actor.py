"""A stranger's account as fedi reads it: typed, bounded, not yet sanitised.

Spec: federation.md section 2, A-1, A-2, S-13, X-2, D-7, section 13
"""

import re
from dataclasses import dataclass
from datetime import datetime

from fedi.activitypub.shapes.tags import Emoji, read_tags
from fedi.activitypub.shapes.values import link, objects, text, web_url
from fedi.activitypub.vocab import (
    ACTORS,
    Document,
    id_of,
    items,
    moment,
    parts_of,
    plain,
    same_host,
    type_of,
)
from fedi.errors import Malformed

MAX_KEYS = 10
MAX_ALIASES = 256
MAX_FIELDS = 50

_MAX_NAME = 2048
_MAX_BIO = 20_000
_MAX_FIELD = 2047
_MAX_PEM = 16_384
_USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PEM = re.compile(
    r"\s*-----BEGIN (RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END \1?PUBLIC KEY-----\s*"
)


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    owner: str
    pem: str  # a public key by its frame; whether it is a good one, the verifier finds out


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`summary` and field values are raw HTML, names are text: sanitise and escape them.

    All addresses but `icon`, `image`, `moved_to` and `also_known_as` are on the host of `id`.
    """

    id: str
    type: str
    username: str
    domain: str  # of `id`: a hint for the handle, proven by webfinger only (D-7)
    webfinger: str | None  # "user@host" as the actor claims (FEP-2c59)
    name: str
    summary: str
    url: str | None
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers: str | None
    following: str | None
    featured: str | None
    icon: str | None
    image: str | None
    fields: list[tuple[str, str]]
    emojis: list[Emoji]
    keys: list[Key]
    locked: bool
    bot: bool
    discoverable: bool
    suspended: bool
    moved_to: str | None
    also_known_as: list[str]
    published: datetime | None


def read_actor(document: object) -> Actor:
    """The actor.  Malformed when it cannot be stored: no type, id, name, or inbox of its own.

    An inbox on another host is refused: what we send to a partner would end up elsewhere (X-2).
    """
    if not isinstance(document, dict):
        raise Malformed("An actor is a JSON object")
    document = plain(document)
    uri, kind = web_url(document.get("id")), type_of(document, ACTORS)
    parts = parts_of(uri)
    if uri is None or kind is None or parts is None:
        raise Malformed("The document is not an actor")
    inbox = _home(document.get("inbox"), uri)
    if inbox is None:
        raise Malformed("The actor has no inbox on its own host")
    tags = read_tags(document.get("tag"))
    return Actor(
        id=uri,
        type=kind,
        username=_username(document),
        domain=parts.host,
        webfinger=_handle(document),
        name=text(document.get("name"), _MAX_NAME),
        summary=text(document.get("summary"), _MAX_BIO),
        url=_page(document, uri),
        inbox=inbox,
        shared_inbox=_shared_inbox(document, inbox),
        outbox=_home(document.get("outbox"), uri),
        followers=_home(document.get("followers"), uri),
        following=_home(document.get("following"), uri),
        featured=_home(document.get("featured"), uri),
        icon=link(document.get("icon"), "image/")[0],
        image=link(document.get("image"), "image/")[0],
        fields=_fields(document),
        emojis=tags.emojis,
        keys=read_keys(document),
        locked=document.get("manuallyApprovesFollowers") is True,
        bot=kind in ("Application", "Service"),
        discoverable=document.get("discoverable") is True,
        suspended=document.get("suspended") is True,
        moved_to=_moved_to(document, uri),
        also_known_as=_aliases(document),
        published=moment(document.get("published")),
    )


def read_keys(document: Document) -> list[Key]:
    """S-13: the keys that this document lists as its own, at most 10.

    Works on a GoToSocial key stub too, which has the actor's `id` and no inbox (A-1).
    """
    owner = document.get("id")
    found = [_key(item, owner) for item in objects(document.get("publicKey"), MAX_KEYS)]
    return [key for key in found if key]


def _key(item: Document, owner: object) -> Key | None:
    key_id, pem = web_url(item.get("id")), item.get("publicKeyPem")
    if key_id is None or not isinstance(owner, str) or item.get("owner") != owner:
        return None
    if not isinstance(pem, str) or len(pem) > _MAX_PEM or not _PEM.fullmatch(pem):
        return None
    return Key(key_id, owner, pem) if same_host(key_id, owner) else None


def _username(document: Document) -> str:
    name = document.get("preferredUsername") or (_handle(document) or "").partition("@")[0]
    if not isinstance(name, str) or not _USERNAME.fullmatch(name):
        raise Malformed("The actor has no usable name")
    return name


def _handle(document: Document) -> str | None:
    given = text(document.get("webfinger"), _MAX_NAME).removeprefix("acct:").removeprefix("@")
    name, _, host = given.partition("@")
    known = parts_of(f"https://{host}/")
    return f"{name}@{known.host}" if known and _USERNAME.fullmatch(name) else None


def _home(value: object, uri: str) -> str | None:
    """An address of the actor's own host.  Elsewhere, it could name what belongs to others."""
    url = web_url(id_of(value))
    return url if url and same_host(url, uri) else None


def _page(document: Document, uri: str) -> str | None:
    url, _ = link(document.get("url"), "text/html")
    return url if url and same_host(url, uri) else None


def _shared_inbox(document: Document, inbox: str) -> str | None:
    endpoints = document.get("endpoints")
    listed = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    url = web_url(listed or document.get("sharedInbox"))  # top level: Misskey
    return url if url and same_host(url, inbox) else None


def _fields(document: Document) -> list[tuple[str, str]]:
    found = objects(document.get("attachment"), 10 * MAX_FIELDS)
    pairs = [
        (text(item.get("name"), _MAX_FIELD), text(item.get("value"), _MAX_FIELD))
        for item in found
        if type_of(item, frozenset({"PropertyValue"}))
    ]
    return [pair for pair in pairs if pair[0]][:MAX_FIELDS]


def _moved_to(document: Document, uri: str) -> str | None:
    target = web_url(id_of(document.get("movedTo")))
    return None if target == uri else target


def _aliases(document: Document) -> list[str]:
    urls = (web_url(id_of(item)) for item in items(document.get("alsoKnownAs"))[:MAX_ALIASES])
    return [url for url in urls if url]
