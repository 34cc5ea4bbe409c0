"""People sign in and let an app in: the pages, without scripts, as every client opens them."""

from urllib.parse import urlencode

from fedi import clock
from fedi.model.account import DeskRole
from fedi.store import desk, people
from tests.house import House
from tests.login.browser import OOB, PASSWORD, Browser, register, returned

ADDRESSES = [
    "https://phanpy.social/",
    "https://elk.zone/api/acme.localhost/oauth/https%3A%2F%2Felk.zone",
    "icecubesapp://",
    "org.joinmastodon.android-auth://callback",
    "oauth2redirect://com.keylesspalace.tusky/",
    "mastodon://joinmastodon.org/oauth",
    "https://web.example/?page=home",
]
MISTAKES = [
    ("unsupported_response_type", {"response_type": "token"}),
    ("invalid_scope", {"scope": "read everything"}),
    ("invalid_scope", {"scope": "read admin:write"}),  # the app never registered for it
    ("invalid_request", {"code_challenge": "x" * 43, "code_challenge_method": "plain"}),
    ("invalid_request", {"code_challenge": "x" * 43}),
    ("invalid_request", {"code_challenge": "short", "code_challenge_method": "S256"}),
]


async def test_the_redirect_uri_comes_back_byte_for_byte(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    for address in ADDRESSES:
        app, browser = await register(house, address), Browser(house)
        await browser.open(app.address(state="a b&c"))
        await browser.sign_in("alice")
        answer = await browser.allow()
        assert answer.headers["Location"].startswith(address + ("&" if "?" in address else "?"))
        assert returned(answer)["state"] == "a b&c"
        token = await app.exchange(returned(answer)["code"])
        assert token.status == 200, (address, token)


async def test_no_state_is_invented(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house, "icecubesapp://"), Browser(house)
    await browser.open(app.address())
    await browser.sign_in("alice")
    assert set(returned(await browser.allow())) == {"code"}


async def test_an_address_that_was_never_registered_gets_nothing(house: House) -> None:
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    near = (
        "https://phanpy.social",
        "https://phanpy.social/x",
        "https://PHANPY.social/",
        "https://phanpy.social:444/",
        "https://phanpy.social/?",
        "https://evil.example/",
        "",
    )
    for address in near:
        answer = await browser.open(app.address(redirect_uri=address))
        assert answer.status == 400, address
        assert "Location" not in answer.headers
    assert (await browser.open(app.address())).status == 200


async def test_a_program_on_this_machine_may_listen_on_any_port(house: House) -> None:
    app, browser = await register(house, "http://127.0.0.1/done"), Browser(house)
    for address in ("http://127.0.0.1:53124/done", "http://127.0.0.1/done"):
        assert (await browser.open(app.address(redirect_uri=address))).status == 200, address
    refused = (
        "http://127.0.0.1:53124/other",
        "http://127.0.0.1:53124@evil.example/done",
        "http://127.0.0.1.evil.example:53124/done",
        "https://127.0.0.1:53124/done",
        "http://127.0.0.1:53124/done\r\nX-Evil: 1",
        "http://127.0.0.1:99999/done",
    )
    for address in refused:
        assert (await browser.open(app.address(redirect_uri=address))).status == 400, address


async def test_an_unknown_client_is_told_to_people_and_sent_nowhere(house: House) -> None:
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    answer = await browser.open(app.address(client_id="nobody"))
    assert answer.status == 400
    assert "Location" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_the_app_is_told_what_it_may_not_ask(house: House) -> None:
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    for error, asked in MISTAKES:
        back = returned(await browser.open(app.address(state="s", **asked)))
        assert (back["error"], back["state"]) == (error, "s"), asked


async def test_saying_no_sends_the_app_away_without_a_code(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    await browser.open(app.address(state="s"))
    await browser.sign_in("alice")
    back = returned(await browser.submit(browser.forms[0], decision="deny"))
    assert (back["error"], back["state"]) == ("access_denied", "s")
    assert "code" not in back
    assert await house.fetch("SELECT 1 FROM authorization_codes") == []


async def test_a_program_without_an_address_gets_its_code_on_a_page(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house), Browser(house)
    await browser.open(app.address())
    await browser.sign_in("alice")
    answer = await browser.allow()
    assert answer.status == 200
    code = browser.text.partition('value="')[2].partition('"')[0]
    token = await app.exchange(code, redirect_uri=OOB)
    assert token.status == 200, token


async def test_somebody_signed_in_is_not_asked_again_unless_the_app_wants_it(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    await house.person("bob", password=PASSWORD)
    app, browser = await register(house, "https://elk.zone/"), Browser(house)
    await browser.open(app.address())
    await browser.sign_in("alice")
    await browser.open(app.address(force_login="false"))
    assert "decision" in browser.text
    await browser.open(app.address(force_login="true", lang="de"))
    assert "decision" not in browser.text
    await browser.sign_in("bob")
    token = await app.exchange(returned(await browser.allow())["code"])
    assert await _who(house, token.body["access_token"]) == "bob"


async def test_signing_out_ends_the_session_and_not_the_apps(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house, "https://elk.zone/"), Browser(house)
    secret = (await app.exchange(await app.code(browser, "alice"))).body["access_token"]
    session = dict(browser.cookies)
    await browser.open(app.address())
    await browser.submit(browser.forms[1])
    browser.cookies = session  # a copy of the old cookie does not help
    await browser.open(app.address())
    assert "decision" not in browser.text
    assert await _who(house, secret) == "alice"


async def test_a_company_is_offered_to_its_desk_only(house: House) -> None:
    alice = await house.person("alice", password=PASSWORD)
    await house.person("bob", password=PASSWORD)
    acme = await house.company("acme", alice)
    app, chosen = await register(house, "https://phanpy.social/"), str(acme.account.id)
    browser = Browser(house)
    await browser.open(app.address())
    await browser.sign_in("alice")
    assert set(browser.forms[0].choices) == {str(alice.account.id), chosen}
    token = await app.exchange(returned(await browser.allow(**{"as": chosen}))["code"])
    assert await _who(house, token.body["access_token"]) == "acme"

    stranger = Browser(house)
    await stranger.open(app.address())
    await stranger.sign_in("bob")
    assert stranger.forms[0].choices == {}
    answer = await stranger.allow(**{"as": chosen})
    assert answer.status == 403
    assert "Location" not in answer.headers


async def test_losing_the_desk_role_ends_the_token_on_its_next_request(house: House) -> None:
    alice = await house.person("alice", password=PASSWORD)
    acme = await house.company("acme", alice, DeskRole.AUTHOR)
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    own = (await app.exchange(await app.code(browser, "alice"))).body["access_token"]
    await browser.open(app.address())
    chosen = {"as": str(acme.account.id)}
    code = returned(await browser.allow(**chosen))["code"]
    secret = (await app.exchange(code)).body["access_token"]
    assert await _who(house, secret) == "acme"
    async with house.db.transaction() as conn:
        await desk.revoke(conn, acme.account.id, alice.account.id)
    assert (await _verify(house, secret)) == 401
    assert await _who(house, own) == "alice"


async def test_admin_scopes_are_for_moderators_and_admins(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    boss = await house.person("boss", password=PASSWORD)
    async with house.db.transaction() as conn:
        await people.set_role(conn, boss.account.id, "admin")
    app = await register(house, "https://phanpy.social/", scopes="read admin:read")
    granted = {}
    for name in ("alice", "boss"):
        code = await app.code(Browser(house), name, scope="read admin:read")
        granted[name] = (await app.exchange(code)).body["scope"]
    assert granted == {"alice": "read", "boss": "read admin:read"}


async def test_a_form_from_elsewhere_does_nothing(house: House) -> None:
    """Each of: no proof, a wrong one, one of another browser, one from another site."""
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    await browser.open(app.address())
    sign_in = browser.forms[0]
    typed = {"name": "alice", "password": PASSWORD}
    for proof in ("", "0" * 64):
        assert (await browser.submit(sign_in, **typed, proof=proof)).status == 403
    assert (await Browser(house).submit(sign_in, **typed)).status == 403
    await browser.open(app.address())
    await browser.sign_in("alice")
    consent = browser.forms[0]
    for proof in ("", sign_in.fields["proof"]):
        assert (await browser.submit(consent, decision="allow", proof=proof)).status == 403
    crossed = await house.call(
        "POST",
        consent.action,
        data={**consent.fields, "decision": "allow"},
        headers={"Cookie": _cookie(browser), "Origin": "https://evil.example"},
    )
    assert crossed.status == 403
    assert (await browser.submit(consent, decision="allow")).status == 303


async def test_signing_out_needs_a_proof_too(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    await browser.open(app.address())
    await browser.sign_in("alice")
    assert (await browser.submit(browser.forms[1], proof="")).status == 403
    await browser.open(app.address())
    assert "decision" in browser.text
    assert (await browser.submit(browser.forms[1])).status == 303


async def test_pages_keep_frames_and_scripts_out_and_apps_in(house: House) -> None:
    app, browser = await register(house, "icecubesapp://"), Browser(house)
    for address in (app.address(), app.address(client_id="nobody")):
        headers = (await browser.open(address)).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        assert "form-action" not in policy  # Chromium would not follow to icecubesapp://
        assert "Cross-Origin-Opener-Policy" not in headers  # phanpy signs in in a popup
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "<script" not in browser.text
        assert "style=" not in browser.text


async def test_what_an_app_calls_itself_is_shown_as_text(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app = await register(house, "https://phanpy.social/", name="<b onclick=x>Tusky</b>")
    browser = Browser(house)
    await browser.open(app.address())
    assert "<b onclick" not in browser.text
    await browser.sign_in("alice")
    assert "<b onclick" not in browser.text
    assert "&lt;b onclick" in browser.text


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    await house.person("alice", password=PASSWORD)
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    await browser.open(app.address())
    form = browser.forms[0]
    answer = await browser.submit(form, name="alice", password=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # this organisation speaks plain HTTP; the next one does not
    secret = browser.cookies["fedi_session"]
    rows = await house.fetch("SELECT hash, expires_at FROM browser_sessions")
    assert secret.encode() not in rows[0]["hash"]
    assert 13 <= (rows[0]["expires_at"] - clock.now()).days <= 14


async def test_a_suspended_human_is_signed_out_everywhere(house: House) -> None:
    alice = await house.person("alice", password=PASSWORD)
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    secret = (await app.exchange(await app.code(browser, "alice"))).body["access_token"]
    assert await _who(house, secret) == "alice"
    async with house.db.transaction() as conn:
        await people.suspend(conn, alice.account.id, clock.now())
    assert await _verify(house, secret) == 401
    await browser.open(app.address())
    assert "decision" not in browser.text
    assert (await browser.sign_in("alice")).status == 422


async def test_hostile_queries_are_refused_in_words(house: House) -> None:
    app, browser = await register(house, "https://phanpy.social/"), Browser(house)
    for asked in ({"client_id": "\x00"}, {"scope": "\x00"}, {"redirect_uri": "\x00"}):
        answer = await browser.open(app.address(**asked))
        assert answer.status in (303, 400), asked
    twice = app.address() + "&" + urlencode({"client_id": "other"})
    assert (await browser.open(twice)).status in (200, 400)


async def _verify(house: House, secret: str) -> int:
    answer = await house.call(
        "GET", "/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {secret}"}
    )
    return answer.status


async def _who(house: House, secret: str) -> str:
    answer = await house.call(
        "GET", "/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status == 200, answer
    name: str = answer.body["username"]
    return name


def _cookie(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
