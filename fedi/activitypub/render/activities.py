"""What is pushed to other servers: one function for each activity that we send.

Spec: federation.md section 7 ("Send"), section 8, W-3, L-8
"""

from datetime import datetime

from fedi.activitypub.addressing import audience
from fedi.activitypub.render.moments import stamp
from fedi.activitypub.render.notes import Post, note, with_context
from fedi.activitypub.vocab import Document
from fedi.errors import Forbidden
from fedi.model.reach import Reach, Visibility


def create(post: Post) -> Document:
    """The post with its own audience, so that peers read one visibility from both."""
    body = note(post)
    return _around(body, "Create", f"{body['id']}/activity", published=body["published"])


def update(post: Post) -> Document:
    """The whole post again after an edit; its id differs for each edit."""
    body = note(post)
    edited = post.status.edited_at or post.status.created_at
    return _around(
        body,
        "Update",
        f"{body['id']}#updates/{int(edited.timestamp())}-{post.status.revision}",
        published=stamp(edited),
    )


def update_actor(document: Document, *, to: list[str], cc: list[str], at: datetime) -> Document:
    """The profile again; `document` is what `render.actor` made of it."""
    uri = document["id"]
    return _activity(
        "Update",
        f"{uri}#updates/{int(at.timestamp())}",
        uri,
        {name: value for name, value in document.items() if name != "@context"},
        to=to,
        cc=cc,
    )


def delete(post: Post) -> Document:
    """A tombstone, told to the same audience as the post: Public only if the post was."""
    to, cc = post.audience
    uri = post.status.uri
    tombstone = {"id": uri, "type": "Tombstone", "atomUri": uri}
    return _activity("Delete", f"{uri}#delete", post.author_uri, tombstone, to=to, cc=cc)


def delete_actor(uri: str, *, to: list[str]) -> Document:
    """The account is gone for good: peers drop all that they hold of it."""
    return _activity("Delete", f"{uri}#delete", uri, uri, to=to)


def announce(  # noqa: PLR0913 - a boost has this many ends
    uri: str,
    *,
    actor: str,
    followers: str,
    target: str,
    author: str,
    published: datetime,
    reach: Reach = Reach.PUBLIC,
    visibility: Visibility = Visibility.PUBLIC,
) -> Document:
    """A boost of `target` by `author`; `reach` and `visibility` are the boost's own.

    Forbidden unless it is public: internal and partner posts are never announced (L-8).
    """
    if reach is not Reach.PUBLIC or not visibility.open:
        raise Forbidden("Only public posts are boosted outside")
    to, cc = audience(reach, visibility, followers, [author])
    body = _activity("Announce", uri, actor, target, to=to, cc=cc)
    return body | {"published": stamp(published)}


def like(uri: str, *, actor: str, target: str, author: str) -> Document:
    return _activity("Like", uri, actor, target, to=[author])


def follow(uri: str, *, actor: str, target: str) -> Document:
    """`uri` is kept: Accept and Undo name it."""
    return _activity("Follow", uri, actor, target, to=[target])


def accept(uri: str, *, follow_uri: str, follower: str, target: str) -> Document:
    """`target`, who was asked, says yes.  The Follow goes with it whole: some match by id only."""
    return _answer("Accept", uri, follow_uri, follower, target)


def reject(uri: str, *, follow_uri: str, follower: str, target: str) -> Document:
    """`target` says no, or not any more."""
    return _answer("Reject", uri, follow_uri, follower, target)


def undo(original: Document) -> Document:
    """Takes back what `original` (made by a function of this file) did, before the same people."""
    inner = {name: value for name, value in original.items() if name != "@context"}
    return _activity(
        "Undo",
        f"{inner['id']}/undo",
        inner["actor"],
        inner,
        to=inner.get("to", []),
        cc=inner.get("cc", []),
    )


def _around(body: Document, kind: str, uri: str, *, published: str) -> Document:
    made = _activity(kind, uri, body["attributedTo"], body, to=body["to"], cc=body["cc"])
    return made | {"published": published}


def _answer(kind: str, uri: str, follow_uri: str, follower: str, target: str) -> Document:
    asked = {"id": follow_uri, "type": "Follow", "actor": follower, "object": target}
    return _activity(kind, uri, target, asked, to=[follower])


def _activity(
    kind: str,
    uri: str,
    actor: str,
    target: str | Document,
    *,
    to: list[str],
    cc: list[str] | None = None,
) -> Document:
    return with_context(
        {"id": uri, "type": kind, "actor": actor, "to": to, "cc": cc or [], "object": target}
    )
