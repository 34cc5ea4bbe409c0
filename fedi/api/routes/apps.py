"""Clients introduce themselves: docs.joinmastodon.org/methods/apps.

Writes: applications
"""

from typing import Any

import msgspec

from fedi.api.call import PUBLIC, Call, Route, Routes
from fedi.auth import applications, scopes
from fedi.errors import Unauthorized
from fedi.model.token import Application
from fedi.store import tokens


class AppForm(msgspec.Struct):
    client_name: str = ""
    redirect_uris: str | list[str] = ""  # several: one a line, or a list
    scopes: str | list[str] = ""
    website: str | None = None


async def create(call: Call) -> dict[str, Any]:
    form = call.read(AppForm)
    application, secret = await applications.register(
        call.conn,
        name=form.client_name,
        website=form.website,
        redirect_uris=_each(form.redirect_uris),
        scopes=scopes.parse(" ".join(_each(form.scopes))),
    )
    return _entity(application) | {
        "client_id": application.client_id,
        "client_secret": secret,
        "client_secret_expires_at": 0,
    }


async def verify_credentials(call: Call) -> dict[str, Any]:
    """Any token will do, one without an account too."""
    if call.token is None:
        raise Unauthorized
    application = await tokens.application_by_id(call.conn, call.token.application_id)
    if application is None:
        raise Unauthorized
    return _entity(application)


def _each(sent: str | list[str]) -> list[str]:
    """Without blanks at either end: clients end the last line or do not."""
    lines = sent.splitlines() if isinstance(sent, str) else sent
    return [line.strip() for line in lines if line.strip()]


def _entity(application: Application) -> dict[str, Any]:
    return {
        "id": str(application.id),
        "name": application.name,
        "website": application.website,
        "scopes": application.scopes,
        "redirect_uris": application.redirect_uris,
        "redirect_uri": "\n".join(application.redirect_uris),
        "vapid_key": "",  # none: push is not offered
    }


ROUTES: Routes = (
    Route("POST", "/api/v1/apps", create, scope=PUBLIC),
    Route("GET", "/api/v1/apps/verify_credentials", verify_credentials, scope=PUBLIC),
)
