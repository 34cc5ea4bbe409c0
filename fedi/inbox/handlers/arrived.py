"""What a handler gets: an activity with its proven sender."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.activitypub.vocab import Activity
from fedi.model.account import Account
from fedi.store import Conn
from fedi.store.outside import Site


@dataclass(frozen=True, slots=True)
class Arrived:
    sender: Account
    activity: Activity
    received_at: datetime


Handler = Callable[[Conn, Site, Sequence[Arrived]], Awaitable[None]]
