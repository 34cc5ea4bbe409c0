"""Notifications as clients see them, one by one and in groups; a page costs what one costs.

Spec: Mastodon's Notification, GroupedNotificationsResults, NotificationRequest
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from fedi.api.entities import account as accounts_entity
from fedi.api.entities import status as status_entity
from fedi.api.entities.account import AccountEntity
from fedi.api.entities.moments import moment
from fedi.api.entities.status import StatusEntity
from fedi.api.view import View
from fedi.store import Conn, accounts, statuses
from fedi.store.notification_pages import Group, Notification
from fedi.store.notification_requests import Request


class NotificationEntity(TypedDict):
    id: str
    type: str
    group_key: str
    created_at: str
    account: AccountEntity
    status: NotRequired[StatusEntity]


class GroupEntity(TypedDict):
    """`most_recent_notification_id` is a JSON number: IceCubes fails on a string."""

    group_key: str
    notifications_count: int
    type: str
    most_recent_notification_id: int
    page_min_id: str
    page_max_id: str
    latest_page_notification_at: str
    sample_account_ids: list[str]
    status_id: NotRequired[str]


class PartialAccountEntity(TypedDict):
    id: str
    acct: str
    url: str
    avatar: str
    avatar_static: str
    avatar_description: str
    locked: bool
    bot: bool


class GroupedEntity(TypedDict):
    accounts: list[AccountEntity]
    partial_accounts: NotRequired[list[PartialAccountEntity]]
    statuses: list[StatusEntity]
    notification_groups: list[GroupEntity]


class RequestEntity(TypedDict):
    """`notifications_count` is a string: iOS fails on a number."""

    id: str
    created_at: str
    updated_at: str
    account: AccountEntity
    notifications_count: str
    last_status: NotRequired[StatusEntity]


async def render(conn: Conn, view: View, page: Sequence[Notification]) -> list[NotificationEntity]:
    """In the order of `page`, without those whose status the viewer may not see any more."""
    seen = await _gather(conn, view, (one.from_id for one in page), (one.status_id for one in page))
    return [_entity(one, seen) for one in page if seen.has(one.status_id)]


async def grouped(
    conn: Conn, view: View, groups: Sequence[Group], *, partial: bool = False
) -> GroupedEntity:
    """`partial`: of a group only the latest sender comes whole, of the others the picture."""
    senders = (sender for group in groups for sender in group.sample)
    seen = await _gather(conn, view, senders, (group.newest.status_id for group in groups))
    shown = [group for group in groups if seen.has(group.newest.status_id)]
    whole = {group.sample[0] for group in shown} if partial else set(seen.people)
    entity: GroupedEntity = {
        "accounts": [one for number, one in seen.people.items() if number in whole],
        "statuses": list(seen.statuses.values()),
        "notification_groups": [_group(group) for group in shown],
    }
    if partial:
        rest = (one for number, one in seen.people.items() if number not in whole)
        entity["partial_accounts"] = [_partial(one) for one in rest]
    return entity


async def requests(conn: Conn, view: View, found: Sequence[Request]) -> list[RequestEntity]:
    seen = await _gather(
        conn, view, (one.from_id for one in found), (one.last_status_id for one in found)
    )
    return [_request(one, seen) for one in found]


@dataclass(frozen=True, slots=True)
class _Seen:
    people: Mapping[int, AccountEntity]
    statuses: Mapping[int, StatusEntity]

    def has(self, status_id: int | None) -> bool:
        return status_id is None or status_id in self.statuses


async def _gather(
    conn: Conn, view: View, account_ids: Iterable[int], status_ids: Iterable[int | None]
) -> _Seen:
    people = await accounts.by_ids(conn, account_ids)
    entities = await accounts_entity.rendered(conn, view, list(people.values()))
    about = [number for number in status_ids if number is not None]
    visible = await statuses.visible_among(conn, view.viewer, about)
    drawn = await status_entity.render(conn, view, visible)
    return _Seen(dict(zip(people, entities, strict=True)), {int(one["id"]): one for one in drawn})


def _entity(one: Notification, seen: _Seen) -> NotificationEntity:
    entity: NotificationEntity = {
        "id": str(one.id),
        "type": one.kind,
        "group_key": one.group_key,
        "created_at": moment(one.created_at),
        "account": seen.people[one.from_id],
    }
    if one.status_id is not None:
        entity["status"] = seen.statuses[one.status_id]
    return entity


def _group(group: Group) -> GroupEntity:
    newest = group.newest
    entity: GroupEntity = {
        "group_key": group.key,
        "notifications_count": group.count,
        "type": newest.kind,
        "most_recent_notification_id": newest.id,
        "page_min_id": str(group.page_min_id),
        "page_max_id": str(newest.id),
        "latest_page_notification_at": moment(newest.created_at),
        "sample_account_ids": [str(sender) for sender in group.sample],
    }
    if newest.status_id is not None:
        entity["status_id"] = str(newest.status_id)
    return entity


def _partial(account: AccountEntity) -> PartialAccountEntity:
    return {
        "id": account["id"],
        "acct": account["acct"],
        "url": account["url"],
        "avatar": account["avatar"],
        "avatar_static": account["avatar_static"],
        "avatar_description": account["avatar_description"],
        "locked": account["locked"],
        "bot": account["bot"],
    }


def _request(one: Request, seen: _Seen) -> RequestEntity:
    entity: RequestEntity = {
        "id": str(one.id),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "account": seen.people[one.from_id],
        "notifications_count": str(one.count),
    }
    if one.last_status_id is not None and one.last_status_id in seen.statuses:
        entity["last_status"] = seen.statuses[one.last_status_id]
    return entity
