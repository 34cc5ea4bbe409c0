"""`fedi account` and `fedi token`, as processes of their own beside a running organisation."""

from pathlib import Path

from tests.cli.command import Ran, done, fedi, run, settings_of
from tests.house import Answer, House

SHOWN = {"id", "username", "acct", "kind", "email"}
TOKEN = {"access_token", "token_type", "scope", "account_id", "acct", "client_id", "client_secret"}


async def test_an_account_and_its_token_work_in_the_running_server_at_once(house: House) -> None:
    made = await done(house, "account", "create", "alice", "--email", "alice@acme.example")
    assert set(made) == SHOWN | {"password"}
    assert (made["username"], made["kind"]) == ("alice", "employee")
    token = await done(house, "token", "create", "alice")
    assert set(token) == TOKEN
    assert token["scope"] == "read write follow push"
    assert token["account_id"] == made["id"]
    seen = await _whoami(house, token["access_token"])
    assert (seen.status, seen.body["id"]) == (200, made["id"])


async def test_suspending_shuts_out_at_once_and_can_be_taken_back(house: House) -> None:
    await done(house, "account", "create", "alice")
    secret = (await done(house, "token", "create", "alice"))["access_token"]
    assert (await _whoami(house, secret)).status == 200
    assert (await done(house, "account", "suspend", "alice"))["suspended"] is True
    assert (await _whoami(house, secret)).status == 401
    _refused(await fedi(house, "token", "create", "alice"), "suspended")
    assert (await done(house, "account", "unsuspend", "alice"))["suspended"] is False
    assert "access_token" in await done(house, "token", "create", "alice")


async def test_acting_as_a_company_needs_its_desk_role(house: House) -> None:
    await done(house, "account", "create", "alice")
    await done(house, "account", "create", "acme", "--kind", "company")
    _refused(await fedi(house, "token", "create", "alice", "--as", "acme"), "desk role")
    await done(house, "account", "grant", "acme", "alice", "editor")
    token = await done(house, "token", "create", "alice", "--as", "acme")
    assert token["acct"] == "acme"
    assert (await _whoami(house, token["access_token"])).body["username"] == "acme"
    await done(house, "account", "revoke", "acme", "alice")
    assert (await _whoami(house, token["access_token"])).status == 401


async def test_admin_scopes_are_given_to_admins_only(house: House) -> None:
    await done(house, "account", "create", "alice")
    await done(house, "account", "create", "boss", "--role", "admin")
    asked = ("--scopes", "read admin:read")
    assert (await done(house, "token", "create", "alice", *asked))["scope"] == "read"
    assert (await done(house, "token", "create", "boss", *asked))["scope"] == "read admin:read"
    _refused(await fedi(house, "token", "create", "alice", "--scopes", "everything"), "scope")


async def test_reach_role_and_grants_are_changed_and_shown(house: House) -> None:
    await done(house, "account", "create", "alice", "--max-reach", "public")
    await done(house, "account", "set-reach", "alice", "--default-reach", "public")
    await done(house, "account", "set-role", "alice", "auditor")
    await done(house, "account", "allow", "alice", "outside_direct")
    shown = await done(house, "account", "show", "alice")
    assert (shown["max_reach"], shown["default_reach"]) == ("public", "public")
    assert (shown["role"], shown["outside_direct"]) == ("auditor", True)
    assert (await done(house, "account", "disallow", "alice", "outside_direct"))[
        "outside_direct"
    ] is False
    assert "alice" in [one["username"] for one in await done(house, "account", "list")]


async def test_a_deleted_account_is_gone(house: House) -> None:
    await done(house, "account", "create", "alice")
    secret = (await done(house, "token", "create", "alice"))["access_token"]
    assert (await _whoami(house, secret)).status == 200
    await done(house, "account", "delete", "alice")
    assert (await _whoami(house, secret)).status == 401
    _refused(await fedi(house, "account", "show", "alice"), "no account")


async def test_a_name_is_never_given_to_somebody_else(house: House) -> None:
    await done(house, "account", "create", "alice")
    await done(house, "account", "delete", "alice")
    _refused(await fedi(house, "account", "create", "Alice"), "taken")
    await done(house, "account", "create", "alicia")


async def test_imported_employees_get_links_that_open(house: House, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("username,email,role\nbob,bob@acme.example,\ncarol,,moderator\n")
    made = await done(house, "account", "import", str(file))
    assert [one["username"] for one in made] == ["bob", "carol"]
    assert all(not {"password", "password_hash"} & set(one) for one in made)
    for one in made:
        assert (await house.call("GET", one["link"])).status == 200
    file.write_text("username,email\ndora,\nbob,\n")
    _refused(await fedi(house, "account", "import", str(file)), "Line 3")
    _refused(await fedi(house, "account", "show", "dora"), "no account")  # all or none


async def test_a_password_comes_from_standard_input_only(house: House) -> None:
    ran = await run(
        "account", "create", "alice", "--password", "secret-secret", **settings_of(house)
    )
    assert ran.code == 2
    _refused(await fedi(house, "account", "create", "alice", "--password-stdin"), "password")


async def test_wrong_usage_is_2_and_a_refusal_is_1(house: House) -> None:
    assert (await fedi(house, "account", "create")).code == 2
    assert (await fedi(house, "account", "create", "alice", "--kind", "robot")).code == 2
    _refused(await fedi(house, "account", "create", "admin space"), "name")
    await done(house, "account", "create", "alice")
    _refused(await fedi(house, "account", "create", "Alice"), "taken")


def _refused(ran: Ran, word: str) -> None:
    assert (ran.code, ran.out) == (1, ""), ran
    assert word in ran.err
    assert "Traceback" not in ran.err


async def _whoami(house: House, secret: str) -> Answer:
    headers = {"Authorization": f"Bearer {secret}"}
    return await house.call("GET", "/api/v1/accounts/verify_credentials", headers=headers)
