"""The post inside a Create or an Update, if its sender may speak for it."""

from fedi.actions.arrivals import Arrival
from fedi.activitypub.shapes import Note, read_note
from fedi.activitypub.vocab import same_host
from fedi.inbox.handlers.arrived import Arrived


def arrival(one: Arrived) -> Arrival | None:
    """None: it is no post, or not the sender's own (O-1): then the embed proves nothing."""
    note = read_note(one.activity.embed, received=one.received_at, activity=one.activity)
    if note is None or note.is_vote or not _own(note, one):
        return None
    to = frozenset([*note.to, *note.cc, *one.activity.to, *one.activity.cc])
    return Arrival(note, one.sender, to, one.received_at)


def _own(note: Note, one: Arrived) -> bool:
    return note.attributed_to == one.sender.uri and same_host(note.id, one.sender.uri)
