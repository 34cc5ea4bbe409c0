"""`fedi peer`: the list, in one spelling, with its consequences, obeyed by a running server."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from fedi.cli.stranger import knocking
from fedi.net import Client, Guard
from tests.cli.command import done, fedi
from tests.cli.strangers import follow, follows_with, known
from tests.house import House, free_port, until


async def test_terms_are_kept_and_what_is_left_out_stays(house: House) -> None:
    await house.company("acme", await house.person("alice"))
    first = await done(
        house, "peer", "allow", "Globex.example.", "--trust", "partner", "--accounts", "acme",
        "--owner", "alice", "--expires", "2099-12-31",
    )  # fmt: skip
    assert first == {
        "domain": "globex.example",
        "subdomains": False,
        "trust": "partner",
        "direction": "both",
        "slug": "globex",
        "accounts": ["acme"],
        "paused": False,
        "expires_at": "2100-01-01T00:00:00+00:00",
        "owner": "alice",
        "reason": "",
    }
    second = await done(house, "peer", "allow", "globex.example", "--direction", "in")
    assert second == {**first, "direction": "in"}
    assert await done(house, "peer", "list") == [second]


async def test_a_peer_that_nobody_called_a_partner_gets_what_is_public(house: House) -> None:
    peer = await done(house, "peer", "allow", "news.example")
    assert (peer["trust"], peer["slug"]) == ("public", None)


@pytest.mark.parametrize(
    "name",
    ["10.0.0.1", "localhost", "example", "news.example:8443", "https://news.example", "a@b.example",
     "news.internal", "-x.example", ""],
)  # fmt: skip
async def test_what_no_public_server_is_called_is_refused(house: House, name: str) -> None:
    ran = await fedi(house, "peer", "allow", "--", name)
    assert (ran.code, ran.out) == (1, "")
    assert "domain" in ran.err
    assert await done(house, "peer", "list") == []


async def test_a_name_in_letters_of_its_own_becomes_its_a_label(house: House) -> None:
    assert (await done(house, "peer", "allow", "münchen.example"))["domain"] == (
        "xn--mnchen-3ya.example"
    )


async def test_subdomains_of_a_registry_are_everybodys(house: House) -> None:
    assert (await fedi(house, "peer", "allow", "co.uk", "--subdomains")).code == 1
    assert (await fedi(house, "peer", "allow", "globex.co.uk", "--subdomains")).code == 0


async def test_a_word_is_shared_by_two_domains_only_when_asked_for(house: House) -> None:
    partner = ("--trust", "partner")
    await done(house, "peer", "allow", "social.globex.example", *partner)
    other = await done(house, "peer", "allow", "social.hooli.example", *partner)
    assert other["slug"] is None
    asked = await done(house, "peer", "allow", "social.hooli.example", "--slug", "social")
    assert asked["slug"] == "social"


@pytest.mark.parametrize("slug", ["Globex", "a b", "x" * 41])
async def test_a_word_that_nobody_could_type_is_refused(house: House, slug: str) -> None:
    assert (await fedi(house, "peer", "allow", "globex.example", "--slug", slug)).code == 1


async def test_removing_severs_both_ways_and_pausing_keeps(house: House) -> None:
    acme = await house.outgoing("acme")
    await done(house, "peer", "allow", "globex.example", "--trust", "partner")
    await done(house, "peer", "allow", "other.example")
    gus = await known(house, "gus", "globex.example", server="social.globex.example")
    await done(house, "peer", "allow", "social.globex.example", "--trust", "partner")
    other = await known(house, "olga", "other.example")
    for one in (gus, other):
        await follow(house, one, acme.account)
        await follow(house, acme.account, one)
    await acme.say("to all")
    waiting = "SELECT id FROM deliveries WHERE inbox LIKE '%globex.example/inbox'"
    assert len(await house.fetch(waiting)) == 1

    await done(house, "peer", "pause", "globex.example")
    assert await follows_with(house, "globex.example") == 2

    gone = await done(house, "peer", "remove", "globex.example")
    assert gone["severed"] == {"follows": 2, "deliveries": 1}
    assert await follows_with(house, "globex.example") == 0
    assert not await house.fetch(waiting)
    assert await follows_with(house, "other.example") == 2
    counts = await acme.get(f"/api/v1/accounts/{acme.account.id}")
    assert (counts["followers_count"], counts["following_count"]) == (1, 1)


async def test_the_name_of_the_server_behind_a_handle_counts_too(house: House) -> None:
    acme = await house.outgoing("acme")
    await done(house, "peer", "allow", "social.globex.example")
    gus = await known(house, "gus", "globex.example", server="social.globex.example")
    await follow(house, gus, acme.account)
    gone = await done(house, "peer", "remove", "social.globex.example")
    assert gone["severed"]["follows"] == 1


async def test_what_another_entry_still_allows_is_not_severed(house: House) -> None:
    acme = await house.outgoing("acme")
    await done(house, "peer", "allow", "globex.example", "--subdomains")
    await done(house, "peer", "allow", "a.globex.example")
    await follow(house, await known(house, "gus", "a.globex.example"), acme.account)
    gone = await done(house, "peer", "remove", "a.globex.example")
    assert gone["severed"]["follows"] == 0
    gone = await done(house, "peer", "remove", "globex.example")
    assert gone["severed"]["follows"] == 1


async def test_blocking_severs_below_the_domain_as_well_when_told(house: House) -> None:
    acme = await house.outgoing("acme")
    await follow(house, await known(house, "gus", "a.spam.example"), acme.account)
    exact = await done(house, "peer", "block", "spam.example")
    assert exact["severed"]["follows"] == 0
    below = await done(house, "peer", "block", "spam.example", "--subdomains")
    assert below["severed"]["follows"] == 1


async def test_every_change_leaves_a_row_in_the_audit_log(house: House) -> None:
    for deed in ("allow", "pause", "resume", "block", "remove"):
        await done(house, "peer", deed, "globex.example")
    rows = await house.fetch("SELECT deed FROM audit WHERE deed LIKE 'peer.%' ORDER BY id")
    assert [row["deed"] for row in rows] == [
        "peer.allow", "peer.pause", "peer.resume", "peer.block", "peer.remove",
    ]  # fmt: skip


async def test_a_running_server_obeys_at_once(house: House) -> None:
    acme = await house.outgoing("acme")
    client = Client("http://test.localhost", Guard(["*.localhost"]))
    host = f"initech.localhost:{free_port()}"
    async with client, knocking(client, host) as milton:

        async def knock() -> int:
            inbox = acme.account.inbox
            return (await milton.follow(acme.account.uri, inbox))[0]

        assert await knock() == 403
        await done(house, "peer", "allow", host)
        await until(lambda: _is(knock, 202), seconds=1)
        await done(house, "peer", "pause", host)
        await until(lambda: _is(knock, 403), seconds=1)


async def test_an_exported_list_can_be_imported(house: House, tmp_path: Path) -> None:
    await done(house, "peer", "allow", "globex.example", "--trust", "partner", "--reason", "Joint")
    await done(house, "peer", "pause", "globex.example")
    await done(house, "peer", "block", "spam.example", "--subdomains")
    before = await done(house, "peer", "export")
    file = tmp_path / "peers.json"
    file.write_bytes(orjson.dumps(before))
    for one in before:
        await done(house, "peer", "remove", one["domain"])
    assert await done(house, "peer", "import", str(file)) == {"imported": 2}
    assert await done(house, "peer", "list") == before


async def test_a_list_with_one_bad_entry_changes_nothing(house: House, tmp_path: Path) -> None:
    file = tmp_path / "peers.json"
    good, bad = ({"domain": name, "trust": "public"} for name in ("good.example", "10.0.0.1"))
    file.write_bytes(orjson.dumps([good, bad]))
    assert (await fedi(house, "peer", "import", str(file))).code == 1
    assert await done(house, "peer", "list") == []


async def test_an_entry_that_is_not_there_is_named(house: House) -> None:
    ran = await fedi(house, "peer", "remove", "globex.example")
    assert (ran.code, ran.err) == (
        1,
        "There is no entry for globex.example: see `fedi peer list`.\n",
    )


async def test_wrong_usage_is_told_apart_from_a_refusal(house: House) -> None:
    assert (await fedi(house, "peer", "allow")).code == 2
    assert (await fedi(house, "peer", "allow", "a.example", "--trust", "much")).code == 2


async def _is(ask: Callable[[], Awaitable[int]], expected: int) -> bool:
    return await ask() == expected
