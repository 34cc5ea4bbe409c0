"""The streams that a socket may listen to, and which of them a status is in.

Spec: docs.joinmastodon.org/methods/streaming
"""

from dataclasses import dataclass

from fedi.errors import Invalid
from fedi.model.reach import Visibility
from fedi.store.hearers import Topic

USER, NOTIFICATIONS, DIRECT = "user", "user:notification", "direct"
PUBLIC = frozenset(
    {
        "public",
        "public:media",
        "public:local",
        "public:local:media",
        "public:remote",
        "public:remote:media",
    }
)
TAGGED = frozenset({"hashtag", "hashtag:local"})
LONGEST_TAG = 256


@dataclass(frozen=True, slots=True)
class Channel:
    """One stream; `tag` in lower case where it has one."""

    name: str
    tag: str | None = None

    @property
    def label(self) -> list[str]:
        """How frames name it."""
        return [self.name] if self.tag is None else [self.name, self.tag]

    @property
    def scope(self) -> str:
        return "read:notifications" if self.name == NOTIFICATIONS else "read:statuses"

    def carries(self, topic: Topic) -> bool:
        """Whether what everybody inside may read is in it; homes are asked of the store."""
        status = topic.status
        if status.visibility is not Visibility.PUBLIC:
            return False
        if self.tag is not None:
            return self.tag in topic.tags and (self.name == "hashtag" or status.local)
        if self.name not in PUBLIC or status.reblog_of_id is not None:
            return False
        side = self.name.split(":")
        return (
            ("local" not in side or status.local)
            and ("remote" not in side or not status.local)
            and ("media" not in side or topic.media)
        )


def channel(name: str, tag: str = "", *, only_media: bool = False) -> Channel:
    """Raises Invalid for a stream that we do not have, lists among them."""
    if name in TAGGED:
        return _tagged(name, tag)
    if only_media and f"{name}:media" in PUBLIC:
        return Channel(f"{name}:media")
    if name in (USER, NOTIFICATIONS, DIRECT) or name in PUBLIC:
        return Channel(name)
    raise Invalid("Unknown stream type")


def _tagged(name: str, tag: str) -> Channel:
    word = tag.strip().removeprefix("#").lower()
    if not word or len(word) > LONGEST_TAG:
        raise Invalid("Invalid hashtag")
    return Channel(name, word)
