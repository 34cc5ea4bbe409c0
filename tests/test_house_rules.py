"""Rules of the house that no linter knows."""

import re
from pathlib import Path

import pytest

from fedi.api.errors import STATUS, status_of
from fedi.errors import FediError

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "fedi").rglob("*.py"))


def all_refusals(kind: type[FediError] = FediError) -> set[type[FediError]]:
    below = set(kind.__subclasses__())
    return below.union(*(all_refusals(one) for one in below)) if below else set()


def test_every_refusal_has_an_http_status() -> None:
    assert len(all_refusals()) >= len(STATUS)
    doors = ("fedi.inbox", "fedi.documents")  # have tables of their own
    of_the_api = [kind for kind in all_refusals() if not kind.__module__.startswith(doors)]
    assert all(400 <= status_of(kind) < 600 for kind in of_the_api)


def test_time_is_a_parameter_in_sql() -> None:
    """The clock can be held still only if the database never looks at its own."""
    texts = [*SOURCES, *(ROOT / "migrations").glob("*.sql")]
    looks = re.compile(r"(?<![\w.])now\(\)|current_timestamp|clock_timestamp", re.IGNORECASE)
    # The doctor's check-up is the one that compares the two clocks.
    in_store = [
        path
        for path in texts
        if ("store" in path.parts or path.suffix == ".sql") and path.stem != "checkup"
    ]
    assert in_store
    guilty = [
        f"{path.name}: {line.strip()}"
        for path in in_store
        for line in path.read_text().splitlines()
        if looks.search(line) and "clock.now()" not in line and "pg_notify" not in line
    ]
    assert guilty == []


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "manager", "service", "base"])
def test_no_room_without_a_name(name: str) -> None:
    assert not [path for path in SOURCES if name in (path.stem, path.parent.name)]


def test_no_file_is_too_long_to_find_ones_way_in() -> None:
    long = {path.name: len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_only_one_place_opens_connections() -> None:
    guilty = [
        path
        for path in SOURCES
        if re.search(
            r"\b(ClientSession|urlopen|requests\.|httpx|create_connection)\b", path.read_text()
        )
        and path.relative_to(ROOT) != Path("fedi/net/client.py")
    ]
    assert guilty == []
