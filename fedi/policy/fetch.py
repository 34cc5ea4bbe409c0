"""May this server, or this stranger, read that document?  L-4: 401 unsigned, 403 host, 404 hidden.

A hidden document and an absent one are the same answer, byte for byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from fedi.model.peer import Mode, Standing
from fedi.model.reach import Reach, Visibility
from fedi.policy import hosts
from fedi.policy.verdict import Rule, Verdict, judge


class Answer(Enum):
    SHOW = "show"
    SIGN = "sign"  # 401
    REFUSE = "refuse"  # 403
    HIDE = "hide"  # 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is asked for.  Actors and collections of ours count as public, unless narrowed."""

    account_id: int
    reach: Reach = Reach.PUBLIC
    reach_domains: tuple[str, ...] | None = None
    visibility: Visibility = Visibility.PUBLIC
    addressed: bool = False  # the asking host follows or is mentioned: it may read narrower ones


@dataclass(frozen=True, slots=True)
class Question:
    document: Document
    by: Standing | None  # None: nobody signed
    mode: Mode


def closed(ask: Question) -> bool:
    """Federation is closed: no outsider is answered."""
    return ask.mode is Mode.CLOSED


def unsigned(ask: Question) -> bool:
    """Only signed requests are answered, except for public posts when federation is open."""
    open_public = ask.mode is Mode.OPEN and ask.document.reach is Reach.PUBLIC
    return ask.by is None and not (open_public and ask.document.visibility.open)


def not_offered(ask: Question) -> bool:
    """This peer may not see this account."""
    peer = ask.by.peer if ask.by else None
    return (
        peer is not None
        and peer.accounts is not None
        and ask.document.account_id not in peer.accounts
    )


def names_others(ask: Question) -> bool:
    """It is for named partners, and the asking server is not one of them."""
    domains = ask.document.reach_domains
    return domains is not None and (ask.by is None or ask.by.host not in domains)


def partners_only(ask: Question) -> bool:
    """It is for partners, and the asking server is not one."""
    named = ask.document.reach_domains is not None
    if ask.document.reach is not Reach.PARTNERS or named:
        return False
    return ask.by is None or not hosts.is_partner(ask.by)


def not_addressed(ask: Question) -> bool:
    """It is for followers or for people it names, and none of them is on the asking server."""
    narrow = ask.document.reach is Reach.PARTNERS or not ask.document.visibility.open
    return narrow and not ask.document.addressed


def internal(ask: Question) -> bool:
    """Its reach is internal: outside it does not exist."""
    return ask.document.reach is Reach.INTERNAL


HIDES: Sequence[Rule[Question]] = (
    internal,
    not_offered,
    names_others,
    partners_only,
    not_addressed,
)


def host(by: Standing) -> Verdict:
    """May this host ask at all?  Decided before its signature costs us anything."""
    return judge((*hosts.KNOWN, hosts.in_only), by)


def fetch(document: Document, by: Standing | None, mode: Mode) -> tuple[Answer, Verdict]:
    ask = Question(document, by, mode)
    if closed(ask):
        return Answer.HIDE, judge((closed,), ask)
    if unsigned(ask):
        return Answer.SIGN, judge((unsigned,), ask)
    if by is not None and not (verdict := host(by)).allow:
        return Answer.REFUSE, verdict
    verdict = judge(HIDES, ask)
    return (Answer.SHOW if verdict.allow else Answer.HIDE), verdict
