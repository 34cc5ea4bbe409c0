"""What a client asks for when it sends somebody to sign in.

Spec: RFC 6749, 4.1.1; RFC 7636, 4.3
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fedi.auth import scopes
from fedi.auth.applications import OOB, may_return_to
from fedi.auth.refusals import BadResponseType, BadScope, OAuthRefusal
from fedi.errors import Invalid
from fedi.model.token import Application
from fedi.store import Conn, tokens

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class UnknownClient(Invalid):
    """Told to people on a page: who asked is unknown, so there is nowhere to send them back to."""


@dataclass(frozen=True, slots=True)
class Return:
    """Where the answer goes."""

    application: Application
    uri: str
    state: str | None

    @property
    def shown(self) -> bool:
        """The answer is a page: somebody copies the code into a program."""
        return self.uri == OOB

    def url(self, **answer: str) -> str:
        """The redirect URI, untouched, with the answer behind it."""
        if self.state is not None:
            answer["state"] = self.state
        return f"{self.uri}{'&' if '?' in self.uri else '?'}{urlencode(answer)}"


@dataclass(frozen=True, slots=True)
class Asked:
    scopes: list[str]
    challenge: str | None


async def who(conn: Conn, query: Mapping[str, str]) -> Return:
    """Raises UnknownClient."""
    client_id = query.get("client_id", "").replace("\x00", "")
    found = await tokens.application(conn, client_id)
    if found is None:
        raise UnknownClient("This app is not known here. Add your account in the app once more.")
    uri = query.get("redirect_uri", "")
    if not may_return_to(found[0], uri):
        raise UnknownClient("The app wants to be answered at an address that it never registered.")
    return Return(found[0], uri, query.get("state"))


def what(query: Mapping[str, str], application: Application) -> Asked:
    """Raises OAuthRefusal."""
    if query.get("response_type") != "code":
        raise BadResponseType
    return Asked(_scopes(query.get("scope", ""), application), _challenge(query))


def _scopes(text: str, application: Application) -> list[str]:
    try:
        wanted = scopes.parse(text)
    except Invalid as error:
        raise BadScope(error.say) from None
    if not scopes.within(wanted, application.scopes):
        raise BadScope("The app asks for more than it registered for.")
    return wanted


def _challenge(query: Mapping[str, str]) -> str | None:
    challenge = query.get("code_challenge")
    if not challenge:
        return None
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise OAuthRefusal("The code challenge method must be S256.")
    return challenge
