"""Accounts, relations and lists of people, as clients ask for them."""

import json
import re
from typing import Any

import aiohttp
from msgspec.structs import replace

from fedi import clock
from fedi.media.pictures import missing_avatar
from fedi.model.account import DeskRole
from fedi.store import accounts, follows
from fedi.store.follows import Follow
from tests.api.shapes import assert_entity
from tests.house import House

RELATIONSHIPS = "/api/v1/accounts/relationships"


def _path(person: Any, *rest: str) -> str:
    return "/".join((f"/api/v1/accounts/{person.account.id}", *rest))


def _next(answer: Any) -> str:
    found = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
    return found[1] if found else ""


async def test_an_account_has_every_field_that_clients_decode(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    assert_entity("Account", await alice.get(_path(bob)))
    assert_entity("CredentialAccount", await alice.get("/api/v1/accounts/verify_credentials"))
    for kind in ("avatar", "header"):
        url = (await alice.get(_path(bob)))[kind]
        assert url == f"{house.origin}/media/missing/{kind}.png"


async def test_a_stranger_finds_nobody_who_is_inside_only(house: House) -> None:
    inside, outside = await house.person("alice"), await house.outgoing("press")
    absent = await house.call("GET", "/api/v1/accounts/123456")
    hidden = await house.call("GET", _path(inside))
    assert (hidden.status, hidden.body) == (absent.status, absent.body) == (404, absent.body)
    for path in ("statuses", "followers", "following", "featured_tags"):
        assert (await house.call("GET", _path(inside, path))).status == 404
    assert (await house.call("GET", "/api/v1/accounts/lookup?acct=alice")).status == 404
    found = await house.call("GET", _path(outside))
    assert found.status == 200
    assert_entity("Account", found.body)
    both = await house.call(
        "GET", f"/api/v1/accounts?id[]={inside.account.id}&id[]={outside.account.id}"
    )
    assert [one["username"] for one in both.body] == ["press"]


async def test_a_stranger_counts_no_colleagues(house: House) -> None:
    inside, press = await house.person("alice"), await house.outgoing("press")
    fan = await house.outgoing("fan")
    for one in (inside, fan):
        await one.post(_path(press, "follow"))
    await press.say("only for us", reach="internal")
    assert (await inside.get(_path(press)))["followers_count"] == 2
    assert (await inside.get(_path(press)))["statuses_count"] == 1
    seen = (await house.call("GET", _path(press))).body
    assert (seen["followers_count"], seen["statuses_count"]) == (1, 0)
    assert seen["last_status_at"] is None
    listed = await house.call("GET", _path(press, "followers"))
    assert [one["username"] for one in listed.body] == ["fan"]
    assert len(await inside.get(_path(press, "followers"))) == 2


async def test_followers_are_paged_by_cursors_in_the_link_header(house: House) -> None:
    press = await house.outgoing("press")
    for name in ("ann", "ben", "cyd"):
        await (await house.person(name)).post(_path(press, "follow"))
    first = await press.call("GET", _path(press, "followers") + "?limit=2")
    assert [one["username"] for one in first.body] == ["cyd", "ben"]
    assert _next(first).startswith(f"{house.origin}/api/v1/accounts/")
    assert re.search(r"[?&]max_id=\d+", _next(first))
    second = await press.call("GET", _next(first))
    assert [one["username"] for one in second.body] == ["ann"]
    assert _next(second) == ""


async def test_following_shows_in_the_relationship_of_both(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    made = await alice.post(_path(bob, "follow"), {"reblogs": False, "notify": True})
    assert_entity("Relationship", made)
    assert (made["following"], made["showing_reblogs"], made["notifying"]) == (True, False, True)
    back = (await bob.get(f"{RELATIONSHIPS}?id[]={alice.account.id}"))[0]
    assert (back["followed_by"], back["following"]) == (True, False)
    ended = await alice.post(_path(bob, "unfollow"))
    assert not ended["following"]


async def test_a_locked_account_answers_for_itself(house: House) -> None:
    alice, boss = await house.person("alice"), await house.person("boss", locked=True)
    assert (await alice.post(_path(boss, "follow")))["requested"]
    waiting = await boss.get("/api/v1/follow_requests")
    assert [one["username"] for one in waiting] == ["alice"]
    me = await boss.get("/api/v1/accounts/verify_credentials")
    assert me["source"]["follow_requests_count"] == 1
    answer = await boss.post(f"/api/v1/follow_requests/{alice.account.id}/authorize")
    assert (answer["followed_by"], answer["requested_by"]) == (True, False)
    again = await boss.call("POST", f"/api/v1/follow_requests/{alice.account.id}/reject")
    assert again.status == 404
    gone = await boss.post(_path(alice, "remove_from_followers"))
    assert not gone["followed_by"]


async def test_blocks_and_mutes_are_listed_and_taken_back(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    assert (await alice.post(_path(bob, "block")))["blocking"]
    assert [one["username"] for one in await alice.get("/api/v1/blocks")] == ["bob"]
    assert not (await alice.post(_path(bob, "unblock")))["blocking"]
    muted = await alice.post(_path(bob, "mute"), {"notifications": False, "duration": 60})
    assert (muted["muting"], muted["muting_notifications"]) == (True, False)
    listed = await alice.get("/api/v1/mutes")
    assert_entity("MutedAccount", listed[0])
    assert listed[0]["mute_expires_at"] is not None
    assert not (await alice.post(_path(bob, "unmute")))["muting"]
    assert await alice.get("/api/v1/mutes") == await alice.get("/api/v1/blocks") == []


async def test_nobody_blocks_or_mutes_themself(house: House) -> None:
    alice = await house.person("alice")
    for deed in ("block", "mute", "follow"):
        assert (await alice.call("POST", _path(alice, deed), json={})).status == 403


async def test_a_note_is_kept_for_its_author_only(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    assert (await alice.post(_path(bob, "note"), {"comment": "Knows Kubernetes"}))["note"]
    mine = (await alice.get(f"{RELATIONSHIPS}?id={bob.account.id}"))[0]
    assert mine["note"] == "Knows Kubernetes"
    own = (await bob.get(f"{RELATIONSHIPS}?id={bob.account.id}"))[0]
    assert own["note"] == ""


async def test_a_profile_is_changed_by_json_and_by_form(house: House) -> None:
    alice = await house.person("alice")
    path = "/api/v1/accounts/update_credentials"
    changed = await alice.call(
        "PATCH",
        path,
        json={
            "display_name": "Alice Lee",
            "note": "Hello <b> #Things",
            "fields_attributes": [{"name": "Web", "value": "https://acme.example"}],
            "source": {"privacy": "unlisted", "sensitive": True, "language": "de"},
        },
    )
    assert changed.status == 200, changed
    assert_entity("CredentialAccount", changed.body)
    assert changed.body["display_name"] == "Alice Lee"
    assert "&lt;b&gt;" in changed.body["note"]
    source = changed.body["source"]
    assert (source["note"], source["privacy"], source["language"]) == (
        "Hello <b> #Things",
        "unlisted",
        "de",
    )
    assert source["fields"][0]["value"] == "https://acme.example"
    assert changed.body["fields"][0]["value"].startswith("<a href=")
    form = {"locked": "true", "fields_attributes[0][name]": "A", "fields_attributes[0][value]": "b"}
    answer = await alice.call("PUT", path, data=form)
    assert (answer.body["locked"], len(answer.body["fields"])) == (True, 1)
    preferences = await alice.get("/api/v1/preferences")
    assert_entity("Preferences", preferences)
    assert preferences["posting:default:visibility"] == "unlisted"


async def test_a_profile_that_is_too_long_is_refused_whole(house: House) -> None:
    alice = await house.person("alice")
    path = "/api/v1/accounts/update_credentials"
    for body in (
        {"display_name": "x" * 31},
        {"note": "x" * 501},
        {"fields_attributes": [{"name": "n", "value": "v"}] * 5},
        {"source": {"privacy": "everyone"}},
        {"locked": "perhaps"},
    ):
        assert (await alice.call("PATCH", path, json=body)).status == 422, body
    assert (await alice.get("/api/v1/accounts/verify_credentials"))["display_name"] == "Alice"


async def test_an_outside_profile_names_nobody_inside(house: House) -> None:
    await house.person("alice")
    press = await house.outgoing("press")
    path = "/api/v1/accounts/update_credentials"
    assert (await press.call("PATCH", path, json={"note": "ask @alice"})).status == 422
    assert (await press.call("PATCH", path, json={"note": "ask @press"})).status == 200


async def test_people_are_found_by_handle_and_by_name(house: House) -> None:
    alice = await house.person("alice", display_name="Alice Lee")
    bob, domain = await house.person("bob"), house.domain
    for acct in ("alice", "@ALICE", f"alice@{domain}"):
        found = await bob.get("/api/v1/accounts/lookup", params={"acct": acct})
        assert found["id"] == str(alice.account.id)
    for query in ("ali", "@alice", "lee", f"@alice@{domain}"):
        listed = await bob.get("/api/v1/accounts/search", params={"q": query})
        assert "alice" in [one["username"] for one in listed], query
    assert (await bob.call("GET", "/api/v1/accounts/lookup?acct=nobody")).status == 404
    assert await bob.get("/api/v1/accounts/search?q=al%25") == []


async def test_an_avatar_is_sent_shown_and_taken_away(house: House) -> None:
    alice = await house.person("alice")
    form = aiohttp.FormData()
    form.add_field("avatar", missing_avatar(), filename="me.png", content_type="image/png")
    path = "/api/v1/accounts/update_credentials"
    changed = await alice.call("PATCH", path, data=form)
    assert changed.status == 200, changed
    url = changed.body["avatar"]
    assert url.startswith(f"{house.origin}/media/accounts/{alice.account.id}/avatar/")
    assert changed.body["header"] == f"{house.origin}/media/missing/header.png"
    broken = aiohttp.FormData()
    broken.add_field("avatar", b"no picture", filename="me.png", content_type="image/png")
    assert (await alice.call("PATCH", path, data=broken)).status == 422
    assert (await alice.get(_path(alice)))["avatar"] == url
    removed = await alice.call("DELETE", "/api/v1/profile/avatar")
    assert removed.body["avatar"] == f"{house.origin}/media/missing/avatar.png"


async def test_who_only_drafts_changes_nothing_in_the_companys_name(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    company = await house.company("acme", alice, DeskRole.AUTHOR)
    path = "/api/v1/accounts/update_credentials"
    assert (await company.call("PATCH", path, json={"note": "We"})).status == 403
    assert (await company.call("POST", _path(bob, "follow"), json={})).status == 403
    editor = await house.company("support", alice, DeskRole.EDITOR)
    assert (await editor.call("PATCH", path, json={"note": "We"})).status == 200


async def test_a_changed_profile_is_told_to_followers_outside(house: House) -> None:
    await house.allow("globex.localhost")
    press, alice = await house.outgoing("press"), await house.person("alice")
    fan = replace(
        alice.account,
        id=0,
        uri="https://globex.localhost/bob",
        username="bob",
        domain="globex.localhost",
        inbox="https://globex.localhost/inbox",
        shared_inbox=None,
    )
    async with house.db.transaction() as conn:
        bob = await accounts.save_remote(conn, fan, fetched_at=clock.now())
        for one in (press, alice):
            follow = Follow(
                follower_id=bob.id,
                followed_id=one.account.id,
                uri=f"{fan.uri}#{one.account.id}",
                accepted=True,
            )
            await follows.add(conn, follow, at=clock.now())
    for one in (press, alice):
        path = "/api/v1/accounts/update_credentials"
        assert (await one.call("PATCH", path, json={"note": "New"})).status == 200
    told = await house.fetch("SELECT actor_id, body FROM outbound WHERE type = 'Update'")
    assert [row["actor_id"] for row in told] == [press.account.id]
    assert json.loads(told[0]["body"])["object"]["summary"] == "<p>New</p>"
