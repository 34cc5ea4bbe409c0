"""Many employees at once, from a CSV file."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedi.actions import people
from fedi.auth import tickets
from fedi.config import Settings
from fedi.errors import Invalid
from fedi.model.account import Role
from fedi.store import Conn

COLUMNS = ("username", "email", "display_name", "role")


@dataclass(frozen=True, slots=True)
class Entry:
    line: int
    username: str
    email: str | None
    display_name: str
    role: Role


def read(file: Path) -> list[Entry]:
    """Rows under a header that names the columns; only `username` is needed.  Raises Invalid."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            _check_header(list(rows.fieldnames or []))
            return [_entry(rows.line_num, row) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{file} cannot be read: {error}") from error


async def make(conn: Conn, settings: Settings, entries: list[Entry]) -> list[dict[str, Any]]:
    """All or none of them.  Raises Invalid naming the line."""
    made = []
    for entry in entries:
        try:
            account, _ = await people.create(
                conn,
                settings,
                username=entry.username,
                email=entry.email,
                display_name=entry.display_name,
                role=entry.role,
            )
        except Invalid as refusal:
            raise Invalid(f"Line {entry.line}: {refusal.say} Nobody was imported.") from None
        ticket = await tickets.make(conn, account)
        made.append(
            {
                "id": str(account.id),
                "username": account.username,
                "email": entry.email,
                "link": f"{settings.origin}/auth/welcome/{ticket}",
            }
        )
    return made


def _check_header(names: list[str]) -> None:
    if "username" not in names:
        raise Invalid(f"The first line must name the columns: {','.join(COLUMNS)}")
    if unknown := sorted(set(names) - set(COLUMNS)):
        raise Invalid(f"The column {unknown[0]!r} is unknown: {', '.join(COLUMNS)} are read")


def _entry(line: int, row: dict[str, Any]) -> Entry:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    role = cells["role"] or Role.EMPLOYEE.value
    if role not in list(Role):
        raise Invalid(f"Line {line}: {role!r} is no role: {', '.join(Role)}")
    return Entry(
        line=line,
        username=cells["username"].removeprefix("@"),
        email=cells["email"] or None,
        display_name=cells["display_name"],
        role=Role(role),
    )
