"""What a scope lets an app do, in words."""

from collections.abc import Sequence

_WORDS = {
    "read": "Read what you can read: timelines, messages, notifications, settings",
    "write": "Post, favourite, upload and change things for you",
    "follow": "Follow, mute and block for you",
    "push": "Tell your device when something happens",
    "profile": "See your name and picture",
    "admin:read": "Read what moderators and admins can read",
    "admin:write": "Moderate and administer for you",
}
_DEEDS = {"read": "Read your", "write": "Change your"}


def rights(scopes: Sequence[str]) -> list[str]:
    """One line a scope, the broad ones first.

    >>> rights(["read:lists", "push"])
    ['Tell your device when something happens', 'Read your lists']
    """
    broad = [_WORDS[scope] for scope in _WORDS if scope in scopes]
    return broad + [_narrow(scope) for scope in scopes if scope not in _WORDS]


def _narrow(scope: str) -> str:
    *_, deed, what = scope.split(":")
    where = "Administration: " if scope.startswith("admin:") else ""
    thing = what.replace("_", " ")
    return f"{where}{deed} {thing}" if where else f"{_DEEDS[deed]} {thing}"
