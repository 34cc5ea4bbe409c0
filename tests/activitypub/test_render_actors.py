"""Accounts, lists and discovery documents that leave: exact, and without a count or a role."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from fedi import errors
from fedi.activitypub import render
from fedi.activitypub.render import Picture
from fedi.activitypub.shapes import read_actor
from fedi.activitypub.vocab import ACTIVITYSTREAMS, PUBLIC
from fedi.model.account import Account, Kind, Role
from fedi.model.reach import Reach

NOW = datetime(2026, 11, 20, 9, 15, 30, 250, tzinfo=UTC)
ACME = "https://fedi.example/ap/actors/acme-01"
FOLLOWERS = f"{ACME}/followers"
PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"


def account(**changed: Any) -> Account:
    values: dict[str, Any] = {
        "id": 1,
        "uri": ACME,
        "username": "acme",
        "domain": None,
        "kind": Kind.COMPANY,
        "display_name": "Acme",
        "note": "<p>We make things</p>",
        "note_source": "We make things",
        "fields": [{"name": "Site", "value": '<a href="https://acme.example" rel="me">acme</a>'}],
        "url": "https://fedi.example/@acme",
        "inbox": f"{ACME}/inbox",
        "shared_inbox": "https://fedi.example/inbox",
        "followers_uri": FOLLOWERS,
        "locked": False,
        "bot": False,
        "discoverable": True,
        "avatar": None,
        "header": None,
        "avatar_remote": None,
        "header_remote": None,
        "role": Role.EMPLOYEE,
        "max_reach": Reach.PUBLIC,
        "default_reach": Reach.PUBLIC,
        "require_word": False,
        "outside_direct": False,
        "created_at": NOW,
        "last_status_at": None,
        "suspended_at": None,
        "moved_to_uri": None,
        "statuses_count": 42,
        "followers_count": 43,
        "following_count": 44,
    }
    return Account(**(values | changed))


def an_actor(**changed: Any) -> dict[str, Any]:
    return render.actor(account(**changed), domain="acme.example", public_key_pem=PEM)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        (Kind.EMPLOYEE, "Person"),
        (Kind.COMPANY, "Person"),
        (Kind.GROUP, "Group"),
        (Kind.SERVICE, "Service"),
    ],
)
def test_an_actor_reads_back_as_what_it_is(kind: Kind, type_: str) -> None:
    actor = read_actor(json.loads(json.dumps(an_actor(kind=kind))))
    assert (actor.type, actor.id, actor.username) == (type_, ACME, "acme")
    assert actor.webfinger == "acme@acme.example"
    assert actor.shared_inbox == "https://fedi.example/inbox"
    assert [key.id for key in actor.keys] == [f"{ACME}#main-key"]
    assert (actor.followers, actor.url) == (FOLLOWERS, "https://fedi.example/@acme")
    assert actor.fields[0][0] == "Site"
    assert an_actor(kind=Kind.EMPLOYEE, bot=True)["type"] == "Service"


def test_an_account_without_an_outside_has_no_document() -> None:
    with pytest.raises(errors.Forbidden):
        an_actor(max_reach=Reach.INTERNAL)
    with pytest.raises(errors.Forbidden):
        an_actor(domain="m.partner.example")  # somebody else's
    assert an_actor(max_reach=Reach.PARTNERS)["id"] == ACME


def test_an_actor_tells_no_counts_and_no_roles() -> None:
    written = json.dumps(an_actor())
    assert not any(inside in written for inside in ("42", "43", "44", "employee", "company"))


def test_a_partner_account_asks_before_anybody_follows() -> None:
    assert an_actor(max_reach=Reach.PARTNERS)["manuallyApprovesFollowers"] is True
    assert an_actor()["manuallyApprovesFollowers"] is False


def test_a_suspended_account_is_stripped() -> None:
    document = an_actor(suspended_at=NOW)
    assert document["suspended"] is True
    assert not {"name", "summary", "attachment", "followers", "url"} & document.keys()
    assert "name" in an_actor()
    assert ACTIVITYSTREAMS in document["@context"]


def test_pictures_of_an_actor_carry_their_type_and_description() -> None:
    icon = Picture("https://fedi.example/m/a.png", "image/png", "Our logo")
    document = render.actor(account(), domain="acme.example", public_key_pem=PEM, icon=icon)
    assert document["icon"]["mediaType"] == "image/png"
    assert document["icon"]["summary"] == "Our logo"
    assert "image" not in document


def test_a_profile_update_holds_the_profile_without_a_second_context() -> None:
    update = render.update_actor(an_actor(), to=[PUBLIC], cc=[FOLLOWERS], at=NOW)
    assert update["object"]["name"] == "Acme"
    assert "@context" not in update["object"]
    assert update["actor"] == update["object"]["id"] == ACME


def test_the_instance_actor_is_an_application_named_like_its_host() -> None:
    uri = "https://fedi.example/ap/instance"
    document = render.instance_actor(
        uri, host="fedi.example", inbox="https://fedi.example/inbox", public_key_pem=PEM
    )
    actor = read_actor(document)
    assert (actor.type, actor.username, actor.bot) == ("Application", "fedi.example", True)
    assert [key.owner for key in actor.keys] == [uri]


def test_a_hidden_list_has_a_total_and_no_pages() -> None:
    assert "first" not in render.collection(FOLLOWERS, 3)
    assert render.collection(FOLLOWERS, 3)["totalItems"] == 3
    shown = render.collection(f"{ACME}/outbox", 1, first=f"{ACME}/outbox?page=1")
    assert shown["first"] == f"{ACME}/outbox?page=1"


def test_webfinger_answers_with_the_canonical_handle_and_the_exact_type() -> None:
    jrd = render.webfinger(
        "acme@acme.example",
        actor_uri=ACME,
        origin="https://fedi.example",
        profile_url="https://fedi.example/@acme",
        other_handles=["acme@fedi.example", "acme@acme.example"],
    )
    assert jrd["subject"] == "acct:acme@acme.example"
    assert jrd["aliases"] == ["acct:acme@fedi.example", "https://fedi.example/@acme", ACME]
    links = {link["rel"]: link for link in jrd["links"]}
    assert links["self"] == {"rel": "self", "type": "application/activity+json", "href": ACME}
    assert "{uri}" in links["http://ostatus.org/schema/1.0/subscribe"]["template"]
    assert not any("avatar" in rel for rel in links)


def test_the_instance_actor_cannot_be_subscribed_to() -> None:
    origin = "https://fedi.example"
    jrd = render.webfinger(
        "fedi.example@fedi.example", actor_uri=f"{origin}/ap/i", origin=origin, is_person=False
    )
    assert [link["rel"] for link in jrd["links"]] == ["self"]


def test_host_meta_says_the_same_in_both_forms() -> None:
    root = ET.fromstring(render.host_meta_xml("https://fedi.example"))
    link = root.find("{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link")
    assert link is not None
    (listed,) = render.host_meta("https://fedi.example")["links"]
    assert link.attrib == listed
    assert "{uri}" in listed["template"]


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_nodeinfo_tells_what_runs_here_and_counts_nothing(version: str) -> None:
    info = render.nodeinfo(version)
    assert (info["version"], info["software"]["name"]) == (version, "fedi")
    assert info["usage"] == {"users": {}}
    assert info["metadata"] == {}
    links = render.nodeinfo_links("https://fedi.example", "https://fedi.example/ap/instance")
    rels = {link["rel"]: link["href"] for link in links["links"]}
    assert rels[f"{ACTIVITYSTREAMS}#Application"] == "https://fedi.example/ap/instance"
    assert any(rel.endswith(f"/{version}") for rel in rels)
