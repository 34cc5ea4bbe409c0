"""Our accounts, and the server itself, as other servers see them.

Spec: federation.md section 2, A-1, A-2, A-3, D-4, C-1
"""

from dataclasses import dataclass
from datetime import datetime

from fedi.activitypub.jsonld import ACTOR_CONTEXT
from fedi.activitypub.render.moments import stamp
from fedi.activitypub.vocab import Document
from fedi.errors import Forbidden
from fedi.model.account import Account, Kind
from fedi.model.reach import Reach

# A company is a Person: some small servers do not know Organization and drop its posts, and
# nothing that people see depends on it.
_TYPES = {
    Kind.EMPLOYEE: "Person",
    Kind.COMPANY: "Person",
    Kind.GROUP: "Group",
    Kind.SERVICE: "Service",
}
_OF_SUSPENDED = frozenset(
    {"@context", "id", "type", "preferredUsername", "inbox", "outbox", "publicKey"}
)


@dataclass(frozen=True, slots=True)
class Picture:
    """An avatar or header where the outside may load it."""

    url: str
    media_type: str
    description: str = ""


def actor(
    account: Account,
    *,
    domain: str,
    public_key_pem: str,
    icon: Picture | None = None,
    image: Picture | None = None,
    updated: datetime | None = None,
) -> Document:
    """The account's document; `domain` is that of its handle.  Suspended: stripped (A-2).

    Forbidden for an account that has no outside at all: not even its name may leave.
    """
    if not account.exists_outside:
        raise Forbidden("This account does not exist outside")
    document = _identity(account.uri, _type(account), account.username, domain)
    document |= _endpoints(account.uri, account.inbox, account.shared_inbox)
    document |= _key(account.uri, public_key_pem)
    if account.suspended_at:
        bare = {name: value for name, value in document.items() if name in _OF_SUSPENDED}
        return bare | {"suspended": True}
    return document | _profile(account, icon, image) | _dates(account, updated)


def instance_actor(uri: str, *, host: str, inbox: str, public_key_pem: str) -> Document:
    """A-3: the server itself: always served unsigned, so it says as little as possible.

    It is found as `acct:host@host` and lists no followers, since nobody can follow it.
    """
    # A name holds no port; only servers in development have one.
    document = _identity(uri, "Application", host.partition(":")[0], host)
    document |= {"inbox": inbox, "outbox": f"{uri}/outbox", "endpoints": {"sharedInbox": inbox}}
    return document | _key(uri, public_key_pem) | {"manuallyApprovesFollowers": True}


def _type(account: Account) -> str:
    return "Service" if account.bot else _TYPES[account.kind]


def _identity(uri: str, kind: str, username: str, domain: str) -> Document:
    return {
        "@context": ACTOR_CONTEXT,
        "id": uri,
        "type": kind,
        "preferredUsername": username,
        "webfinger": f"{username}@{domain}",
    }


def _endpoints(uri: str, inbox: str, shared_inbox: str | None) -> Document:
    shared = {"endpoints": {"sharedInbox": shared_inbox}} if shared_inbox else {}
    return {"inbox": inbox, "outbox": f"{uri}/outbox"} | shared


def _key(uri: str, pem: str) -> Document:
    """A-1; peers drop a key whose owner is not the actor, byte for byte."""
    return {"publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem}}


def _profile(account: Account, icon: Picture | None, image: Picture | None) -> Document:
    document: Document = {
        "followers": account.followers_uri or f"{account.uri}/followers",
        "following": f"{account.uri}/following",
        "name": account.display_name or account.username,
        "summary": account.note,
        "manuallyApprovesFollowers": account.locked or account.max_reach is Reach.PARTNERS,
        "discoverable": account.discoverable,
        "indexable": False,  # nobody has been asked: FEP-5feb wants consent of its own
        "attachment": [_field(field["name"], field["value"]) for field in account.fields],
        "tag": [],
    }
    optional = {
        "url": account.url,
        "icon": icon and _picture(icon),
        "image": image and _picture(image),
        "movedTo": account.moved_to_uri,
    }
    return document | {name: value for name, value in optional.items() if value}


def _dates(account: Account, updated: datetime | None) -> Document:
    dates = {"published": stamp(account.created_at)}
    return dates | ({"updated": stamp(updated)} if updated else {})


def _field(name: str, value: str) -> Document:
    return {"type": "PropertyValue", "name": name, "value": value}


def _picture(picture: Picture) -> Document:
    document = {"type": "Image", "mediaType": picture.media_type, "url": picture.url}
    return document | ({"summary": picture.description} if picture.description else {})
