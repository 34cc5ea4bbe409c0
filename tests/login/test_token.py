"""What clients call beside the pages: tokens, revocation, discovery, registration."""

import base64

import pytest

from tests.house import House
from tests.login.visitor import APP, PASSWORD, consent, register, whoami


async def test_a_client_gets_a_token_of_its_own(house: House) -> None:
    app = await register(house)
    body = {
        "grant_type": "client_credentials",
        "client_id": app.client_id,
        "client_secret": app.secret,
        "scope": "read",
    }
    answer = await house.call("POST", "/oauth/token", json=body)
    assert answer.body["scope"] == "read"
    headers = {"Authorization": f"Bearer {answer.body['access_token']}"}
    mine = await house.call("GET", "/api/v1/apps/verify_credentials", headers=headers)
    assert mine.body["name"] == "Tusky"
    assert (await whoami(house, answer.body["access_token"])).status == 401
    wide = await house.call("POST", "/oauth/token", json=body | {"scope": "read admin:read"})
    assert wide.body["error"] == "invalid_scope"


@pytest.mark.parametrize("way", ["body", "basic", "query"])
async def test_a_client_names_itself_in_any_of_three_ways(house: House, way: str) -> None:
    app = await register(house)
    pair = {"client_id": app.client_id, "client_secret": app.secret}
    basic = base64.b64encode(f"{app.client_id}:{app.secret}".encode()).decode()
    grant = {"grant_type": "client_credentials"}
    answer = await house.call(
        "POST",
        "/oauth/token",
        data=grant | (pair if way == "body" else {}),
        params=pair if way == "query" else {},
        headers={"Authorization": f"Basic {basic}"} if way == "basic" else {},
    )
    assert answer.status == 200


async def test_a_client_with_the_wrong_secret_is_told_to_register_anew(house: House) -> None:
    app = await register(house)
    for what, wrong in (("client_secret", "x"), ("client_id", "x"), ("client_id", "")):
        answer = await app.exchange("code", as_json=False, **{what: wrong})
        assert (answer.status, answer.body["error"]) == (401, "invalid_client")
        assert "Client authentication failed" in answer.body["error_description"]
    assert (await app.exchange("code")).body["error"] == "invalid_grant"


@pytest.mark.parametrize("grant", ["password", "refresh_token", ""])
async def test_other_grants_do_not_exist(house: House, grant: str) -> None:
    await house.person("alice", password=PASSWORD)
    app = await register(house)
    answer = await app.exchange(
        "x", grant_type=grant, username="alice", password=PASSWORD, scope="read"
    )
    assert (answer.status, answer.body["error"]) == (400, "unsupported_grant_type")


async def test_a_revoked_token_is_dead_and_revoking_again_is_harmless(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, other = await register(house), await register(house)
    token = (await app.exchange(await consent(house, app))).body["access_token"]
    for by, dead in ((other, False), (app, True), (app, True)):
        body = {"client_id": by.client_id, "client_secret": by.secret, "token": token}
        answer = await house.call("POST", "/oauth/revoke", data=body)
        assert (answer.status, answer.body) == (200, {})
        assert (await whoami(house, token)).status == (401 if dead else 200)


async def test_tokens_and_secrets_are_not_kept(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app = await register(house)
    token = (await app.exchange(await consent(house, app))).body["access_token"]
    for table in ("tokens", "applications", "authorization_codes"):
        rows = str(await house.fetch(f"SELECT * FROM {table}"))
        assert token not in rows
        assert app.secret not in rows
    assert len(token) >= 43  # 256 bits


async def test_userinfo_needs_the_profile_scope(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app = await register(house, scopes="read profile")
    for scope, status in (("profile", 200), ("read", 403)):
        token = (await app.exchange(await consent(house, app, scope=scope))).body["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = await house.call("GET", "/oauth/userinfo", headers=headers)
        assert answer.status == status
        assert status == 403 or answer.body["preferred_username"] == "alice"


async def test_discovery_names_what_there_is(house: House) -> None:
    found = (await house.call("GET", "/.well-known/oauth-authorization-server")).body
    assert found["token_endpoint"] == f"{house.origin}/oauth/token"
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in found["grant_types_supported"]
    assert {"read", "write", "follow", "push", "profile"} <= set(found["scopes_supported"])


async def test_an_app_registers_by_form_or_json_with_several_addresses(house: House) -> None:
    two = [APP, "icecubesapp://"]
    body = {"client_name": "Two", "redirect_uris": two, "scopes": "read follow", "website": ""}
    for sent in ({"json": body}, {"data": body | {"redirect_uris": "\n".join(two)}}):
        answer = await house.call("POST", "/api/v1/apps", **sent)
        assert answer.status == 200
        assert answer.body["redirect_uris"] == two
        assert answer.body["redirect_uri"] == "\n".join(two)
        assert answer.body["scopes"] == ["read", "follow"]
        assert answer.body["id"].isdecimal()
        assert answer.body["website"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uris": ""},
        {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": "https://a.example/#x"},
        {"redirect_uris": "nothing"},
        {"client_name": ""},
        {"client_name": "x" * 100},
        {"scopes": "read everything"},
        {"website": "javascript:alert(1)"},
        {"redirect_uris": ["a://b"] * 3 + [f"a://{n}" for n in range(30)]},
    ],
)
async def test_an_app_that_makes_no_sense_is_refused(
    house: House, wrong: dict[str, object]
) -> None:
    good = {"client_name": "Tusky", "redirect_uris": APP}
    answer = await house.call("POST", "/api/v1/apps", json=good | wrong)
    assert answer.status == 422
    assert isinstance(answer.body["error"], str)
    assert (await house.call("POST", "/api/v1/apps", json=good)).status == 200
