"""What fedi asks of other servers: documents by id, the owner of a handle, and to take an activity.

Spec: federation.md O-2, D-6, D-7, S-12, X-3, X-5.
Sends: signed GET and POST, unsigned webfinger.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from fedi import clock, errors
from fedi.activitypub import strict_json, vocab
from fedi.net import Allow, Client, Failure, Response, Sign

Document = dict[str, Any]

_AS2 = vocab.ACTIVITYSTREAMS
_ACCEPT = f'application/ld+json; profile="{_AS2}", application/activity+json'
_SELF_TYPES = ("application/activity+json", f'application/ld+json; profile="{_AS2}"')
_DOCUMENT_BYTES = 1 << 20
_JRD_BYTES = 1 << 16
_REDIRECTS = 3
_LONGEST_WAIT = 86_400  # seconds
_PARAMETER = re.compile(r';\s*([\w.+-]+)\s*=\s*(?:"([^"]*)"|([^;"\s]*))')
_USER = re.compile(r"[\w](?:[\w.~-]{0,126}[\w])?")


class Contradiction(Failure):
    """A domain and an actor do not say the same about a handle (D-6, D-7)."""

    def __init__(self) -> None:
        super().__init__("webfinger")


async def fetch_document(
    client: Client,
    url: str,
    *,
    sign: Sign | None = None,
    allow: Allow | None = None,
    expect_id: bool = True,
) -> tuple[Document, str]:
    """The ActivityPub document at `url`, and the URL that it came from, which is its `id` (O-2).

    `expect_id=False` for a URL that a person pasted: the document may name another id, which is
    then fetched once.  After a redirect the id may differ from the `url` asked for: trust
    `document["id"]`.  Raises errors.NotFound (404), errors.Gone (410), Failure for the rest;
    lasting failures are remembered for minutes and come back at once.
    """
    client.failures.check(url)
    try:
        document, final = await _document(client, url, sign, allow)
        if document["id"] != final and not expect_id:
            document, final = await _document(client, document["id"], sign, allow)
        _check_owner(client, document, final)
    except Failure as failure:
        client.failures.add(url, failure)
        raise
    return document, final


async def post_activity(
    client: Client, inbox: str, body: bytes, *, sign: Sign, allow: Allow | None = None
) -> tuple[int, int | None]:
    """Push `body` to `inbox`: the status, and the seconds (0 to 86400) to wait if the peer says so.

    Never follows a redirect (S-12).  Raises Failure if there was no answer.
    """
    headers = {"Content-Type": "application/activity+json"}
    answer = await client.request(
        "POST", inbox, headers=headers, body=body, max_bytes=None, sign=sign, allow=allow
    )
    wait = answer.headers.get("Retry-After")
    return answer.status, None if wait is None else _seconds(wait)


async def finger(
    client: Client, host: str, resource: str, *, allow: Allow | None = None
) -> Document:
    """What `host` says about `resource` (`acct:user@host` or a URL): the JRD, unchecked.

    May be redirected to another host (D-5), which `allow` is asked about.  Raises errors.NotFound,
    errors.Gone, errors.Invalid (no such host possible), Failure.
    """
    origin = client.guard.origin_of(client.guard.named(host))
    url = f"{origin}/.well-known/webfinger?resource={quote(resource, safe=':@')}"
    headers = {"Accept": "application/jrd+json, application/json"}
    answer = await client.request(
        "GET", url, headers=headers, max_bytes=_JRD_BYTES, redirects=_REDIRECTS, allow=allow
    )
    _check_status(answer)
    if _media_type(answer.headers) not in ("application/jrd+json", "application/json"):
        raise Failure("wrong type")
    return _parsed(answer.body)


async def resolve_handle(
    client: Client, user: str, host: str, *, allow: Allow | None = None
) -> str:
    """The actor id that `@user@host` stands for (D-6).

    The actor's document must still be fetched, have exactly this id, and loop back (D-7).
    Raises like `finger`; Contradiction if the answers contradict each other.
    """
    _, actor = await _settled(client, user, host, allow)
    return actor


async def loops_back(
    client: Client, actor_doc: Mapping[str, Any], *, allow: Allow | None = None
) -> str | None:
    """The handle `user@host` of an actor, if its document and the handle's domain agree (D-7).

    None: they do not, and the actor must be refused.  Raises Failure if the domain cannot be asked.
    """
    actor_id, stated = actor_doc.get("id"), actor_doc.get("webfinger")
    username = actor_doc.get("preferredUsername")
    if not isinstance(actor_id, str) or not isinstance(stated or username, str):
        return None
    try:
        claim = stated or f"{username}@{client.guard.host_of(actor_id)}"
        user, host = _handle(client, claim)
        (found, at), actor = await _settled(client, user, host, allow)
    except (errors.NotFound, errors.Gone, errors.Invalid, Contradiction):
        return None
    # Where the actor names its handle, no domain may talk it into another one; where it only
    # names itself, its own domain may say at which other domain it is known (D-5).
    agreed = found == user.lower() and actor == actor_id and (not stated or at == host)
    return f"{user}@{at}" if agreed else None


async def _document(
    client: Client, url: str, sign: Sign | None, allow: Allow | None
) -> tuple[Document, str]:
    headers = {"Accept": _ACCEPT}
    answer = await client.request(
        "GET",
        url,
        headers=headers,
        max_bytes=_DOCUMENT_BYTES,
        sign=sign,
        redirects=_REDIRECTS,
        allow=allow,
    )
    _check_status(answer)
    if client.guard.host_of(answer.url) != client.guard.host_of(url):
        raise Failure("wrong host")
    if not _is_activity(answer.headers):
        raise Failure("wrong type")
    document = _parsed(answer.body)
    if not isinstance(document.get("id"), str):
        raise Failure("wrong id")
    return document, answer.url


def _check_owner(client: Client, document: Document, final: str) -> None:
    """A server may only hand out what its own actors wrote, under the URL it is handed out at."""
    if document["id"] != final:
        raise Failure("wrong id")
    host = client.guard.host_of(final)
    for key in ("attributedTo", "actor"):
        for author in vocab.items(document.get(key)):
            if _host_of(client, vocab.id_of(author)) != host:
                raise Failure("wrong author")


def _host_of(client: Client, url: str | None) -> str | None:
    try:
        return client.guard.host_of(url or "")
    except errors.Invalid:
        return None


def _check_status(answer: Response) -> None:
    match answer.status:
        case 200:
            return
        case 404:
            raise errors.NotFound
        case 410:
            raise errors.Gone
        case status:
            raise Failure(f"status {status}")


def _parsed(body: bytes) -> Document:
    try:
        return strict_json.parse(body)
    except errors.Malformed as error:
        raise Failure("bad document") from error


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _is_activity(headers: Mapping[str, str]) -> bool:
    if _media_type(headers) != "application/ld+json":
        return _media_type(headers) == "application/activity+json"
    found = _PARAMETER.findall(headers["Content-Type"])
    profiles = [
        (quoted or bare).lower() for name, quoted, bare in found if name.lower() == "profile"
    ]
    return any(_AS2 in profile.split() for profile in profiles)


async def _settled(
    client: Client, user: str, host: str, allow: Allow | None
) -> tuple[tuple[str, str], str]:
    """The subject that a handle settles on after at most two lookups, and its actor's id."""
    asked = _handle(client, f"{user}@{host}")
    for _ in range(2):
        jrd = await finger(client, asked[1], f"acct:{asked[0]}@{asked[1]}", allow=allow)
        subject = _subject(client, jrd)
        if subject == (asked[0].lower(), asked[1]):
            return subject, _self_link(jrd)
        asked = subject
    raise Contradiction


