"""How far a post may travel (reach) and who among those may read it (visibility)."""

from enum import StrEnum


class Reach(StrEnum):
    INTERNAL = "internal"
    PARTNERS = "partners"
    PUBLIC = "public"

    @property
    def rank(self) -> int:
        return _RANK[self]

    def widest(self, other: "Reach") -> "Reach":
        return max(self, other, key=lambda reach: reach.rank)

    def narrowest(self, other: "Reach") -> "Reach":
        return min(self, other, key=lambda reach: reach.rank)


_RANK = {Reach.INTERNAL: 0, Reach.PARTNERS: 1, Reach.PUBLIC: 2}


class Visibility(StrEnum):
    """Mastodon's four values; there is no fifth, because several clients fail to decode one."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"
    DIRECT = "direct"

    @property
    def open(self) -> bool:
        """Readable without following or being mentioned."""
        return self in (Visibility.PUBLIC, Visibility.UNLISTED)
