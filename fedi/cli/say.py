"""How commands answer: lines for people, or with --json one document on stdout and nothing else."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]


def say(value: Any, *lines: str, as_json: bool) -> None:
    """`value` is the document, `lines` say the same to people."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(value) + b"\n")
        sys.stdout.flush()
    else:
        print("\n".join(lines))


def say_table(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Rows with the same keys, which head the columns; `empty` is said when there is none."""
    if as_json or not rows:
        return say(rows, empty, as_json=as_json)
    cells = [list(rows[0]), *([shown(value) for value in row.values()] for row in rows)]
    return say(rows, *columns(cells), as_json=False)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Left-aligned, two spaces apart.

    >>> columns([["a", "b"], ["cc", "d"]])
    ['a   b', 'cc  d']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def shown(value: object) -> str:
    """One value in a line for people.

    >>> shown(["a", "b"]), shown(None), shown(True)
    ('a, b', '', 'yes')
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(shown, value))
        case _:
            return str(value)


def note(text: str) -> None:
    """Beside the answer."""
    print(text, file=sys.stderr)
