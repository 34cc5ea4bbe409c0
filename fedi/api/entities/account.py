"""Accounts as clients see them.

Spec: Mastodon's Account and CredentialAccount; product.md "Nothing else leaks" (counts)
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from fedi.api.entities.moments import day, moment, moment_or_none
from fedi.api.view import View
from fedi.model.account import Account, Kind, Role
from fedi.store import Conn, relations
from fedi.store.preferences import Preferences
from fedi.store.relations import Figures

COUNT_NOTHING = Figures(0, 0, 0, None)
ADMINISTRATOR, NO_PERMISSIONS = "1", "0"  # bits of Mastodon's UserRole


class FieldEntity(TypedDict):
    name: str
    value: str
    verified_at: str | None


class ApprovalEntity(TypedDict):
    automatic: list[str]
    manual: list[str]
    current_user: str


class AccountExtension(TypedDict):
    kind: str
    max_reach: str


class AccountEntity(TypedDict):
    id: str
    username: str
    acct: str
    url: str
    uri: str
    display_name: str
    note: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    locked: bool
    fields: list[FieldEntity]
    emojis: list[dict[str, Any]]
    bot: bool
    group: bool
    discoverable: bool | None
    indexable: bool
    noindex: bool
    suspended: NotRequired[bool]
    created_at: str
    last_status_at: str | None
    statuses_count: int
    followers_count: int
    following_count: int
    hide_collections: bool | None
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    roles: list[dict[str, str]]
    feature_approval: ApprovalEntity
    fedi: AccountExtension
    mute_expires_at: NotRequired[str | None]
    role: NotRequired["RoleEntity"]
    source: NotRequired["SourceEntity"]


class RoleEntity(TypedDict):
    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool
    collection_limit: int


class SourceEntity(TypedDict):
    attribution_domains: list[str]
    note: str
    fields: list[FieldEntity]
    privacy: str
    sensitive: bool
    language: str
    follow_requests_count: int
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    quote_policy: str


def render(
    view: View, accounts: Iterable[Account], figures: Mapping[int, Figures] | None = None
) -> list[AccountEntity]:
    """One entity an account, in the same order, without a query.

    figures  what strangers are told instead of the stored counts, which count colleagues too;
             `store.relations.outside_figures`.  An account without any counts nothing.
    """
    if view.inside:
        return [_entity(view, account, _figures_inside(account)) for account in accounts]
    told = figures or {}
    return [_entity(view, one, told.get(one.id, COUNT_NOTHING)) for one in accounts]


async def rendered(conn: Conn, view: View, accounts: Sequence[Account]) -> list[AccountEntity]:
    """`render` with what strangers may count."""
    figures = None
    if not view.inside and accounts:
        figures = await relations.outside_figures(conn, [account.id for account in accounts])
    return render(view, accounts, figures)


def credentials(
    view: View, account: Account, preferences: Preferences, *, follow_requests: int
) -> AccountEntity:
    """The signed-in account with what only itself may read: Mastodon's CredentialAccount."""
    entity = render(view, [account])[0]
    entity["source"] = _source(account, preferences, follow_requests)
    entity["role"] = _role(account.role)
    return entity


def muted(entity: AccountEntity, until: datetime | None) -> AccountEntity:
    """Mastodon's MutedAccount."""
    return {**entity, "mute_expires_at": moment_or_none(until)}


def _entity(view: View, account: Account, figures: Figures) -> AccountEntity:
    avatar = view.links.portrait(account, "avatar")
    header = view.links.portrait(account, "header")
    entity: AccountEntity = {
        "id": str(account.id),
        "username": account.username,
        "acct": account.acct,
        "url": account.url or _page(view, account),
        "uri": account.uri,
        "display_name": account.display_name,
        "note": account.note,
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": "",
        "header": header,
        "header_static": header,
        "header_description": "",
        "locked": account.locked,
        "fields": [_field(one, one["value"]) for one in account.fields],
        "emojis": [],
        "bot": account.bot,
        "group": account.kind is Kind.GROUP,
        "discoverable": account.discoverable,
        "indexable": False,
        "noindex": True,
        "created_at": moment(account.created_at),
        "last_status_at": day(figures.last_status_at),
        "statuses_count": figures.statuses,
        "followers_count": figures.followers,
        "following_count": figures.following,
        "hide_collections": False,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "roles": [],
        "feature_approval": {"automatic": [], "manual": [], "current_user": "denied"},
        "fedi": {"kind": account.kind.value, "max_reach": account.max_reach.value},
    }
    return entity if account.suspended_at is None else _emptied(entity)


def _emptied(entity: AccountEntity) -> AccountEntity:
    """Of a suspended account only the name is left."""
    return {**entity, "display_name": "", "note": "", "fields": [], "suspended": True}


def _page(view: View, account: Account) -> str:
    return f"{view.settings.origin}/@{account.username}" if account.is_local else account.uri


def _figures_inside(account: Account) -> Figures:
    return Figures(
        account.statuses_count,
        account.followers_count,
        account.following_count,
        account.last_status_at,
    )


def _field(field: dict[str, Any], value: str) -> FieldEntity:
    return {"name": field["name"], "value": value, "verified_at": field.get("verified_at")}


def _source(account: Account, preferences: Preferences, follow_requests: int) -> SourceEntity:
    return {
        "attribution_domains": preferences.attribution_domains,
        "note": account.note_source,
        "fields": [_field(one, one.get("source", one["value"])) for one in account.fields],
        "privacy": preferences.visibility.value,
        "sensitive": preferences.sensitive,
        "language": preferences.language or "",
        "follow_requests_count": follow_requests,
        "hide_collections": False,
        "discoverable": account.discoverable,
        "indexable": False,
        "quote_policy": "nobody",
    }


def _role(role: Role) -> RoleEntity:
    admin = role is Role.ADMIN
    return {
        "id": "3" if admin else "-99",
        "name": "" if role is Role.EMPLOYEE else role.value.title(),
        "color": "",
        "permissions": ADMINISTRATOR if admin else NO_PERMISSIONS,
        "highlighted": role is not Role.EMPLOYEE,
        "collection_limit": 0,
    }
