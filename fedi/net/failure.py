"""Why another server could not be read: a word for our logs, never for the asker."""

import time
from collections import OrderedDict

from fedi import errors


class Failure(errors.Unreachable):
    """One request that came to nothing.

    `reason` is for logs and the delivery log: "refused url", "refused address", "policy", "dns",
    "connect", "tls name", "tls", "timeout", "too large", "redirect", "bad response", "bad request";
    from fedi.activitypub.client also "status 503", "wrong type", "wrong host", "wrong id",
    "wrong author", "bad document", "webfinger".  The low-level error, if any, is `__cause__`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def lasting(self) -> bool:
        """Worth remembering: asking again at once would fail again.

        Not our own policy, which an administrator may change this second, and not a status, since
        the second knock with the other kind of signature must get through (S-11).
        """
        return self.reason != "policy" and not self.reason.startswith("status ")


class Failures:
    """URLs that failed a short while ago, so that a hostile post cannot make us ask in a loop."""

    def __init__(self, ttl: float = 300.0, most: int = 10_000) -> None:
        self._ttl, self._most = ttl, most
        self._until: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def check(self, url: str) -> None:
        """Raise the Failure that `url` ended in, if that was less than `ttl` seconds ago."""
        until, reason = self._until.get(url, (0.0, ""))
        if until > time.monotonic():
            raise Failure(reason)

    def add(self, url: str, failure: Failure) -> None:
        """Remember `failure` if it is a lasting one; the oldest is forgotten first."""
        if not failure.lasting:
            return
        self._until[url] = (time.monotonic() + self._ttl, failure.reason)
        self._until.move_to_end(url)
        if len(self._until) > self._most:
            self._until.popitem(last=False)
