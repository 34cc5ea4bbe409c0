"""May this activity leave for that server?  Every outbound activity is answered here and only here.

Pure: callers bring the facts.  Only `release` makes a `Released`, and the delivery queue accepts
nothing else, so code that skips the door does not type-check.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.model.peer import Standing
from fedi.model.reach import Reach
from fedi.policy import hosts
from fedi.policy.verdict import Rule, Verdict, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One activity about to leave.  `reach_domains` None: every partner."""

    id: str
    type: str
    object_uri: str
    reach: Reach
    reach_domains: tuple[str, ...] | None
    author_id: int
    author_outside: bool  # the author exists outside at all
    released: bool = True  # neither held nor waiting for approval
    withdrawn: bool = False  # deleted, or sent elsewhere, since it was queued


@dataclass(frozen=True, slots=True)
class Released:
    host: str
    inbox: str
    rule: str


@dataclass(frozen=True, slots=True)
class Refused:
    host: str
    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Question:
    parcel: Parcel
    to: Standing


def reach_internal(ask: Question) -> bool:
    """Its reach is internal: it never leaves."""
    return ask.parcel.reach is Reach.INTERNAL


def author_inside_only(ask: Question) -> bool:
    """Its author exists inside only."""
    return not ask.parcel.author_outside


def not_released(ask: Question) -> bool:
    """It is still held, or waits for approval."""
    return not ask.parcel.released


def withdrawn(ask: Question) -> bool:
    """Since it was queued it was deleted, or its reach was changed."""
    return ask.parcel.withdrawn


def account_not_offered(ask: Question) -> bool:
    """This peer may not see this account."""
    peer = ask.to.peer
    return (
        peer is not None and peer.accounts is not None and ask.parcel.author_id not in peer.accounts
    )


def reach_names_others(ask: Question) -> bool:
    """It is for named partners, and this server is not one of them."""
    domains = ask.parcel.reach_domains
    return ask.parcel.reach is Reach.PARTNERS and domains is not None and ask.to.host not in domains


def partners_only(ask: Question) -> bool:
    """It is for partners, and this server is not one."""
    named = ask.parcel.reach_domains is not None  # a Direct names its servers itself
    return ask.parcel.reach is Reach.PARTNERS and not named and not hosts.is_partner(ask.to)


def _of_host(rule: Rule[Standing]) -> Rule[Question]:
    def asked(ask: Question) -> bool:
        return rule(ask.to)

    asked.__name__, asked.__doc__ = rule.__name__, rule.__doc__
    return asked


RULES: Sequence[Rule[Question]] = (
    reach_internal,
    author_inside_only,
    not_released,
    withdrawn,
    *(_of_host(rule) for rule in (*hosts.KNOWN, hosts.in_only)),
    account_not_offered,
    reach_names_others,
    partners_only,
)


def explain(parcel: Parcel, to: Standing) -> Verdict:
    return judge(RULES, Question(parcel, to))


def release(parcel: Parcel, to: Standing, inbox: str) -> Released | Refused:
    verdict = explain(parcel, to)
    if verdict.allow:
        return Released(to.host, inbox, verdict.rule)
    return Refused(to.host, verdict.rule, verdict.because)
