"""The words of ActivityPub, and how an incoming document becomes a typed `Activity`.

Spec: federation.md P-5, C-1, C-3, O-1, O-5, O-6, S-14, W-2
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from fedi.errors import BadSignature, Invalid, Malformed
from fedi.net.hosts import Parts, split

Document = dict[str, Any]

ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{ACTIVITYSTREAMS}#Public"
PUBLIC_ALIASES = frozenset({PUBLIC, "as:Public", "Public"})

ACTIVITIES = frozenset(
    {"Accept", "Add", "Announce", "Block", "Create", "Delete", "Dislike", "EmojiReact", "Flag"}
    | {"Follow", "Like", "Move", "QuoteRequest", "Reject", "Remove", "Undo", "Update"}
)
ACTORS = frozenset({"Application", "Group", "Organization", "Person", "Service"})

MAX_ID = 2048
MAX_ADDRESSED = 2000
MAX_DEPTH = 32
_MAX_MOMENT = 64
_MAX_TYPE = 100
_MAX_OFFSET = timedelta(hours=14)
_HIDDEN = frozenset({"bto", "bcc"})
_NESTED: frozenset[type] = frozenset({dict, list})


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What an inbox handler gets: `actor` is proven, everything else is only claimed.

    `id` is the activity's own, or `urn:fedi:activity:<sha256>` when it came without (P-5), so it
    always serves to drop duplicates.  `document` has plain names and no `bto`/`bcc`.
    """

    id: str
    anonymous: bool  # it came without an id
    type: str
    actor: str
    object_id: str | None
    published: datetime | None
    to: list[str]  # public aliases already written out; at most 2 000 in `to` and `cc`
    cc: list[str]
    document: Document

    @property
    def embed(self) -> Document | None:
        """The first embedded object: a hint, to be trusted only under O-1."""
        return next(iter(self.embeds), None)

    @property
    def embeds(self) -> list[Document]:
        """All embedded objects; GoToSocial sends several poll votes at once (O-13)."""
        return [item for item in items(self.document.get("object")) if isinstance(item, dict)]


def read_activity(document: object, *, signer: str) -> Activity:
    """The activity that `signer`, the owner of the signing key, sent.

    Malformed (400) when it cannot be read; BadSignature (401) when it speaks for somebody else.
    """
    if not isinstance(document, dict):
        raise Malformed("An activity is a JSON object")
    if ACTIVITYSTREAMS not in items(document.get("@context")):
        raise Malformed("@context does not name ActivityStreams")  # C-1
    document = plain(document)
    types = types_of(document)
    if not types:
        raise Malformed("The activity has no type")
    actor = _actor(document, signer)
    kind = next((name for name in types if name in ACTIVITIES), types[0])
    to, cc = addressed(document)
    given = _own_id(document, actor)
    return Activity(
        id=given or _stand_in_id(document, actor, kind),
        anonymous=given is None,
        type=kind,
        actor=actor,
        object_id=id_of(document.get("object")),
        published=moment(document.get("published")),
        to=to,
        cc=cc,
        document=document,
    )


def plain(document: Document) -> Document:
    """The same with `as:` gone from property names, and without the blind-copy lists.

    C-3: peers may prefix.  W-2: what is never read cannot be stored or passed on.  Malformed when
    nested deeper than 32, which only an attack is.  What is plain already, as nearly everything
    is, is returned as it stands.
    """
    return document if _is_plain(document) else _plain_object(document, 0)


