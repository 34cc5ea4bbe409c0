"""Who a post is addressed to, and what an address means: federation.md section 8, W-1, X-1."""

import pytest

from fedi import errors
from fedi.activitypub.addressing import (
    addressed_actors,
    audience,
    reach_of,
    reaches_followers,
    visibility_of,
)
from fedi.activitypub.vocab import PUBLIC
from fedi.model.reach import Reach, Visibility

FOLLOWERS = "https://fedi.example/ap/actors/press-01/followers"
BOB = "https://m.partner.example/users/bob"
CAROL = "https://g.partner.example/users/carol"


@pytest.mark.parametrize("visibility", Visibility)
def test_an_internal_post_has_no_audience(visibility: Visibility) -> None:
    with pytest.raises(errors.Forbidden):
        audience(Reach.INTERNAL, visibility, FOLLOWERS, [BOB])
    assert audience(Reach.PUBLIC, visibility, FOLLOWERS, [BOB])  # the control


@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        (Visibility.PUBLIC, [PUBLIC], [FOLLOWERS, BOB]),
        (Visibility.UNLISTED, [FOLLOWERS], [PUBLIC, BOB]),
        (Visibility.PRIVATE, [FOLLOWERS], [BOB]),
        (Visibility.DIRECT, [BOB], []),
    ],
)
def test_a_public_reach_is_addressed_as_peers_read_it(
    visibility: Visibility, to: list[str], cc: list[str]
) -> None:
    assert audience(Reach.PUBLIC, visibility, FOLLOWERS, [BOB, BOB]) == (to, cc)


@pytest.mark.parametrize("visibility", Visibility)
def test_a_partner_post_never_says_public(visibility: Visibility) -> None:
    to, cc = audience(Reach.PARTNERS, visibility, FOLLOWERS, [BOB])
    assert PUBLIC not in [*to, *cc]
    assert BOB in [*to, *cc]  # the control: it does go somewhere


@pytest.mark.parametrize("visibility", Visibility)
def test_what_we_address_reads_back_as_what_it_was(visibility: Visibility) -> None:
    to, cc = audience(Reach.PUBLIC, visibility, FOLLOWERS, [BOB])
    assert visibility_of(to, cc, FOLLOWERS) is visibility


def test_followers_count_in_either_list_but_only_the_authors_own() -> None:
    assert visibility_of([], [FOLLOWERS], FOLLOWERS) is Visibility.PRIVATE
    assert visibility_of([FOLLOWERS], [], FOLLOWERS) is Visibility.PRIVATE
    assert visibility_of([f"{BOB}/followers"], [], FOLLOWERS) is Visibility.DIRECT
    assert visibility_of([FOLLOWERS.upper()], [], FOLLOWERS) is Visibility.DIRECT
    assert visibility_of([FOLLOWERS], [], None) is Visibility.DIRECT


@pytest.mark.parametrize(
    ("visibility", "reach", "domains"),
    [
        (Visibility.PUBLIC, Reach.PUBLIC, None),
        (Visibility.UNLISTED, Reach.PUBLIC, None),
        (Visibility.PRIVATE, Reach.PARTNERS, ["m.partner.example"]),
        (Visibility.DIRECT, Reach.PARTNERS, ["m.partner.example"]),
    ],
)
def test_a_received_post_reaches_no_further_than_it_was_sent(
    visibility: Visibility, reach: Reach, domains: list[str] | None
) -> None:
    assert reach_of(visibility, "m.partner.example") == (reach, domains)


def test_recipients_are_the_named_actors_once_and_the_followers_if_addressed() -> None:
    to, cc = [PUBLIC, BOB], [FOLLOWERS, CAROL, BOB]
    assert addressed_actors(to, cc, FOLLOWERS) == [BOB, CAROL]
    assert reaches_followers(to, cc, FOLLOWERS)
    assert not reaches_followers([BOB], [CAROL], FOLLOWERS)
