"""The post inside a Create or an Update, if its sender may speak for it."""

from fedi.actions import arrivals
from fedi.actions.arrivals import Arrival
from fedi.activitypub.shapes import Note, read_note
from fedi.activitypub.vocab import same_host
from fedi.inbox.handlers.arrived import Arrived


def arrival(one: Arrived) -> Arrival | None:
    """None: it is no post, or not the sender's own (O-1): then the embed proves nothing."""
    note = read_note(one.activity.embed, received=one.received_at, activity=one.activity)
    if note is None or note.is_vote or not _own(note, one):
        return None
    return Arrival(note, one.sender, _named(note, one), one.received_at)


def _named(note: Note, one: Arrived) -> frozenset[str]:
    """Around a post for some, the activity's audience adds nobody; around one for all it may."""
    envelope = [*one.activity.to, *one.activity.cc] if arrivals.open_to_all(note) else []
    return frozenset([*note.to, *note.cc, *envelope])


def _own(note: Note, one: Arrived) -> bool:
    return note.attributed_to == one.sender.uri and same_host(note.id, one.sender.uri)
