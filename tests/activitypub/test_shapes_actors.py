"""Accounts of other servers are read with their keys, or refused: section 2, S-13, X-2."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fedi import errors
from fedi.activitypub.shapes import read_actor, read_keys
from fedi.activitypub.vocab import PUBLIC

VECTORS = Path(__file__).parents[1] / "wire" / "vectors"
ANA = "https://m.partner.example/users/ana"
REMOTE = sorted(path.name for path in (VECTORS / "remote").glob("actor-*.json"))


@cache
def raw(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())


@pytest.mark.parametrize("name", REMOTE)
def test_every_well_behaved_actor_is_read_with_its_key(name: str) -> None:
    actor = read_actor(raw(f"remote/{name}"))
    assert actor.username == raw(f"remote/{name}")["preferredUsername"]
    assert len(actor.keys) == 1


@pytest.mark.parametrize(
    "name", ["bad-actor-inbox-other-host", "bad-actor-inbox-loopback", "bad-actor-username-bad"]
)
def test_an_actor_whose_inbox_or_name_is_not_its_own_is_refused(name: str) -> None:
    document = raw(f"remote/{name}.json")
    with pytest.raises(errors.Malformed):
        read_actor(document)
    mended = {"inbox": f"{document['id']}/inbox", "preferredUsername": "fine"}
    assert read_actor(document | mended).username == "fine"


@pytest.mark.parametrize("name", ["bad-actor-key-owner-mismatch", "bad-actor-key-hmac-confusion"])
def test_a_key_of_somebody_else_or_of_another_sort_is_not_listed(name: str) -> None:
    assert read_actor(raw(f"remote/{name}.json")).keys == []


def test_a_key_stub_gives_its_key_and_no_actor() -> None:
    stub = raw("remote/gus-key-stub.json")
    assert [key.id for key in read_keys(stub)] == ["https://g.partner.example/users/gus/main-key"]
    with pytest.raises(errors.Malformed):
        read_actor(stub)


def test_a_shared_inbox_counts_only_on_the_inboxs_host() -> None:
    assert (
        read_actor(raw("remote/actor-00-ana.json")).shared_inbox
        == "https://m.partner.example/inbox"
    )
    assert (
        read_actor(raw("remote/actor-02-mio.json")).shared_inbox
        == "https://mk.partner.example/inbox"
    )
    assert read_actor(raw("remote/bad-actor-sharedinbox-other-host.json")).shared_inbox is None


def test_an_actors_lists_are_capped_and_its_first_known_type_counts() -> None:
    assert len(read_actor(raw("remote/bad-actor-alsoknownas-flood.json")).also_known_as) == 256
    assert read_actor(raw("remote/bad-actor-type-array-weird.json")).type == "Person"
    fields = read_actor(raw("remote/bad-actor-fields-xss.json")).fields
    assert len(fields) <= 50
    assert max(len(value) for _, value in fields) <= 2047


def test_addresses_of_an_actor_that_are_elsewhere_are_none() -> None:
    ana = raw("remote/actor-00-ana.json")
    moved = ana | {
        "url": "https://evil.example/ana",
        "followers": PUBLIC,
        "icon": "https://cdn.example/1",
    }
    actor = read_actor(moved)
    assert (actor.url, actor.followers, actor.icon) == (None, None, "https://cdn.example/1")
    assert read_actor(ana).followers == f"{ANA}/followers"


def test_a_profile_update_is_read_from_the_embed() -> None:
    actor = read_actor(raw("ok/mastodon-update-actor.json")["object"])
    assert (actor.name, actor.locked, actor.bot) == ("Ana R. :chart:", True, False)
    assert actor.fields[0][0] == "Site"
