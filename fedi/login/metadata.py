"""How a client finds out what the sign-in of this server can do.

Spec: RFC 8414; docs.joinmastodon.org/methods/oauth#authorization-server-metadata
"""

import orjson
from aiohttp import web

from fedi.auth import scopes
from fedi.auth.alias import seen_at
from fedi.auth.app import SETTINGS


async def show(request: web.Request) -> web.Response:
    """GET /.well-known/oauth-authorization-server"""
    origin = seen_at(request, request.app[SETTINGS]).origin
    document = {
        "issuer": f"{origin}/",
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "userinfo_endpoint": f"{origin}/oauth/userinfo",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "app_registration_endpoint": f"{origin}/api/v1/apps",
        "scopes_supported": list(scopes.KNOWN),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }
    return web.Response(body=orjson.dumps(document), content_type="application/json")
