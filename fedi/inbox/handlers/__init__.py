"""What fedi does with each kind of activity.  A type that is not in this table does nothing."""

from collections.abc import Mapping

from fedi.inbox.handlers import (
    accept,
    announce,
    block,
    create,
    delete,
    follow,
    like,
    reject,
    undo,
    update,
)
from fedi.inbox.handlers.arrived import Arrived, Handler

__all__ = ["HANDLERS", "UNDOABLE", "Arrived", "Handler"]

HANDLERS: Mapping[str, Handler] = {
    "Accept": accept.handle,
    "Announce": announce.handle,
    "Block": block.handle,
    "Create": create.handle,
    "Delete": delete.handle,
    "EmojiReact": like.handle,
    "Follow": follow.handle,
    "Like": like.handle,
    "Reject": reject.handle,
    "Undo": undo.handle,
    "Update": update.handle,
}

UNDOABLE = frozenset({"Announce", "Block", "EmojiReact", "Follow", "Like"})
