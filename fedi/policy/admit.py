"""May this come in from that server?  Asked before any crypto, fetch or parsing of a body (P-2).

Spec: federation.md P-2, P-6, P-7, L-1, L-3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.model.peer import Standing
from fedi.policy import hosts
from fedi.policy.verdict import Rule, Verdict, judge

PASSES_SUSPENSION = frozenset({"Delete", "Reject", "Undo", "Update"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One activity at the door.  `suspended`: we suspended its signer."""

    type: str
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """What `store.inbound.add` demands: only `admit` makes one."""

    host: str
    signer: str
    activity_id: str
    type: str
    object_uri: str
    body: bytes


def signer_suspended(incoming: Incoming) -> bool:
    """Its author is suspended here: only taking things back is accepted."""
    return incoming.suspended and incoming.type not in PASSES_SUSPENSION


HOST_RULES: Sequence[Rule[Standing]] = (*hosts.KNOWN, hosts.out_only)
ACTIVITY_RULES: Sequence[Rule[Incoming]] = (signer_suspended,)


def host(standing: Standing) -> Verdict:
    """May this host send us anything, or be fetched from?"""
    return judge(HOST_RULES, standing)


def activity(incoming: Incoming) -> Verdict:
    return judge(ACTIVITY_RULES, incoming)
