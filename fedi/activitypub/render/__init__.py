"""The documents that leave: plain dicts, one pure function each.

Spec: federation.md C-1, sections 2, 6, 7, 8, 10; D-1 to D-9
Sends: nothing itself; what it returns is for `documents/` and `outbox/`
"""

from fedi.activitypub.render.activities import (
    accept,
    announce,
    create,
    delete,
    delete_actor,
    follow,
    like,
    reject,
    undo,
    update,
    update_actor,
)
from fedi.activitypub.render.actors import Picture, actor, instance_actor
from fedi.activitypub.render.collections import collection, page
from fedi.activitypub.render.discovery import (
    host_meta,
    host_meta_xml,
    nodeinfo,
    nodeinfo_links,
    webfinger,
)
from fedi.activitypub.render.notes import Attached, Hashtag, Mention, Post, note, with_context

__all__ = [
    "Attached",
    "Hashtag",
    "Mention",
    "Picture",
    "Post",
    "accept",
    "actor",
    "announce",
    "collection",
    "create",
    "delete",
    "delete_actor",
    "follow",
    "host_meta",
    "host_meta_xml",
    "instance_actor",
    "like",
    "nodeinfo",
    "nodeinfo_links",
    "note",
    "page",
    "reject",
    "undo",
    "update",
    "update_actor",
    "webfinger",
    "with_context",
]
