"""Posts and activities that leave: peers read them back, and nothing of the inside is in them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fedi import errors
from fedi.activitypub import render
from fedi.activitypub.addressing import visibility_of
from fedi.activitypub.render import Attached, Hashtag, Mention, Post
from fedi.activitypub.shapes import read_note
from fedi.activitypub.vocab import ACTIVITYSTREAMS, PUBLIC, read_activity
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Release, Status

NOW = datetime(2026, 11, 20, 9, 15, 30, 250, tzinfo=UTC)
ACME = "https://fedi.example/ap/actors/acme-01"
FOLLOWERS = f"{ACME}/followers"
BOB = "https://m.partner.example/users/bob"
URI = "https://fedi.example/ap/objects/p1"
PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"


def status(**changed: Any) -> Status:
    values: dict[str, Any] = {
        "id": 7,
        "uri": URI,
        "url": "https://fedi.example/@acme/p1",
        "author_id": 1,
        "local": True,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "conversation_id": 7,
        "reblog_of_id": None,
        "visibility": Visibility.PUBLIC,
        "reach": Reach.PUBLIC,
        "reach_domains": None,
        "release": Release.RELEASED,
        "held_until": None,
        "revision": 1,
        "content": "<p>secret inside rendering</p>",
        "source": "@public Hello",
        "spoiler_text": "",
        "sensitive": False,
        "language": "en",
        "written_by": 99,
        "application_id": None,
        "created_at": NOW,
        "edited_at": None,
    }
    return Status(**(values | changed))


def post(*, beside: dict[str, Any] | None = None, **changed: Any) -> Post:
    values: dict[str, Any] = {
        "status": status(**changed),
        "author_uri": ACME,
        "followers_uri": FOLLOWERS,
        "content": "<p>Hello</p>",
        "mentions": [Mention(BOB, "bob@m.partner.example")],
    }
    return Post(**(values | (beside or {})))


@pytest.mark.parametrize("visibility", Visibility)
def test_an_internal_post_is_never_written_down(visibility: Visibility) -> None:
    inside = post(reach=Reach.INTERNAL, visibility=visibility)
    for write in (render.note, render.create, render.update, render.delete):
        with pytest.raises(errors.Forbidden):
            write(inside)
        assert write(post(visibility=visibility))["id"].startswith(URI)  # the control


@pytest.mark.parametrize("visibility", Visibility)
def test_peers_read_back_what_was_written(visibility: Visibility) -> None:
    tagged = {
        "hashtags": [Hashtag("q3", "https://fedi.example/tags/q3")],
        "in_reply_to": f"{BOB}/statuses/1",
        "attachments": [
            Attached(
                url="https://fedi.example/m/1.png", media_type="image/png", description="A chart"
            )
        ],
    }
    create = render.create(post(visibility=visibility, spoiler_text="Numbers", beside=tagged))
    activity = read_activity(json.loads(json.dumps(create)), signer=ACME)
    note = read_note(activity.embed, received=NOW)
    assert note
    assert (activity.to, activity.cc) == (note.to, note.cc)
    assert visibility_of(note.to, note.cc, FOLLOWERS) is visibility
    assert (note.content, note.language, note.summary) == ("<p>Hello</p>", "en", "Numbers")
    assert (note.hashtags, note.in_reply_to) == (["q3"], f"{BOB}/statuses/1")
    assert [mention.href for mention in note.mentions] == [BOB]
    assert [picture.description for picture in note.attachments] == ["A chart"]
    assert note.updated is None


def test_the_lists_of_a_note_are_lists_even_when_empty() -> None:
    note = render.note(post(visibility=Visibility.DIRECT, beside={"mentions": []}))
    for name in ("to", "cc", "tag", "attachment"):
        assert note[name] == []
    assert (note["summary"], note["inReplyTo"]) == (None, None)
    assert "@context" not in note


def test_nothing_of_the_inside_is_in_the_document() -> None:
    written = json.dumps(render.create(post()))
    for inside in ("secret inside", "@public", "99"):
        assert inside not in written
    assert "<p>Hello</p>" in written  # the control


def test_anybody_may_quote_a_public_post_and_nobody_a_partners() -> None:
    def quoters(**changed: Any) -> Any:
        return render.note(post(**changed))["interactionPolicy"]["canQuote"]["automaticApproval"]

    assert quoters() == [PUBLIC]
    assert quoters(visibility=Visibility.UNLISTED) == [PUBLIC]
    assert quoters(visibility=Visibility.PRIVATE) == [ACME]
    assert quoters(reach=Reach.PARTNERS, visibility=Visibility.PRIVATE) == [ACME]


def test_published_is_the_moment_of_release_and_updated_comes_only_with_an_edit() -> None:
    later = datetime(2026, 11, 20, 9, 16, tzinfo=UTC)
    assert render.note(post())["published"] == "2026-11-20T09:15:30Z"
    assert render.note(post(held_until=later))["published"] == "2026-11-20T09:16:00Z"
    assert "updated" not in render.note(post())
    assert render.note(post(edited_at=later))["updated"] == "2026-11-20T09:16:00Z"


def test_a_direct_says_so() -> None:
    assert render.note(post(visibility=Visibility.DIRECT))["directMessage"] is True
    assert "directMessage" not in render.note(post())


def test_a_file_is_described_for_both_kinds_of_reader() -> None:
    file = Attached(
        url="https://fedi.example/m/1.png",
        media_type="image/png",
        description="A chart",
        blurhash="LKO2?U%2Tw=w]~RBVZRi};RPxuwH",
        width=10,
        height=20,
        focus=(0.0, 0.5),
    )
    (attachment,) = render.note(post(beside={"attachments": [file]}))["attachment"]
    assert attachment["type"] == "Document"
    assert attachment["name"] == attachment["summary"] == "A chart"
    assert (attachment["width"], attachment["height"]) == (10, 20)
    assert attachment["focalPoint"] == [0.0, 0.5]


def test_an_edit_has_an_id_of_its_own_each_time() -> None:
    first = render.update(post(edited_at=NOW, revision=2))
    second = render.update(post(edited_at=NOW, revision=3))
    assert first["id"] != second["id"]
    assert first["object"]["id"] == second["object"]["id"] == URI


def test_a_delete_is_told_to_whom_the_post_was_and_says_nothing_of_it() -> None:
    delete = render.delete(post(reach=Reach.PARTNERS, visibility=Visibility.PRIVATE))
    assert (delete["to"], delete["cc"]) == ([FOLLOWERS], [BOB])
    assert delete["object"]["type"] == "Tombstone"
    assert "Hello" not in json.dumps(delete)
    assert render.delete(post())["to"] == [PUBLIC]


def boost(**changed: Any) -> dict[str, Any]:
    ends = {"actor": ACME, "followers": FOLLOWERS, "target": f"{BOB}/statuses/1", "author": BOB}
    return render.announce(f"{ACME}/boosts/1", published=NOW, **(ends | changed))


def test_only_public_posts_are_boosted_outside() -> None:
    assert (boost()["to"], boost()["cc"]) == ([PUBLIC], [FOLLOWERS, BOB])
    assert boost(visibility=Visibility.UNLISTED)["cc"] == [PUBLIC, BOB]
    for narrow in ({"reach": Reach.PARTNERS}, {"visibility": Visibility.PRIVATE}):
        with pytest.raises(errors.Forbidden):
            boost(**narrow)


def test_an_answer_carries_the_whole_follow() -> None:
    follow = render.follow(f"{BOB}#follow", actor=BOB, target=ACME)
    for answer in (render.accept, render.reject):
        given = answer(f"{ACME}#a/1", follow_uri=f"{BOB}#follow", follower=BOB, target=ACME)
        assert (given["actor"], given["to"]) == (ACME, [BOB])
        assert given["object"] == {name: follow[name] for name in ("id", "type", "actor", "object")}


@pytest.mark.parametrize(
    "original",
    [
        render.follow(f"{ACME}#follow", actor=ACME, target=BOB),
        render.like(f"{ACME}#like", actor=ACME, target=f"{BOB}/1", author=BOB),
        boost(),
    ],
    ids=lambda original: original["type"],
)
def test_an_undo_embeds_what_it_takes_back_before_the_same_people(original: dict[str, Any]) -> None:
    undo = render.undo(original)
    assert undo["object"] == {key: value for key, value in original.items() if key != "@context"}
    assert (undo["to"], undo["cc"]) == (original["to"], original["cc"])
    assert read_activity(undo, signer=ACME).object_id == original["id"]


def test_every_document_names_plain_activitystreams() -> None:
    page = render.page(f"{ACME}/outbox?page=1", part_of=f"{ACME}/outbox", items=[])
    documents = [render.create(post()), render.with_context(render.note(post())), page]
    for document in documents:
        assert ACTIVITYSTREAMS in document["@context"]


def test_a_page_holds_its_items_bare_and_links_only_where_there_is_more() -> None:
    create = render.create(post())
    page = render.page(
        f"{ACME}/outbox?page=1",
        part_of=f"{ACME}/outbox",
        items=[create, f"{BOB}/1"],
        next_page=f"{ACME}/outbox?max=7",
    )
    assert page["orderedItems"][1] == f"{BOB}/1"
    assert "@context" not in page["orderedItems"][0]
    assert page["next"] == f"{ACME}/outbox?max=7"
    assert "prev" not in page
