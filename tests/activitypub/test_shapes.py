"""Posts of other software are read as their vectors demand: O-4 to O-10, O-13, section 13."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fedi.activitypub.addressing import visibility_of
from fedi.activitypub.shapes import Note, read_note
from fedi.activitypub.vocab import PUBLIC, Activity, read_activity
from fedi.model.reach import Visibility

VECTORS = Path(__file__).parents[1] / "wire" / "vectors"
NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ANA = "https://m.partner.example/users/ana"
P1 = "https://fedi.example/ap/objects/p1"
SIGNERS = {
    vector["file"]: vector["signer"]
    for vector in json.loads((VECTORS / "index.json").read_text())["vectors"]
}


@cache
def raw(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())


def sent(name: str) -> Activity:
    return read_activity(raw(name), signer=SIGNERS[name])


def note_of(name: str) -> Note:
    activity = sent(name)
    note = read_note(activity.embed, received=NOW, activity=activity)
    assert note is not None
    return note


def a_note(**changed: Any) -> Note:
    body = {"id": f"{ANA}/statuses/1", "type": "Note", "attributedTo": ANA} | changed
    note = read_note(body, received=NOW)
    assert note is not None
    return note


def test_several_votes_in_one_create_are_all_there() -> None:
    activity = sent("ok/gts-poll-votes-array.json")
    notes = [read_note(embed, received=NOW, activity=activity) for embed in activity.embeds]
    assert [(note.title, note.is_vote) for note in notes if note] == [
        ("Tea", True),
        ("Coffee", True),
    ]
    assert not note_of("ok/mastodon-create-question.json").is_vote


@pytest.mark.parametrize(
    ("name", "followers", "visibility"),
    [
        ("ok/mastodon-create-note-public.json", f"{ANA}/followers", Visibility.PUBLIC),
        ("ok/mastodon-create-note-private.json", f"{ANA}/followers", Visibility.PRIVATE),
        ("ok/mastodon-create-direct.json", f"{ANA}/followers", Visibility.DIRECT),
        ("ok/gts-create-note-collapsed.json", "https://g.partner.example/x", Visibility.PUBLIC),
        ("ok/misskey-specified.json", None, Visibility.DIRECT),
        ("ok/akkoma-as-public.json", None, Visibility.PUBLIC),
        ("ok/akkoma-bare-public.json", None, Visibility.UNLISTED),
        (
            "ok/akkoma-followers-in-cc.json",
            "https://ak.partner.example/users/aki/followers",
            Visibility.PRIVATE,
        ),
        ("ok/pleroma-chatmessage.json", None, Visibility.DIRECT),
        ("hostile/address-our-followers.json", f"{ANA}/followers", Visibility.DIRECT),
    ],
)
def test_visibility_is_what_the_sender_meant(
    name: str, followers: str | None, visibility: Visibility
) -> None:
    note = note_of(name)
    assert visibility_of(note.to, note.cc, followers) is visibility


def test_a_mastodon_post_keeps_everything_it_carries() -> None:
    note = note_of("ok/mastodon-create-note-public.json")
    assert (note.language, note.hashtags, note.summary) == ("en", ["earnings"], "")
    assert [mention.href for mention in note.mentions] == [
        "https://fedi.example/ap/actors/press-01"
    ]
    assert [emoji.shortcode for emoji in note.emojis] == ["chart"]
    (image,) = note.attachments  # the Link is a card hint
    assert (image.kind, image.width, image.height) == ("image", 1600, 900)
    assert (image.description, image.focus) == ("Bar chart with rising bars", (0.1, -0.25))
    assert image.blurhash == "UBL_:rOpGG-;~qRjWBay0LRjs:j["
    assert note.updated is None


def test_gotosocial_may_collapse_lists_and_put_the_description_in_summary() -> None:
    note = note_of("ok/gts-create-note-collapsed.json")
    assert note.hashtags == ["welcome"]
    assert [attachment.description for attachment in note.attachments] == ["A sloth"]
    assert note.published == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert note.to == [PUBLIC]


def test_an_empty_warning_hides_without_words() -> None:
    note = note_of("ok/misskey-empty-cw.json")
    assert (note.summary, note.sensitive) == ("", True)
    assert not a_note(summary="").sensitive


def test_the_parent_may_be_embedded_and_is_never_oneself() -> None:
    assert note_of("ok/misskey-inline-inreplyto.json").in_reply_to == (
        "https://mk.partner.example/notes/a1"
    )
    assert note_of("ok/akkoma-reply.json").in_reply_to == P1
    assert note_of("hostile/cycle-self-reply.json").in_reply_to is None
    assert note_of("hostile/cycle-two-posts.json").in_reply_to == f"{ANA}/statuses/912"


def test_polls_are_read_as_data() -> None:
    poll = note_of("ok/mastodon-create-question.json").poll
    assert poll
    assert [(option.title, option.votes) for option in poll.options] == [("Mon", 3), ("Tue", 1)]
    assert (poll.multiple, poll.voters, poll.closed) == (False, 4, False)
    assert poll.expires == datetime(2026, 11, 27, 9, tzinfo=UTC)
    endless = note_of("ok/misskey-poll.json").poll
    assert endless
    assert (endless.multiple, endless.expires) == (True, None)


def test_hostile_polls_are_cut_to_size() -> None:
    flood = note_of("hostile/poll-500-options.json").poll
    assert flood
    assert len(flood.options) == 50
    assert max(option.votes for option in flood.options) <= 1_000_000_000
    odd = note_of("hostile/poll-malformed.json").poll
    assert odd
    assert [option.title for option in odd.options] == ["<script>alert(1)</script>", "A"]
    assert (odd.expires, odd.voters, odd.closed) == (None, None, False)
    assert a_note(type="Question", oneOf=[{"name": "only"}]).poll is None


def test_quotes_tell_whether_anybody_was_asked() -> None:
    asked = note_of("ok/mastodon-create-quote-approved.json")
    assert asked.quote == "https://g.partner.example/users/gus/statuses/01GUSPOST"
    assert not asked.quote_is_legacy
    assert asked.quote_authorization == "https://g.partner.example/users/gus/quote_auth/1"
    for name in ("ok/misskey-quote.json", "ok/hollo-create-note-objectlink.json"):
        assert (note_of(name).quote, note_of(name).quote_is_legacy) == (P1, True)
    tag = {"type": "Link", "mediaType": "application/activity+json", "href": P1}
    assert a_note(tag=tag).quote == P1
    assert a_note(tag=tag | {"mediaType": "text/html"}).quote is None


def test_an_edit_is_a_later_date_and_nothing_else() -> None:
    assert note_of("ok/mastodon-update-note.json").updated == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert note_of("ok/peertube-create-comment.json").updated is None
    assert note_of("hostile/dates-invalid.json").updated is None


def test_dates_are_replaced_by_the_receipt_when_wrong_or_far_ahead() -> None:
    for name in ("hostile/dates-invalid.json", "hostile/dates-future.json"):
        assert note_of(name).published == NOW
    soon = a_note(published="2026-11-20T20:00:00Z").published
    assert soon == datetime(2026, 11, 20, 20, tzinfo=UTC)


def test_wrong_types_everywhere_become_defaults() -> None:
    note = note_of("hostile/note-all-wrong-types.json")
    assert (note.content, note.summary, note.sensitive) == ("", "", False)
    assert (note.to, note.cc, note.attachments, note.hashtags) == ([PUBLIC], [], [], [])
    assert note.in_reply_to is None


def test_bad_tags_are_skipped_one_by_one() -> None:
    note = note_of("hostile/tag-wrong-types.json")
    assert [mention.href for mention in note.mentions] == [
        "https://fedi.example/ap/actors/press-01"
    ]
    assert (note.hashtags, note.emojis) == ([], [])


def test_a_mention_without_address_is_kept_by_name_but_not_one_with_a_bad_address() -> None:
    named = a_note(tag={"type": "Mention", "name": "@bob@m.partner.example"})
    assert [(mention.href, mention.name) for mention in named.mentions] == [
        (None, "@bob@m.partner.example")
    ]
    hrefs = [mention.href for mention in note_of("hostile/tag-href-ssrf.json").mentions]
    assert hrefs == ["https://m.partner.example:22/users/x"]


def test_hashtags_are_normalised_once_each() -> None:
    tags = [
        {"type": "Hashtag", "name": name} for name in ("#Ｑ３", "q3", "two words", "x" * 101, "#")
    ]
    assert a_note(tag=tags).hashtags == ["Q3"]


def test_bad_attachments_vanish_and_floods_are_capped() -> None:
    assert note_of("hostile/attachment-bad-urls.json").attachments == []
    assert len(note_of("hostile/attachment-flood.json").attachments) == 16
    assert len(note_of("ok/pixelfed-create-note.json").attachments) == 2
    assert len(note_of("ok/bridgy-create-note-image-string.json").attachments) == 1
    alone = a_note(image="https://br.partner.example/blob/1.jpg").attachments
    assert [attachment.kind for attachment in alone] == ["image"]


def test_floods_of_mentions_and_addresses_are_capped() -> None:
    assert len(note_of("hostile/mention-flood.json").mentions) == 50
    flood = note_of("hostile/audience-flood.json")
    assert len(flood.to) + len(flood.cc) == 2000
    assert PUBLIC in flood.to


def test_absurd_languages_are_unknown() -> None:
    assert note_of("hostile/language-map-abuse.json").language is None
    assert note_of("ok/hollo-create-note-objectlink.json").language == "ko"
    assert a_note(contentMap={"pt-BR": "<p>oi</p>"}).content == "<p>oi</p>"


def test_ids_that_are_no_web_address_make_no_post() -> None:
    for name in ("hostile/id-scheme-did-and-urn.json", "hostile/id-backslash-and-space.json"):
        assert read_note(sent(name).embed, received=NOW) is None
    assert read_note(sent("ok/pixelfed-story.json").embed, received=NOW) is None
    assert read_note(sent("hostile/create-object-is-activity.json").embed, received=NOW) is None
    assert read_note({"id": P1, "type": "Note"}, received=NOW) is None  # by nobody


def test_plain_http_is_for_development_names_only() -> None:
    local = a_note(id="http://acme.localhost:8001/ap/objects/1")
    assert local.id == "http://acme.localhost:8001/ap/objects/1"
    body = {"id": "http://m.partner.example/1", "type": "Note", "attributedTo": ANA}
    assert read_note(body, received=NOW) is None


def test_the_activitys_audience_counts_where_the_object_has_none() -> None:
    context = "https://www.w3.org/ns/activitystreams"
    create = {"@context": context, "type": "Create", "actor": ANA, "to": PUBLIC}
    activity = read_activity(create, signer=ANA)
    bare = {"id": f"{ANA}/1", "type": "Note", "attributedTo": ANA}
    inherited = read_note(bare, received=NOW, activity=activity)
    own = read_note(bare | {"cc": []}, received=NOW, activity=activity)
    assert inherited
    assert inherited.to == [PUBLIC]
    assert own
    assert own.to == []
