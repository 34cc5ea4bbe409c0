"""How far may this post travel?  From what was typed, what the menu said, and who writes.

Spec: product.md "Reach" and "Crossing reaches".  A refusal is a value with one plain sentence.
"""

from dataclasses import dataclass

from fedi.model.account import Account, Kind
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Release, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the author asked for.  `word` was typed in the first line, `param` sent beside it.

    `outsiders`: hosts of the people outside that the text names.
    """

    visibility: Visibility
    word: Reach | None = None
    word_domains: tuple[str, ...] | None = None
    param: Reach | None = None
    param_domains: tuple[str, ...] | None = None
    outsiders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    reach: Reach
    domains: tuple[str, ...] | None
    visibility: Visibility
    rule: str


@dataclass(frozen=True, slots=True)
class Declined:
    rule: str
    say: str


Answer = Chosen | Declined

NAMES = {Reach.INTERNAL: "colleagues", Reach.PARTNERS: "partners", Reach.PUBLIC: "everyone"}


def choose(author: Account, wish: Wish, parent: Status | None) -> Answer:
    if wish.word and wish.param and wish.word is not wish.param:
        return Declined("word_and_reach_disagree", "The first line and the reach sent disagree.")
    if wish.visibility is Visibility.DIRECT:
        return _direct(author, wish)
    wanted = wish.word or wish.param
    if wanted is None:
        return _by_default(author, wish, parent)
    return _asked(author, wish, wanted, parent)


def shown_visibility(status: Status) -> Visibility:
    """What the API returns: the globe (`public`) always means the open internet."""
    if status.release is Release.WAITING:
        return Visibility.DIRECT
    if status.reach is Reach.INTERNAL and status.visibility is Visibility.PUBLIC:
        return Visibility.UNLISTED
    if status.reach is Reach.PARTNERS and status.visibility.open:
        return Visibility.PRIVATE
    return status.visibility


def may_boost(author: Account, status: Status) -> Answer:
    """An internal post is boosted inside only; a partner post never outward (W-3)."""
    if status.visibility is Visibility.DIRECT:
        return Declined("boost_of_direct", "A direct message cannot be boosted.")
    if status.visibility is Visibility.PRIVATE and status.author_id != author.id:
        return Declined("boost_of_private", "A post for followers cannot be boosted.")
    if status.release is Release.WAITING or (
        status.release is not Release.RELEASED and not author.inside_persona
    ):
        return Declined("boost_too_early", "This post is not out yet. Boost it once it is.")
    if status.reach is not Reach.PUBLIC or author.inside_persona:
        return Chosen(Reach.INTERNAL, None, Visibility.PUBLIC, "boost_inside")
    return Chosen(Reach.PUBLIC, None, Visibility.PUBLIC, "boost_outside")


def _direct(author: Account, wish: Wish) -> Answer:
    if wish.word in (Reach.PUBLIC, Reach.PARTNERS) or wish.param is Reach.PUBLIC:
        return _narrow_menu(wish.word or Reach.PUBLIC)
    internal = Reach.INTERNAL in (wish.word, wish.param)
    if internal or not wish.outsiders:
        return Chosen(Reach.INTERNAL, None, Visibility.DIRECT, "direct_inside")
    if author.inside_persona and not author.outside_direct:
        return Declined(
            "direct_needs_grant",
            "You may not write to people outside the company. An admin can allow it.",
        )
    return Chosen(Reach.PARTNERS, wish.outsiders, Visibility.DIRECT, "direct_outside")


def _by_default(author: Account, wish: Wish, parent: Status | None) -> Answer:
    if parent is not None:
        return _inherited(author, wish, parent)
    if author.require_word:
        return Declined(
            "word_required", "Start the first line with @public, @partners or @internal."
        )
    return _placed(author, wish, author.default_reach, None, "default_reach")


def _inherited(author: Account, wish: Wish, parent: Status) -> Answer:
    if author.inside_persona or parent.reach is Reach.INTERNAL:
        rule = "side_comment" if parent.reach is not Reach.INTERNAL else "reply_inside"
        return _placed(author, wish, Reach.INTERNAL, None, rule)
    reach = parent.reach.narrowest(author.max_reach)
    domains = None if parent.reach_domains is None else tuple(parent.reach_domains)
    return _placed(author, wish, reach, domains, "reply_inherits")


def _asked(author: Account, wish: Wish, wanted: Reach, parent: Status | None) -> Answer:
    if wanted.rank > author.max_reach.rank:
        return Declined("reach_needs_grant", f"You may not post to {NAMES[wanted]}.")
    if parent is not None and wanted.rank > parent.reach.rank:
        return Declined("reply_wider", "A reply never reaches further than what it answers.")
    domains = wish.word_domains if wish.word else wish.param_domains
    if wanted is Reach.PUBLIC and not wish.visibility.open:
        return _narrow_menu(wanted)
    if wanted is Reach.PARTNERS and parent is not None and parent.reach_domains is not None:
        inherited = tuple(parent.reach_domains)
        domains = inherited if domains is None else tuple(d for d in domains if d in inherited)
    return _placed(author, wish, wanted, domains, "reach_asked")


def _placed(
    author: Account, wish: Wish, reach: Reach, domains: tuple[str, ...] | None, rule: str
) -> Answer:
    """Bring menu and reach together: Followers of an outside persona means partners."""
    visibility = wish.visibility
    if reach is Reach.PUBLIC and visibility is Visibility.PRIVATE:
        reach = Reach.PARTNERS
    if reach is Reach.PARTNERS and author.kind is Kind.COMPANY:
        visibility = Visibility.PUBLIC
    return Chosen(reach, domains if reach is Reach.PARTNERS else None, visibility, rule)


def _narrow_menu(word: Reach) -> Declined:
    return Declined(
        "menu_narrower_than_word",
        f"The visibility menu is narrower than {NAMES[word]}: choose Public there as well.",
    )
