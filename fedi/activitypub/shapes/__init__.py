"""What strangers send, made typed and bounded: a wrong type is a default, never an exception.

Spec: federation.md section 6 (O-*), P-10, section 13
"""

from fedi.activitypub.shapes.actor import Actor, Key, read_actor, read_keys
from fedi.activitypub.shapes.attachments import Attachment
from fedi.activitypub.shapes.note import Note, read_note
from fedi.activitypub.shapes.polls import Option, Poll
from fedi.activitypub.shapes.tags import Emoji, Mention
from fedi.activitypub.vocab import id_of

__all__ = [
    "Actor",
    "Attachment",
    "Emoji",
    "Key",
    "Mention",
    "Note",
    "Option",
    "Poll",
    "id_of",
    "read_actor",
    "read_keys",
    "read_note",
]
