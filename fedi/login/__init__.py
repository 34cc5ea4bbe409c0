"""The sign-in and consent pages, and the OAuth endpoints that clients call beside them."""

from aiohttp import web

from fedi.login import authorize, html, metadata, sign_out, token, welcome


def add_routes(app: web.Application) -> None:
    router = app.router
    for slash in ("", "/"):  # toot writes one
        router.add_get(f"/oauth/authorize{slash}", authorize.show)
        router.add_post(f"/oauth/authorize{slash}", authorize.answer)
        router.add_post(f"/oauth/token{slash}", token.exchange)
    router.add_post("/oauth/revoke", token.revoke)
    router.add_get("/oauth/userinfo", token.userinfo)
    router.add_post("/oauth/userinfo", token.userinfo)
    router.add_get("/.well-known/oauth-authorization-server", metadata.show)
    router.add_post("/auth/sign_out", sign_out.sign_out)
    router.add_get("/auth/welcome/{ticket}", welcome.show)
    router.add_post("/auth/welcome/{ticket}", welcome.choose)
    router.add_get("/login/style.css", html.style)
