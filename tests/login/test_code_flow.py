"""From consent to a token: the authorization code grant."""

from urllib.parse import parse_qs, urlsplit

import pytest

from fedi.auth import grants
from fedi.model.account import DeskRole, Kind, Role
from fedi.store import desk
from tests.house import House
from tests.login.visitor import (
    CHALLENGE,
    PASSWORD,
    VERIFIER,
    Browser,
    code_in,
    consent,
    register,
    whoami,
)

PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
ELK = "https://elk.zone/api/acme.example/oauth/https%3A%2F%2Felk.zone"
OOB = "urn:ietf:wg:oauth:2.0:oob"


@pytest.fixture(autouse=True)
async def alice(house: House) -> None:
    await house.person("alice", password=PASSWORD)


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_code_becomes_a_token_once(house: House, as_json: bool) -> None:
    app = await register(house)
    code = await consent(house, app)
    answer = await app.exchange(code, as_json=as_json)
    assert answer.status == 200
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["scope"] == "read write follow push"
    assert isinstance(answer.body["created_at"], int)
    me = await whoami(house, answer.body["access_token"])
    assert me.body["username"] == "alice"
    again = await app.exchange(code, as_json=as_json)
    assert (again.status, again.body["error"]) == (400, "invalid_grant")


async def test_a_code_asked_for_with_a_challenge_needs_its_verifier(house: House) -> None:
    app = await register(house)
    good = await app.exchange(await consent(house, app, **PKCE), code_verifier=VERIFIER)
    assert good.status == 200
    for wrong in ("", "w" * 64, CHALLENGE):
        code = await consent(house, app, **PKCE)
        guess = app.exchange(code, code_verifier=wrong) if wrong else app.exchange(code)
        assert (await guess).body["error"] == "invalid_grant"
        later = await app.exchange(code, code_verifier=VERIFIER)
        assert later.body["error"] == "invalid_grant"  # one guess only
    stripped = await app.exchange(await consent(house, app), code_verifier=VERIFIER)
    assert stripped.body["error"] == "invalid_grant"


async def test_a_code_is_good_for_its_client_and_address_only(house: House) -> None:
    app, other = await register(house), await register(house)
    code = await consent(house, app)
    other_answer = await other.exchange(code)
    assert other_answer.body["error"] == "invalid_grant"
    assert (await app.exchange(code)).status == 200  # the other one could not spoil it
    moved = await app.exchange(await consent(house, app), redirect_uri=app.redirect_uri + "x")
    assert moved.body["error"] == "invalid_grant"


