"""Who is looking: the class of a viewer decides what it may see without being named."""

from dataclasses import dataclass
from enum import StrEnum

from fedi.model.account import Account
from fedi.model.reach import Reach


class Class(StrEnum):
    ANONYMOUS = "anonymous"
    PEER = "peer"
    GUEST = "guest"
    INSIDER = "insider"


FLOOR = {
    Class.ANONYMOUS: Reach.PUBLIC,
    Class.PEER: Reach.PARTNERS,
    Class.GUEST: Reach.PUBLIC,
    Class.INSIDER: Reach.INTERNAL,
}


@dataclass(frozen=True, slots=True)
class Viewer:
    account: Account | None
    kind: Class

    @property
    def id(self) -> int | None:
        return self.account.id if self.account else None

    @property
    def floor(self) -> Reach:
        """The least reach that this class may read by right."""
        return FLOOR[self.kind]


ANONYMOUS = Viewer(None, Class.ANONYMOUS)


def insider(account: Account) -> Viewer:
    return Viewer(account, Class.INSIDER)
