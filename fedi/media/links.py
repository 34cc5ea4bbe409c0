"""Where pictures are loaded from.  Clients send no token for them, so the address is the right.

Spec: product.md "Nothing else leaks" (media)
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

from fedi.model.account import Account

Variant = Literal["original", "small"]
Portrait = Literal["avatar", "header"]

ANYBODY = 0  # the viewer of an address that was made for somebody who is not signed in
WEEKS = 3  # this one and two before: an address lives 14 days at least, 21 at most
_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses under `origin`.  `secret`: 16 to 64 bytes, the same in every process."""

    secret: bytes = field(repr=False)
    origin: str

    def attachment(
        self, media_id: int, variant: Variant, viewer: int | None, *, now: datetime
    ) -> str:
        """Constant per (media, viewer, ISO week), so that clients' caches hold it."""
        week, who = _week(now), viewer or ANYBODY
        mac = self._mac(week, who, media_id, variant)
        return f"{self.origin}/media/{week}/{who}/{mac}/{media_id}/{variant}"

    def check(
        self, week: str, viewer: int, mac: str, media_id: int, variant: str, *, now: datetime
    ) -> bool:
        """Did we make this address, lately?  What the viewer may see is for the caller to ask."""
        right = self._mac(week, viewer, media_id, variant)
        recent = {_week(now - timedelta(weeks=ago)) for ago in range(WEEKS)}
        return hmac.compare_digest(right.encode(), mac.encode()) and week in recent

    def public(self, key: str) -> str:
        """The plain, cacheable address of a file of a post that everybody may read."""
        return f"{self.origin}/media/public/{key}"

    def portrait(self, account: Account, kind: Portrait) -> str:
        return portrait(self.origin, account, kind)

    def _mac(self, week: str, viewer: int, media_id: int, variant: str) -> str:
        text = f"{week}/{viewer}/{media_id}/{variant}"
        digest = blake2b(text.encode(), key=self.secret, digest_size=_MAC_BYTES).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def portrait(origin: str, account: Account, kind: Portrait) -> str:
    """An avatar or header.  Remote ones too come through us, or their server sees who reads."""
    own = account.avatar if kind == "avatar" else account.header
    remote = account.avatar_remote if kind == "avatar" else account.header_remote
    if (own is None and remote is None) or account.suspended_at is not None:
        return f"{origin}/media/missing/{kind}.png"
    return f"{origin}/media/accounts/{account.id}/{kind}/{own or version_of(remote or '')}"


def version_of(remote_url: str) -> str:
    """Names a remote picture in our address; a new picture gets a new one."""
    return blake2b(remote_url.encode(), digest_size=_MAC_BYTES).hexdigest()


def _week(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year}w{week:02}"
