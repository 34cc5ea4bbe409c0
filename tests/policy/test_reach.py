"""How far a post travels: the sentences of the reach model, one by one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedi.actions.people import local_account
from fedi.config import load
from fedi.model.account import Account, Kind
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Release, Status
from fedi.policy.reach import Chosen, Declined, Wish, choose, may_boost, shown_visibility

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
INTERNAL, PARTNERS, PUBLIC = Reach.INTERNAL, Reach.PARTNERS, Reach.PUBLIC


def author(**more: Any) -> Account:
    from msgspec.structs import replace  # noqa: PLC0415 - only here

    settings = load({"FEDI_URL": "https://acme.example"})
    account = local_account(settings, "alice", Kind.EMPLOYEE, "https://acme.example/ap/1", NOW)
    return replace(account, **more)


EMPLOYEE = author()
GRANTED = author(max_reach=PUBLIC)
COMPANY = author(kind=Kind.COMPANY, max_reach=PUBLIC, default_reach=PUBLIC)
OUTSIDE = author(max_reach=PUBLIC, default_reach=PUBLIC)


def status(**more: Any) -> Status:
    facts: dict[str, Any] = {
        "id": 1,
        "uri": "https://acme.example/ap/objects/1",
        "url": None,
        "author_id": 99,
        "local": True,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "conversation_id": 1,
        "reblog_of_id": None,
        "visibility": Visibility.PUBLIC,
        "reach": INTERNAL,
        "reach_domains": None,
        "release": Release.RELEASED,
        "held_until": None,
        "revision": 1,
        "content": "",
        "source": "",
        "spoiler_text": "",
        "sensitive": False,
        "language": None,
        "written_by": None,
        "application_id": None,
        "created_at": NOW,
        "edited_at": None,
    }
    return Status(**{**facts, **more})


def chosen(who: Account, wish: Wish, parent: Status | None = None) -> tuple[Reach, Visibility]:
    answer = choose(who, wish, parent)
    assert isinstance(answer, Chosen), answer
    return answer.reach, answer.visibility


def declined(who: Account, wish: Wish, parent: Status | None = None) -> str:
    answer = choose(who, wish, parent)
    assert isinstance(answer, Declined), answer
    assert answer.say.endswith((".", "well."))
    return answer.rule


@pytest.mark.parametrize("menu", list(Visibility))
def test_without_a_word_nothing_an_employee_writes_leaves(menu: Visibility) -> None:
    assert chosen(EMPLOYEE, Wish(visibility=menu)) == (INTERNAL, menu)


def test_a_word_needs_its_grant() -> None:
    wish = Wish(visibility=Visibility.PUBLIC, word=PUBLIC)
    assert declined(EMPLOYEE, wish) == "reach_needs_grant"
    assert chosen(GRANTED, wish) == (PUBLIC, Visibility.PUBLIC)


@pytest.mark.parametrize("menu", [Visibility.PRIVATE, Visibility.DIRECT])
def test_a_menu_narrower_than_the_word_is_refused(menu: Visibility) -> None:
    rule = declined(GRANTED, Wish(visibility=menu, word=PUBLIC))
    assert rule == "menu_narrower_than_word"


def test_named_partners_stay_named() -> None:
    wish = Wish(visibility=Visibility.PUBLIC, word=PARTNERS, word_domains=("globex.example",))
    answer = choose(GRANTED, wish, None)
    assert isinstance(answer, Chosen)
    assert (answer.reach, answer.domains) == (PARTNERS, ("globex.example",))


def test_a_company_is_the_mirror() -> None:
    assert chosen(COMPANY, Wish(visibility=Visibility.PUBLIC)) == (PUBLIC, Visibility.PUBLIC)
    assert chosen(COMPANY, Wish(visibility=Visibility.PRIVATE))[0] is PARTNERS
    inside = Wish(visibility=Visibility.PUBLIC, word=INTERNAL)
    assert chosen(COMPANY, inside)[0] is INTERNAL


def test_a_company_may_require_the_word() -> None:
    strict = author(kind=Kind.COMPANY, max_reach=PUBLIC, default_reach=PUBLIC, require_word=True)
    assert declined(strict, Wish(visibility=Visibility.PUBLIC)) == "word_required"
    assert chosen(strict, Wish(visibility=Visibility.PUBLIC, word=PUBLIC))[0] is PUBLIC


def test_an_inside_persona_answers_outside_posts_with_a_side_comment() -> None:
    wish = Wish(visibility=Visibility.PUBLIC)
    parent = status(reach=PUBLIC, local=False)
    answer = choose(GRANTED, wish, parent)
    assert isinstance(answer, Chosen)
    assert (answer.reach, answer.rule) == (INTERNAL, "side_comment")
    assert chosen(COMPANY, wish, parent)[0] is PUBLIC


@pytest.mark.parametrize("who", [GRANTED, COMPANY, OUTSIDE])
@pytest.mark.parametrize("parent_reach", list(Reach))
@pytest.mark.parametrize("word", [None, *Reach])
@pytest.mark.parametrize("menu", list(Visibility))
def test_a_reply_never_reaches_further_than_its_parent(
    who: Account, parent_reach: Reach, word: Reach | None, menu: Visibility
) -> None:
    answer = choose(who, Wish(visibility=menu, word=word), status(reach=parent_reach))
    if isinstance(answer, Chosen):
        assert answer.reach.rank <= parent_reach.rank


def test_a_direct_to_an_outsider_needs_the_grant_and_names_its_servers() -> None:
    wish = Wish(visibility=Visibility.DIRECT, outsiders=("globex.example",))
    assert declined(EMPLOYEE, wish) == "direct_needs_grant"
    answer = choose(author(outside_direct=True), wish, None)
    assert isinstance(answer, Chosen)
    assert (answer.reach, answer.domains) == (PARTNERS, ("globex.example",))


def test_word_and_reach_that_disagree_are_refused() -> None:
    wish = Wish(visibility=Visibility.PUBLIC, word=PUBLIC, param=INTERNAL)
    assert declined(GRANTED, wish) == "word_and_reach_disagree"


def test_the_globe_means_the_open_internet_and_nothing_else() -> None:
    for reach in Reach:
        for visibility in Visibility:
            shown = shown_visibility(status(reach=reach, visibility=visibility))
            globe = reach is PUBLIC and visibility is Visibility.PUBLIC
            assert (shown is Visibility.PUBLIC) == globe


def test_boosts_never_widen() -> None:
    for who in (EMPLOYEE, GRANTED, COMPANY, OUTSIDE):
        for reach in Reach:
            answer = may_boost(who, status(reach=reach))
            assert isinstance(answer, Chosen)
            assert answer.reach.rank <= reach.rank
    outward = may_boost(COMPANY, status(reach=PUBLIC))
    assert isinstance(outward, Chosen)
    assert outward.reach is PUBLIC
    inside = may_boost(EMPLOYEE, status(reach=PUBLIC))
    assert isinstance(inside, Chosen)
    assert inside.reach is INTERNAL