async def test_a_code_lives_for_a_minute(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    app = await register(house)
    monkeypatch.setattr(grants, "LIFE_OF_A_CODE", -grants.LIFE_OF_A_CODE)
    assert (await app.exchange(await consent(house, app))).body["error"] == "invalid_grant"
    monkeypatch.undo()
    assert (await app.exchange(await consent(house, app))).status == 200


@pytest.mark.parametrize(
    "uri",
    [
        "icecubesapp://",
        "oauth2redirect://com.keylesspalace.tusky/",
        "org.joinmastodon.android-auth://callback",
        "https://phanpy.social/?a=b",
        ELK,
    ],
)
async def test_the_address_to_return_to_survives_byte_for_byte(house: House, uri: str) -> None:
    app = await register(house, uri)
    browser = Browser(house)
    page = await browser.sign_in(app.link(state="s/ä&1"), "alice")
    back = await browser.fill(page, decision="allow")
    mark = "&" if "?" in uri else "?"
    assert back.location.startswith(f"{uri}{mark}code=")
    assert parse_qs(back.location.partition(mark)[2])["state"] == ["s/ä&1"]
    assert (await app.exchange(code_in(back))).status == 200


@pytest.mark.parametrize(
    "uri", ["https://elk.zone/", ELK + "/", ELK.replace("%3A", ":"), ELK.lower(), "", OOB]
)
async def test_another_address_is_never_returned_to(house: House, uri: str) -> None:
    app = await register(house, ELK)
    page = await Browser(house).open(app.link(redirect_uri=uri))
    assert page.answer.status == 400
    assert not page.location
    assert (await Browser(house).open(app.link())).answer.status == 200


async def test_a_program_on_this_machine_may_listen_on_any_port(house: House) -> None:
    app = await register(house, "http://127.0.0.1/done")
    app.redirect_uri = "http://127.0.0.1:53219/done"
    assert (await app.exchange(await consent(house, app))).status == 200
    for wrong in ("http://127.0.0.1:53219/other", "http://127.0.0.1.evil.example/done"):
        page = await Browser(house).open(app.link(redirect_uri=wrong))
        assert page.answer.status == 400


async def test_out_of_band_the_code_is_shown_on_a_page(house: House) -> None:
    app, browser = await register(house, OOB), Browser(house)
    page = await browser.fill(await browser.sign_in(app.link(), "alice"), decision="allow")
    assert page.answer.status == 200
    code = page.text.partition("<code>")[2].partition("<")[0]
    assert (await app.exchange(code)).status == 200


async def test_saying_no_tells_the_app(house: House) -> None:
    app, browser = await register(house), Browser(house)
    page = await browser.sign_in(app.link(state="xyz"), "alice")
    answer = parse_qs(urlsplit((await browser.fill(page, decision="deny")).location).query)
    assert answer["error"] == ["access_denied"]
    assert answer["state"] == ["xyz"]
    assert "code" not in answer


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"scope": "read admin:write"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
async def test_what_an_app_may_not_ask_for_is_told_to_the_app(
    house: House, wrong: dict[str, str], error: str
) -> None:
    app = await register(house)
    page = await Browser(house).open(app.link(state="s", **wrong))
    answer = parse_qs(urlsplit(page.location).query)
    assert (answer["error"], answer["state"]) == ([error], ["s"])
    assert not (await Browser(house).open(app.link(scope="read:statuses follow"))).location


async def test_admin_scopes_are_for_moderators_and_admins(house: House) -> None:
    await house.person("root", password=PASSWORD, role=Role.ADMIN)
    asked = "read admin:read"
    app = await register(house, scopes=asked)
    for name, granted in (("alice", "read"), ("root", "read admin:read")):
        answer = await app.exchange(await consent(house, app, name, scope=asked))
        assert answer.body["scope"] == granted


async def test_an_employee_signs_in_as_a_company_while_they_have_a_role(house: House) -> None:
    human = house.people["alice"].account
    acme = (await house.person("acme", kind=Kind.COMPANY)).account
    async with house.db.transaction() as conn:
        await desk.grant(conn, acme.id, human.id, DeskRole.AUTHOR, at=human.created_at)
    app, browser = await register(house), Browser(house)
    page = await browser.sign_in(app.link(), "alice")
    assert f'value="{acme.id}"' in page.text
    code = code_in(await browser.fill(page, decision="allow", **{"as": str(acme.id)}))
    token = (await app.exchange(code)).body["access_token"]
    assert (await whoami(house, token)).body["username"] == "acme"
    async with house.db.transaction() as conn:
        await desk.revoke(conn, acme.id, human.id)
    assert (await whoami(house, token)).status == 401
    refused = await browser.fill(page, decision="allow", **{"as": str(acme.id)})
    assert refused.answer.status == 403


async def test_nobody_signs_in_as_somebody_else(house: House) -> None:
    bob = await house.person("bob", password=PASSWORD)
    app, browser = await register(house), Browser(house)
    page = await browser.sign_in(app.link(), "alice")
    for chosen in (str(bob.account.id), "0", "x"):
        answer = await browser.fill(page, decision="allow", **{"as": chosen})
        assert answer.answer.status == 403
    assert (await browser.fill(page, decision="allow")).answer.status == 303
