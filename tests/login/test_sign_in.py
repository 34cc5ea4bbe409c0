"""What people see when an app sends them to sign in."""

from urllib.parse import parse_qs, urlsplit

import pytest

from fedi import clock
from fedi.actions import people
from tests.house import House
from tests.login.visitor import PASSWORD, Browser, register


@pytest.fixture
async def alice(house: House) -> None:
    await house.person("alice", password=PASSWORD, email="alice@acme.example")


@pytest.mark.usefixtures("alice")
async def test_name_or_address_and_password_lead_to_the_consent_page(house: House) -> None:
    app = await register(house)
    for name in ("alice", "@Alice", "ALICE@acme.example"):
        page = await Browser(house).sign_in(app.link(), name)
        assert page.answer.status == 200
        assert "Tusky" in page.text
        assert f"@alice@{house.domain}" in page.text


@pytest.mark.usefixtures("alice")
async def test_a_wrong_password_and_an_unknown_name_look_the_same(house: House) -> None:
    app, pages = await register(house), []
    for name, password in (("alice", "wrong horse"), ("nobody", "wrong horse"), ("fedi", "x" * 9)):
        page = await Browser(house).sign_in(app.link(), name, password)
        assert page.answer.status == 422
        pages.append(page.text.replace(name, "NAME"))
    assert len({page.split('name="proof"')[0] for page in pages}) == 1
    assert (await Browser(house).sign_in(app.link(), "alice")).answer.status == 200


async def test_a_suspended_account_cannot_sign_in_and_its_session_ends(house: House) -> None:
    mallory = await house.person("mallory", password=PASSWORD)
    app, browser = await register(house), Browser(house)
    assert "Sign in as somebody else" in (await browser.sign_in(app.link(), "mallory")).text
    async with house.db.transaction() as conn:
        await people.suspend(conn, mallory.account)
    assert 'name="password"' in (await browser.open(app.link())).text
    assert (await Browser(house).sign_in(app.link(), "mallory")).answer.status == 422


@pytest.mark.usefixtures("alice")
async def test_after_25_failures_within_an_hour_a_name_must_wait(house: House) -> None:
    app = await register(house)
    await _fail(house, 24)
    assert (await Browser(house).sign_in(app.link(), "alice")).answer.status == 200
    await _fail(house, 1)
    page = await Browser(house).sign_in(app.link(), "alice")
    assert page.answer.status == 429
    assert "Wait an hour" in page.text


async def test_names_that_do_not_exist_must_wait_too(house: House) -> None:
    """Else the limit would tell who is inside."""
    app, browser = await register(house), Browser(house)
    first = await browser.sign_in(app.link(), "nobody", "wrong horse")
    assert first.answer.status == 422
    async with house.db.transaction() as conn:
        await conn.execute(
            "INSERT INTO sign_in_attempts SELECT a.* FROM sign_in_attempts a, generate_series(1,24)"
        )
    assert (await browser.sign_in(app.link(), "nobody", "wrong horse")).answer.status == 429


@pytest.mark.usefixtures("alice")
async def test_a_form_that_is_not_ours_is_refused(house: House) -> None:
    app, browser = await register(house), Browser(house)
    page = await browser.sign_in(app.link(), "alice")
    action, fields = page.form()
    good = fields | {"decision": "allow"}
    assert (await browser.open(action, good | {"proof": "0" * 64})).answer.status == 403
    assert (await browser.open(action, good, Origin="https://evil.example")).answer.status == 403
    assert (await browser.open(action, good, Origin="null")).answer.status == 403
    assert (await Browser(house).open(action, good)).answer.status == 403
    assert (await browser.open(action, good)).answer.status == 303


@pytest.mark.usefixtures("alice")
async def test_a_sign_in_form_without_its_cookie_is_refused(house: House) -> None:
    app, browser = await register(house), Browser(house)
    action, fields = (await browser.open(app.link())).form()
    filled = fields | {"name": "alice", "password": PASSWORD}
    assert (await Browser(house).open(action, filled)).answer.status == 403
    assert (await browser.open(action, filled)).answer.status == 303


