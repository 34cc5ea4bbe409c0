"""What other processes hear after a commit: kinds and ids, never content."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    STATUS = "status"  # a new status: `id`
    EDIT = "edit"
    DELETE = "delete"  # `to`: who had it at home
    NOTIFICATION = "notification"  # `to`: whose
    FILTERS = "filters"  # `to`: whose changed
    REVOKED = "revoked"  # `to`: humans whose tokens must be looked at again
    POLICY = "policy"  # mode or peers changed
    INBOUND = "inbound"  # wake the inbox worker
    DELIVERY = "delivery"  # wake the courier
    MEDIA = "media"  # forget cached answers about media


class Event(msgspec.Struct, frozen=True, array_like=True):
    kind: Kind
    id: int = 0
    to: tuple[int, ...] = ()
