"""Change what one's own account says of itself: update_credentials of methods/accounts.

Writes: files under FEDI_DATA/media.
Sends: Update of the actor, when it exists outside.
"""

from typing import Any

import msgspec

from fedi.actions import profile
from fedi.actions.profile import Changes
from fedi.api import desk, uploads
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import account as entity
from fedi.api.entities.account import AccountEntity
from fedi.errors import Invalid
from fedi.media import files
from fedi.model.reach import Visibility
from fedi.store import preferences, relations

MAX_DOMAINS, LONGEST_DOMAIN, LONGEST_LANGUAGE = 100, 253, 16


class FieldForm(msgspec.Struct):
    name: str = ""
    value: str = ""


class SourceForm(msgspec.Struct):
    privacy: str | None = None
    sensitive: bool | None = None
    language: str | None = None


class CredentialsForm(msgspec.Struct):
    display_name: str | None = None
    note: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    fields_attributes: list[FieldForm] | dict[str, FieldForm] | None = None
    attribution_domains: list[str] | None = None
    source: SourceForm | None = None


async def update_credentials(call: Call) -> AccountEntity:
    form = call.read(CredentialsForm)
    avatar, header = await uploads.portrait(call, "avatar"), await uploads.portrait(call, "header")
    changes = Changes(
        display_name=form.display_name,
        note=form.note,
        fields=_fields(form),
        locked=form.locked,
        bot=form.bot,
        discoverable=form.discoverable,
        avatar=avatar,
        header=header,
        preferences=_preferences(form),
    )
    return await _change(call, changes)


async def remove_avatar(call: Call) -> AccountEntity:
    return await _change(call, Changes(avatar=""))


async def remove_header(call: Call) -> AccountEntity:
    return await _change(call, Changes(header=""))


async def _change(call: Call, changes: Changes) -> AccountEntity:
    before = call.account
    async with call.db.transaction() as conn:
        await desk.refuse_authors(call, conn)
        account = await profile.update(conn, call.settings, before, changes)
        liked = await preferences.of(conn, account.id)
        waiting = await relations.count_requests(conn, account.id)
    gone = {before.avatar, before.header} - {account.avatar, account.header}
    await files.shelf(call.settings.data).drop(*gone)
    return entity.credentials(call.view, account, liked, follow_requests=waiting)


def _fields(form: CredentialsForm) -> list[tuple[str, str]] | None:
    """A list, or Rails' hash of indexes."""
    sent = form.fields_attributes
    if sent is None:
        return None
    rows = [sent[key] for key in sorted(sent, key=_index)] if isinstance(sent, dict) else sent
    return [(row.name, row.value) for row in rows]


def _index(key: str) -> tuple[int, str]:
    return len(key), key


def _preferences(form: CredentialsForm) -> dict[str, Any]:
    source = form.source or SourceForm()
    changes: dict[str, Any] = {
        "visibility": _visibility(source.privacy),
        "sensitive": source.sensitive,
        "attribution_domains": _domains(form.attribution_domains),
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    if source.language is not None:
        changes["language"] = _language(source.language)
    return changes


def _visibility(sent: str | None) -> str | None:
    if not sent:
        return None
    if sent not in list(Visibility):
        raise Invalid("Validation failed: source[privacy] is not included in the list")
    return sent


def _language(sent: str) -> str | None:
    """Empty: none."""
    plain = sent.replace("-", "").replace("_", "")
    if sent and not (plain.isascii() and plain.isalnum() and len(sent) <= LONGEST_LANGUAGE):
        raise Invalid("Validation failed: source[language] is not a language code")
    return sent or None


def _domains(sent: list[str] | None) -> list[str] | None:
    if sent is None:
        return None
    named = [one.strip().lower() for one in sent if one.strip()]
    if len(named) > MAX_DOMAINS or any(len(one) > LONGEST_DOMAIN for one in named):
        raise Invalid(f"Validation failed: at most {MAX_DOMAINS} attribution domains")
    return [one.replace("\x00", "") for one in named]


ROUTES: Routes = (
    Route(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        update_credentials,
        scope="write:accounts",
        own_transaction=True,
    ),
    Route(
        "DELETE", "/api/v1/profile/avatar", remove_avatar, "write:accounts", own_transaction=True
    ),
    Route(
        "DELETE", "/api/v1/profile/header", remove_header, "write:accounts", own_transaction=True
    ),
)