def _subject(client: Client, jrd: Document) -> tuple[str, str]:
    subject = jrd.get("subject")
    if not isinstance(subject, str) or not subject.lower().startswith("acct:"):
        raise Contradiction
    try:
        user, host = _handle(client, subject)
    except errors.Invalid as error:
        raise Contradiction from error
    return user.lower(), host


def _self_link(jrd: Document) -> str:
    for link in vocab.items(jrd.get("links")):
        match link:
            case {"rel": "self", "type": str(kind), "href": str(href)} if kind in _SELF_TYPES:
                return href
    raise Contradiction


def _handle(client: Client, text: str) -> tuple[str, str]:
    """`[acct:|@]user@host` taken apart: the user as spelled, the host in its one spelling."""
    bare = text[5:] if text[:5].lower() == "acct:" else text
    user, _, host = bare.removeprefix("@").partition("@")
    if not _USER.fullmatch(user):
        raise errors.Invalid("The handle is not of the form @user@host")
    return user, client.guard.named(host)


def _seconds(text: str) -> int | None:
    """Retry-After is a number of seconds or a date."""
    if text.isascii() and text.isdigit():
        return min(int(text[:10]), _LONGEST_WAIT)
    try:
        wait = (parsedate_to_datetime(text) - clock.now()).total_seconds()
    except (TypeError, ValueError, OverflowError):  # a date without zone cannot be compared
        return None
    return max(0, min(int(wait), _LONGEST_WAIT))
