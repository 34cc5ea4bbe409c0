"""`fedi account`: people, companies and services of this organisation."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from fedi.actions import people as actions
from fedi.cli import connect, imports
from fedi.cli.say import Json, say, say_table, shown
from fedi.config import Settings
from fedi.errors import Invalid, NotFound
from fedi.model.account import Account, DeskRole, Kind, Role
from fedi.model.reach import Reach
from fedi.store import Conn, accounts, people

app = typer.Typer(help="People, companies and services of ours.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The name, with or without @.")]
MaxReach = Annotated[Reach | None, typer.Option(help="The farthest that posts may ever go.")]
DefaultReach = Annotated[Reach | None, typer.Option(help="How far they go without a word.")]
Deed = Callable[[Conn, Account], Awaitable[None]]


@app.command(epilog="Example: fedi account create alice --email alice@acme.example")
def create(  # noqa: PLR0913, PLR0917 - one option each
    name: Name,
    kind: Annotated[Kind, typer.Option(help="Whom it stands for.")] = Kind.EMPLOYEE,
    email: Annotated[str | None, typer.Option(help="To sign in with, too.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read it; else one is made up.")
    ] = False,
    display_name: Annotated[str, typer.Option(help="The name that people read.")] = "",
    role: Annotated[Role, typer.Option(help="What they may do to the instance.")] = Role.EMPLOYEE,
    max_reach: MaxReach = None,
    default_reach: DefaultReach = None,
    locked: Annotated[bool, typer.Option("--locked", help="Asks before anyone follows.")] = False,
    as_json: Json = False,
) -> None:
    """Make an account."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if password_stdin and not given:
        raise Invalid("No password came on standard input.")

    async def work(conn: Conn, settings: Settings) -> dict[str, Any]:
        account, invented = await actions.create(
            conn,
            settings,
            username=name.removeprefix("@"),
            kind=kind,
            email=email,
            password=given,
            display_name=display_name,
            role=role,
            max_reach=max_reach,
            default_reach=default_reach,
            locked=locked,
        )
        made = {
            "id": str(account.id),
            "username": account.username,
            "acct": account.acct,
            "kind": account.kind.value,
            "email": email,
        }
        return made | ({"password": invented} if invented else {})

    made = connect.run(work)
    password = f", password: {made['password']}" if "password" in made else ""
    say(made, f"Made {made['kind']} @{made['username']}{password}", as_json=as_json)


@app.command("list", epilog="Example: fedi account list --json")
def list_(as_json: Json = False) -> None:
    """All accounts of ours."""

    async def work(conn: Conn, _settings: Settings) -> list[dict[str, Any]]:
        return [_shown(one.account, one.email) for one in await people.listed(conn)]

    found = connect.run(work)
    names = ("username", "kind", "role", "max_reach", "default_reach", "suspended", "email")
    rows = found if as_json else [{name: one[name] for name in names} for one in found]
    say_table(rows, as_json=as_json, empty="Nobody is here: fedi account create NAME")


@app.command(epilog="Example: fedi account show alice")
def show(name: Name, as_json: Json = False) -> None:
    """One account."""

    async def work(conn: Conn, _settings: Settings) -> dict[str, Any]:
        account = await _local(conn, name)
        return _shown(account, await people.email_of(conn, account.id))

    found = connect.run(work)
    say(found, *(f"{key}: {shown(value)}" for key, value in found.items()), as_json=as_json)


@app.command(epilog="Example: fedi account suspend mallory")
def suspend(name: Name, as_json: Json = False) -> None:
    """Shut somebody out, at once and everywhere."""
    _do(name, "suspended", as_json, actions.suspend)


@app.command(epilog="Example: fedi account unsuspend mallory")
def unsuspend(name: Name, as_json: Json = False) -> None:
    """Take a suspension back."""
    _do(name, "not suspended any more", as_json, actions.unsuspend)


@app.command(epilog="Example: fedi account delete mallory")
def delete(name: Name, as_json: Json = False) -> None:
    """Delete an account and all it wrote, for good."""
    _do(name, "deleted", as_json, actions.delete)