def items(value: object) -> list[Any]:
    """O-1: null, one thing or a list of things, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def id_of(value: object) -> str | None:
    """O-1: a string, an object's `id` (a Link's `href`), or those of the first element."""
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, dict):
        value = value.get("id") or value.get("href")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID:
        return None
    return value


def types_of(document: Document) -> list[str]:
    """The types by their short names.  Whatever is not a string is no type."""
    names = [name for name in items(document.get("type")) if isinstance(name, str)]
    return [name.removeprefix("as:") for name in names if 0 < len(name) <= _MAX_TYPE]


def type_of(document: Document, known: frozenset[str]) -> str | None:
    """The first of its types that we know."""
    return next((name for name in types_of(document) if name in known), None)


def addressed(document: Document) -> tuple[list[str], list[str]]:
    """`to` and `cc`: each id once, at most 2 000 together, public aliases written out (O-5)."""
    seen: set[str] = set()
    to = _unseen(document.get("to"), seen)
    return to, _unseen(document.get("cc"), seen)


def moment(value: object) -> datetime | None:
    """O-6: ISO 8601 with or without fraction and offset, as UTC.  None for anything else."""
    if not isinstance(value, str) or len(value) > _MAX_MOMENT:
        return None
    try:
        when = datetime.fromisoformat(value)
        offset = when.utcoffset()
        if offset is None:
            return when.replace(tzinfo=UTC)
        return when.astimezone(UTC) if abs(offset) <= _MAX_OFFSET else None
    except (ValueError, OverflowError):
        return None


def parts_of(url: object) -> Parts | None:
    """The URL taken apart, or None if it is none: identity compares hosts as `net` spells them.

    Names of private networks pass: refusing to go there is for whoever opens the connection.
    """
    return _parts(url) if isinstance(url, str) and len(url) <= MAX_ID else None


def same_host(one: object, other: object) -> bool:
    """True only if both are URLs of one host, the port being part of it."""
    if _below_root(one, other):
        return parts_of(other) is not None
    left, right = parts_of(one), parts_of(other)
    return left is not None and right is not None and left.host == right.host


def _below_root(one: object, other: object) -> bool:
    """The quick yes: `one` starts letter for letter like `other`, and holds nothing odd."""
    if not isinstance(one, str) or not isinstance(other, str) or len(one) > MAX_ID:
        return False
    root = other[: other.find("/", len("https://")) + 1]
    odd = " " in one or "\\" in one or not one.isprintable()
    return bool(root) and one.startswith(root) and not odd


@lru_cache(8192)  # one activity names the same few addresses again and again
def _parts(url: str) -> Parts | None:
    try:
        return split(url)
    except Invalid:
        return None


def _actor(document: Document, signer: str) -> str:
    """P-5, S-14: one actor, byte for byte the key's owner; a list of actors is never searched."""
    value = document.get("actor")
    actor = value.get("id") if isinstance(value, dict) else value
    if not isinstance(actor, str):
        raise Malformed("The activity does not name one actor")
    if actor != signer:
        raise BadSignature("The activity's actor is not who signed it")
    return actor


def _own_id(document: Document, actor: str) -> str | None:
    value = document.get("id")
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_ID:
        raise Malformed("The activity's id is not a URL")
    if not same_host(value, actor):
        raise BadSignature("The activity's id is on another host than its actor")
    return value


def _stand_in_id(document: Document, actor: str, kind: str) -> str:
    """P-5.  Not an https URL, so no peer can claim it as the id of something else."""
    published = document.get("published")
    when = published if isinstance(published, str) else None
    parts = json.dumps([actor, kind, id_of(document.get("object")), when])
    return f"urn:fedi:activity:{hashlib.sha256(parts.encode()).hexdigest()}"


def _unseen(value: object, seen: set[str]) -> list[str]:
    found = []
    for item in items(value)[:MAX_ADDRESSED]:
        uri = id_of(item)
        uri = PUBLIC if uri in PUBLIC_ALIASES else uri
        if uri and uri not in seen and len(seen) < MAX_ADDRESSED:
            seen.add(uri)
            found.append(uri)
    return found


def _is_plain(document: Document) -> bool:
    """Level by level and without false yes, since every activity passes here several times."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                if not _HIDDEN.isdisjoint(value) or "as:" in "\n".join(value):
                    return False
                below += value.values()
            else:
                below += value
        level = [value for value in below if value.__class__ in _NESTED]
        if not level:
            return True
    raise Malformed("The document is nested too deeply")


def _plain_object(document: Document, depth: int) -> Document:
    kept: Document = {}
    for name, value in document.items():
        short = name.removeprefix("as:")
        if short in _HIDDEN or (short != name and short in document):
            continue
        kept[short] = _plain_value(value, depth + 1)
    return kept


def _plain_value(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Malformed("The document is nested too deeply")
    if isinstance(value, dict):
        return _plain_object(value, depth)
    if isinstance(value, list):
        return [_plain_value(item, depth + 1) for item in value]
    return value
