"""What each answer means (X-5)."""

from datetime import UTC, datetime, timedelta

import pytest

from fedi.outbox import backoff
from fedi.store.courier import End, Health, Outcome, Waiting

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MINUTES = [1, 5, 15, 60, 180, 360, 720, 1440, 2880]  # after the first attempt, the second …


def attempt(number: int) -> Waiting:
    return Waiting(1, "globex.example", "https://globex.example/inbox", 2, number)


def wait_of(outcome: Outcome) -> float:
    assert outcome.due_at is not None
    return (outcome.due_at - NOW) / timedelta(minutes=1)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_two_hundreds_are_delivered(status: int) -> None:
    assert backoff.answered(attempt(1), status, None, now=NOW).end is End.SENT


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 410, 413, 415, 422, 501])
def test_what_will_never_do_is_not_tried_again(status: int) -> None:
    outcome = backoff.answered(attempt(1), status, None, now=NOW)
    assert (outcome.end, outcome.error) == (End.DEAD, f"status {status}")
    assert not backoff.is_sick(status)


@pytest.mark.parametrize("status", [302, 401, 408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert backoff.answered(attempt(1), status, None, now=NOW).end is End.FAILED


@pytest.mark.parametrize("reason", ["tls name", "refused url", "not signed"])
def test_no_connection_will_ever_reach_a_wrong_name(reason: str) -> None:
    assert backoff.unanswered(attempt(1), reason, now=NOW).end is End.DEAD


@pytest.mark.parametrize("reason", ["dns", "connect", "tls", "timeout", "refused address"])
def test_a_network_heals(reason: str) -> None:
    assert backoff.unanswered(attempt(1), reason, now=NOW).end is End.FAILED


@pytest.mark.parametrize(("number", "minutes"), list(enumerate(MINUTES, start=1)))
def test_pauses_grow_to_two_days_and_scatter(number: int, minutes: int) -> None:
    waits = [
        wait_of(backoff.unanswered(attempt(number), "dns", now=NOW)) / minutes for _ in range(50)
    ]
    assert 0.8 <= min(waits) < max(waits) <= 1.2


def test_the_tenth_attempt_is_the_last() -> None:
    assert backoff.unanswered(attempt(9), "dns", now=NOW).end is End.FAILED
    assert backoff.unanswered(attempt(10), "dns", now=NOW).end is End.DEAD


def test_a_peer_may_ask_for_a_longer_pause_and_not_for_a_shorter() -> None:
    assert wait_of(backoff.answered(attempt(1), 429, 7200, now=NOW)) == 120
    assert wait_of(backoff.answered(attempt(4), 429, 0, now=NOW)) >= 48


def test_five_failures_in_a_row_open_the_circuit_and_four_do_not() -> None:
    assert backoff.health(Health(), well=0, sick=4, now=NOW).open_until is None
    opened = backoff.health(Health(3, NOW), well=0, sick=2, now=NOW + timedelta(minutes=9))
    assert opened.open_until == NOW + timedelta(minutes=39)


def test_failures_spread_over_hours_do_not_open_it() -> None:
    """One letter that a server chokes on must not close it to all others."""
    later = NOW + timedelta(minutes=21)
    assert backoff.health(Health(4, NOW), well=0, sick=1, now=later) == Health(1, later)


def test_any_sign_of_life_closes_it() -> None:
    sick = Health(9, NOW - timedelta(days=6), NOW)
    assert backoff.health(sick, well=1, sick=3, now=NOW) == Health()
    assert backoff.health(sick, well=0, sick=1, now=NOW).fails == 10


def test_seven_failing_days_are_death_and_six_are_not() -> None:
    assert not backoff.health(Health(5, NOW - timedelta(days=6)), well=0, sick=1, now=NOW).dead
    dead = backoff.health(Health(5, NOW - timedelta(days=7)), well=0, sick=1, now=NOW)
    assert dead.dead
    assert dead.open_until == NOW + timedelta(days=7)  # asked once a week
