"""Which scopes there are, and who may be given which.

Spec: docs.joinmastodon.org/api/oauth-scopes
"""

from collections.abc import Sequence

from fedi.errors import Invalid
from fedi.model.account import Account, Role
from fedi.model.token import covers

DEFAULT = ("read",)  # what Mastodon gives a client that asks for nothing
EVERYDAY = ("read", "write", "follow", "push")

_READ = (
    "accounts blocks bookmarks collections favourites filters follows lists mutes notifications"
    " search statuses"
)
_WRITE = (
    "accounts blocks bookmarks collections conversations favourites filters follows lists media"
    " mutes notifications reports statuses"
)
_ADMIN = (
    "accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks"
    " canonical_email_blocks"
)
KNOWN = (
    "profile",
    *EVERYDAY,
    *(f"read:{what}" for what in _READ.split()),
    *(f"write:{what}" for what in _WRITE.split()),
    *(f"admin:{deed}" for deed in ("read", "write")),
    *(f"admin:{deed}:{what}" for deed in ("read", "write") for what in _ADMIN.split()),
)
_KNOWN = frozenset(KNOWN)
_MAY_ADMINISTER = frozenset((Role.MODERATOR, Role.ADMIN))


def parse(text: str) -> list[str]:
    """In the order given, once each.  Raises Invalid for one that nobody knows.

    >>> parse("read write read")
    ['read', 'write']
    """
    scopes = list(dict.fromkeys(text.split())) or list(DEFAULT)
    if unknown := [scope for scope in scopes if scope not in _KNOWN]:
        raise Invalid(f"The scope {unknown[0][:40]} does not exist")
    return scopes


def within(asked: Sequence[str], held: Sequence[str]) -> bool:
    """Is all that is asked for in what the application registered for?"""
    return all(any(covers(one, scope) for one in held) for scope in asked)


def grantable(asked: Sequence[str], *, account: Account, human: Account) -> list[str]:
    """Without the admin scopes, unless a moderator or admin acts as themself."""
    if account.id == human.id and human.role in _MAY_ADMINISTER:
        return list(asked)
    return [scope for scope in asked if not scope.startswith("admin")]