@app.command("set-role", epilog="Example: fedi account set-role alice admin")
def set_role(name: Name, role: Role, as_json: Json = False) -> None:
    """What somebody may do to the instance."""
    _do(name, f"now {role.value}", as_json, lambda c, a: actions.set_role(c, a, role))


@app.command("set-reach", epilog="Example: fedi account set-reach alice --max-reach public")
def set_reach(
    name: Name,
    max_reach: MaxReach = None,
    default_reach: DefaultReach = None,
    as_json: Json = False,
) -> None:
    """How far posts may travel."""
    if max_reach is None and default_reach is None:
        raise typer.BadParameter("Name --max-reach or --default-reach.")

    async def deed(conn: Conn, account: Account) -> None:
        await actions.set_reach(conn, account, largest=max_reach, default=default_reach)

    _do(name, "changed", as_json, deed)


@app.command(epilog="Example: fedi account allow alice outside_direct")
def allow(name: Name, grant: str, as_json: Json = False) -> None:
    """Give a grant."""
    _allow(name, grant, True, as_json)


@app.command(epilog="Example: fedi account disallow alice outside_direct")
def disallow(name: Name, grant: str, as_json: Json = False) -> None:
    """Take a grant away."""
    _allow(name, grant, False, as_json)


@app.command(epilog="Example: fedi account grant acme alice editor")
def grant(company: Name, employee: Name, role: DeskRole, as_json: Json = False) -> None:
    """Let an employee act as a company."""

    async def deed(conn: Conn, account: Account) -> None:
        await actions.grant(conn, account, await _local(conn, employee), role)

    _do(company, f"written by {employee} too, as {role.value}", as_json, deed)


@app.command(epilog="Example: fedi account revoke acme alice")
def revoke(company: Name, employee: Name, as_json: Json = False) -> None:
    """End it; their tokens for it end with it."""

    async def deed(conn: Conn, account: Account) -> None:
        await actions.revoke(conn, account, await _local(conn, employee))

    _do(company, f"not written by {employee} any more", as_json, deed)


@app.command("import", epilog="Example: fedi account import people.csv")
def import_(file: Annotated[Path, typer.Argument(metavar="CSV")], as_json: Json = False) -> None:
    """Employees from a CSV file, with one-time links to choose a password.

    Columns: username, email, display_name, role; only the first is needed.
    """
    entries = imports.read(file)
    made = connect.run(lambda conn, settings: imports.make(conn, settings, entries))
    say_table(made, as_json=as_json, empty="Nobody is in this file.")


def _allow(name: str, what: str, allowed: bool, as_json: bool) -> None:
    if what != "outside_direct":
        raise Invalid(f"There is no grant {what}: the one there is is outside_direct.")
    said = f"{'allowed' if allowed else 'not allowed'} {what}"
    _do(name, said, as_json, lambda c, a: actions.allow_outside_direct(c, a, allowed))


def _do(name: str, said: str, as_json: bool, deed: Deed) -> None:
    """One deed to one account, and what the account is then."""

    async def work(conn: Conn, _settings: Settings) -> dict[str, Any]:
        account = await _local(conn, name)
        await deed(conn, account)
        left = await accounts.find(conn, account.id)
        return _shown(left, await people.email_of(conn, left.id)) if left else {"deleted": True}

    say(connect.run(work), f"@{name.removeprefix('@')}: {said}", as_json=as_json)


async def _local(conn: Conn, name: str) -> Account:
    account = await accounts.find_local(conn, name.removeprefix("@"))
    if account is None:
        raise NotFound(f"There is no account {name}: see `fedi account list`.")
    return account


def _shown(account: Account, email: str | None) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "username": account.username,
        "acct": account.acct,
        "kind": account.kind.value,
        "email": email,
        "display_name": account.display_name,
        "role": account.role.value,
        "max_reach": account.max_reach.value,
        "default_reach": account.default_reach.value,
        "outside_direct": account.outside_direct,
        "locked": account.locked,
        "suspended": account.suspended_at is not None,
        "url": account.url,
        "uri": account.uri,
    }