@pytest.mark.usefixtures("alice")
async def test_who_is_signed_in_stays_so_unless_the_app_forces_a_sign_in(house: House) -> None:
    app, browser = await register(house), Browser(house)
    await browser.sign_in(app.link(), "alice")
    assert 'name="password"' not in (await browser.open(app.link())).text
    forced = await browser.open(app.link(force_login="true", lang="de"))
    assert 'name="password"' in forced.text
    again = await browser.fill(forced, name="alice", password=PASSWORD)
    assert 'name="password"' not in (await browser.open(again.location)).text


@pytest.mark.usefixtures("alice")
async def test_signing_out_ends_the_session_and_leads_back_to_the_app(house: House) -> None:
    app, browser = await register(house), Browser(house)
    page = await browser.sign_in(app.link(), "alice")
    kept = dict(browser.cookies)
    out = await browser.fill(page, 1)
    assert parse_qs(urlsplit(out.location).query)["client_id"] == [app.client_id]
    assert 'name="password"' in (await Browser(house, kept).open(out.location)).text


@pytest.mark.usefixtures("alice")
async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    app, browser = await register(house), Browser(house)
    page = await browser.open(app.link())
    answer = (await browser.fill(page, name="alice", password=PASSWORD)).answer
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    held = await house.fetch("SELECT hash FROM browser_sessions")
    assert browser.cookies["fedi_session"].encode() not in [row["hash"] for row in held]


async def test_pages_run_no_scripts_in_no_frame_and_let_custom_schemes_through(
    house: House,
) -> None:
    headers = (await Browser(house).open((await register(house)).link())).answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert "form-action" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "Cross-Origin-Opener-Policy" not in headers


async def test_what_a_client_calls_itself_cannot_become_markup(house: House) -> None:
    body = {"client_name": "<script>x</script>", "redirect_uris": "a://b"}
    made = (await house.call("POST", "/api/v1/apps", json=body)).body
    query = f"client_id={made['client_id']}&redirect_uri=a://b&response_type=code&scope=read"
    page = await Browser(house).open(f"/oauth/authorize?{query}")
    assert "<script>" not in page.text
    assert "&lt;script&gt;x" in page.text


async def test_a_new_password_ends_sessions_and_tokens(house: House) -> None:
    alice = await house.person("alice", password=PASSWORD)
    app, browser = await register(house), Browser(house)
    await browser.sign_in(app.link(), "alice")
    assert (await alice.call("GET", "/api/v1/accounts/verify_credentials")).status == 200
    async with house.db.transaction() as conn:
        await people.set_password(conn, alice.account, "another long one")
    assert (await alice.call("GET", "/api/v1/accounts/verify_credentials")).status == 401
    assert 'name="password"' in (await browser.open(app.link())).text
    assert (await Browser(house).sign_in(app.link(), "alice")).answer.status == 422
    page = await Browser(house).sign_in(app.link(), "alice", "another long one")
    assert page.answer.status == 200


@pytest.mark.parametrize("path", ["/oauth/authorize", "/auth/sign_out", "/oauth/token"])
@pytest.mark.parametrize("body", [b"a" * 70_000, b"{", b"[]", b"name=%00", b"--x\r\n", b"\xff"])
async def test_broken_forms_are_refused_not_stumbled_over(
    house: House, path: str, body: bytes
) -> None:
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        answer = await house.call("POST", path, data=body, headers={"Content-Type": kind})
        assert 400 <= answer.status < 500, (kind, answer)


async def _fail(house: House, times: int) -> None:
    """Failures of the only human with a password."""
    app = await register(house)
    await Browser(house).sign_in(app.link(), "alice", "wrong horse")
    async with house.db.transaction() as conn:
        who = await conn.fetchval("SELECT who FROM sign_in_attempts LIMIT 1")
        await conn.executemany(
            "INSERT INTO sign_in_attempts VALUES ($1, $2)", [(who, clock.now())] * (times - 1)
        )
