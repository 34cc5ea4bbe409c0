"""Articles, pages, videos and events become posts: G-3."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fedi.activitypub.shapes import Note, read_note
from fedi.activitypub.vocab import Activity, read_activity

VECTORS = Path(__file__).parents[1] / "wire" / "vectors"
NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
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


def test_a_wordpress_article_becomes_title_teaser_and_link() -> None:
    note = note_of("ok/wordpress-create-article.json")
    assert note.title == "Partner news: Q3 – results"
    assert "Short teaser and link" in note.content
    assert "https://wp.partner.example/q3-results/" in note.content
    assert note.summary == ""  # a teaser is no content warning
    assert note.attachments[0].url == (
        "https://wp.partner.example/wp-content/a.png?fit=980%2C980&ssl=1"
    )


def test_a_lemmy_page_inside_an_announce_is_leos() -> None:
    create = sent("ok/lemmy-announce-create-page.json").embed
    assert create
    note = read_note(create["object"], received=NOW)
    assert note
    assert (note.attributed_to, note.title) == (
        "https://lm.partner.example/u/leo",
        "New widget specs",
    )
    assert (note.attachments, note.language) == ([], "en")


def test_a_peertube_video_is_the_persons_with_page_and_widest_thumbnail() -> None:
    note = read_note(raw("remote/peertube-video.json"), received=NOW)
    assert note
    assert note.attributed_to == "https://pt.partner.example/accounts/petra"
    assert note.url == "https://pt.partner.example/videos/watch/v1"
    assert [picture.url for picture in note.attachments] == ["https://pt.partner.example/t/l.jpg"]


def test_an_event_says_when_and_where() -> None:
    content = note_of("ok/mobilizon-create-event.json").content
    assert "Partner day" in content
    assert "2026-12-01T19:00:00+00:00 – 2026-12-01T21:00:00+00:00, Hall 3" in content


def test_a_title_cannot_open_a_tag() -> None:
    uri = "https://e.example/1"
    body = {"id": uri, "type": "Article", "attributedTo": uri, "name": "&lt;script&gt;"}
    note = read_note(body | {"url": 'https://e.example/"><script>'}, received=NOW)
    assert note
    assert note.title == "<script>"
    assert "<script" not in note.content
