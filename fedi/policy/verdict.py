"""The shape of every answer of a door: allowed or not, by which rule, and why in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Verdict:
    allow: bool
    rule: str  # the rule's function name: stable, audited, greppable
    because: str


Facts = TypeVar("Facts")
Rule = Callable[[Facts], bool]  # True: refuse.  Its docstring is what people read.

ALLOWED = "allowed"


def judge(rules: Sequence[Rule[Facts]], facts: Facts) -> Verdict:
    """Read the table top to bottom; the first rule that refuses gives the verdict."""
    for refuses in rules:
        if refuses(facts):
            return Verdict(False, refuses.__name__, (refuses.__doc__ or "").strip())
    return Verdict(True, ALLOWED, "No rule refuses it.")
