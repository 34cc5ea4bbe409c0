"""`fedi policy`: explained is what the doors do, and a mode takes effect with its consequences."""

from typing import Any

import pytest

from tests.cli.command import done, fedi
from tests.cli.strangers import follow, follows_with, known
from tests.house import House


async def explained(house: House, way: str, *more: str, peer: str = "globex.example") -> Any:
    words = ("--peer", peer, "--direction", way, "--activity", "Create", *more)
    verdict = await done(house, "policy", "explain", *words)
    assert set(verdict) == {"allow", "rule", "because"}
    assert verdict["because"]
    return (verdict["allow"], verdict["rule"])


@pytest.mark.parametrize("way", ["in", "out"])
async def test_a_server_is_explained_as_the_doors_see_it(house: House, way: str) -> None:
    assert await explained(house, way) == (False, "peer_not_allowed")
    await done(house, "peer", "allow", "globex.example")
    assert await explained(house, way) == (True, "allowed")
    await done(house, "peer", "pause", "globex.example")
    assert await explained(house, way) == (False, "peer_paused")
    await done(house, "peer", "block", "globex.example")
    assert await explained(house, way) == (False, "peer_blocked")
    await done(house, "policy", "mode", "closed")
    assert await explained(house, way) == (False, "federation_closed")


async def test_a_direction_holds_one_way_only(house: House) -> None:
    await done(house, "peer", "allow", "globex.example", "--direction", "in")
    assert await explained(house, "in") == (True, "allowed")
    assert await explained(house, "out") == (False, "in_only")


async def test_a_post_is_explained_by_its_own_reach(house: House) -> None:
    alice = await house.person("alice")
    acme = await house.company("acme", alice)
    await done(house, "peer", "allow", "globex.example", "--trust", "partner")
    await done(house, "peer", "allow", "news.example")
    inside = (await alice.say("inside"))["id"]
    partners = (await acme.say("@partners for some"))["id"]
    public = (await acme.say("for all"))["id"]
    assert await explained(house, "out", "--status", inside) == (False, "reach_internal")
    assert await explained(house, "out", "--status", partners) == (True, "allowed")
    news = {"peer": "news.example"}
    assert await explained(house, "out", "--status", partners, **news) == (False, "partners_only")
    assert await explained(house, "out", "--status", public, **news) == (True, "allowed")


async def test_an_account_that_is_inside_only_or_not_offered_stays(house: House) -> None:
    alice = await house.person("alice")
    await house.company("acme", alice)
    await house.company("support", alice)
    await done(house, "peer", "allow", "globex.example", "--accounts", "acme")
    assert await explained(house, "out", "--account", "alice") == (False, "author_inside_only")
    assert await explained(house, "out", "--account", "support") == (False, "account_not_offered")
    assert await explained(house, "out", "--account", "acme") == (True, "allowed")
    assert await explained(house, "out") == (True, "allowed")


async def test_a_suspended_author_may_only_take_back(house: House) -> None:
    await done(house, "peer", "allow", "globex.example")
    gus = await known(house, "gus", "globex.example")
    author = ("--account", "gus@globex.example")
    assert await explained(house, "in", *author) == (True, "allowed")
    async with house.db.transaction() as conn:
        await conn.execute("UPDATE accounts SET suspended_at = created_at WHERE id = $1", gus.id)
    assert await explained(house, "in", *author) == (False, "signer_suspended")


async def test_what_does_not_exist_is_said_in_words(house: House) -> None:
    words = ("policy", "explain", "--direction", "out", "--activity", "Create", "--peer")
    ran = await fedi(house, *words, "globex.example", "--status", "1")
    assert (ran.code, ran.err) == (1, "There is no post 1\n")
    ran = await fedi(house, *words, "globex.example", "--account", "nobody")
    assert (ran.code, ran.err) == (1, "There is no account nobody here\n")
    assert (await fedi(house, *words, "10.0.0.1")).code == 1
    assert (await fedi(house, "policy", "explain", "--direction", "up")).code == 2


async def test_only_allowlist_ends_what_open_let_grow(house: House) -> None:
    acme = await house.outgoing("acme")
    await done(house, "peer", "allow", "listed.example")
    await done(house, "policy", "mode", "open")
    for domain in ("listed.example", "wild.example"):
        await follow(house, await known(house, "gus", domain), acme.account)
    closed = await done(house, "policy", "mode", "closed")
    assert closed["severed"]["follows"] == 0
    listed = await done(house, "policy", "mode", "allowlist")
    assert listed["severed"]["follows"] == 1
    assert await follows_with(house, "listed.example") == 1
    assert await follows_with(house, "wild.example") == 0


async def test_a_change_of_mode_is_in_the_audit_log(house: House) -> None:
    await done(house, "policy", "mode", "closed")
    rows = await house.fetch(
        "SELECT detail ->> 'mode' AS mode FROM audit WHERE deed = 'policy.mode'"
    )
    assert rows == [{"mode": "closed"}]
