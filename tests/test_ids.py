"""Identifiers: sorted by time as clients sort them, and silent about how many there are."""

from datetime import UTC, datetime, timedelta

from fedi import ids

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def client_order(number: int) -> tuple[int, str]:
    return len(str(number)), str(number)


def test_ids_sort_by_time_the_way_clients_sort_them() -> None:
    later = [ids.at(NOON + timedelta(milliseconds=step)) for step in range(50)]
    assert sorted(later, key=client_order) == later
    assert all(0 < number < 2**63 for number in later)


def test_ids_of_one_millisecond_are_distinct_and_out_of_order() -> None:
    made = [ids.at(NOON) for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert sorted(made) != made, "a plain counter would tell how much happens inside"


def test_an_id_tells_its_moment() -> None:
    assert ids.moment_of(ids.at(NOON)) == NOON


def test_tokens_are_long_and_never_the_same() -> None:
    assert len({ids.token() for _ in range(100)}) == 100
    assert len(ids.token()) >= 21
