"""`fedi token`: access for scripts, without a browser."""

from typing import Annotated, Any

import typer

from fedi import clock
from fedi.auth import applications, grants, scopes
from fedi.cli import connect
from fedi.cli.say import Json, note, say
from fedi.config import Settings
from fedi.errors import Forbidden, Invalid, NotFound
from fedi.model.account import Account
from fedi.store import Conn, accounts, desk, people

app = typer.Typer(help="Access tokens for scripts.", no_args_is_help=True, callback=lambda: None)


@app.command(epilog='Example: fedi token create alice --scopes "read write"')
def create(
    name: Annotated[str, typer.Argument(help="Who asks, and acts unless --as says otherwise.")],
    as_: Annotated[str | None, typer.Option("--as", help="A company account to act as.")] = None,
    wanted: Annotated[
        str, typer.Option("--scopes", help="What it may do, one word for each right.")
    ] = " ".join(scopes.EVERYDAY),
    app_name: Annotated[
        str, typer.Option(help="What people see as its app.")
    ] = "fedi token create",
    app_website: Annotated[str | None, typer.Option(help="Where that app is at home.")] = None,
    as_json: Json = False,
) -> None:
    """Make an access token; as a company, with a desk role there."""

    async def work(conn: Conn, _settings: Settings) -> dict[str, Any]:
        human = await _local(conn, name)
        account = human if as_ is None else await _company(conn, human, as_)
        asked = scopes.parse(wanted)
        application, client_secret = await applications.register(
            conn, name=app_name, website=app_website, redirect_uris=[applications.OOB], scopes=asked
        )
        granted = scopes.grantable(asked, account=account, human=human)
        if not granted:
            raise Forbidden(f"{name} may have none of these scopes: see `fedi account set-role`.")
        secret, made = await grants.issue(
            conn, application, account_id=account.id, human_id=human.id, scopes=granted
        )
        detail = {"account": account.username, "human": human.username, "scopes": granted}
        await people.record(conn, "token.create", detail, at=clock.now())
        return {
            "access_token": secret,
            "token_type": "Bearer",
            "scope": " ".join(made.scopes),
            "account_id": str(account.id),
            "acct": account.acct,
            "client_id": application.client_id,
            "client_secret": client_secret,
        }

    made = connect.run(work)
    if left_out := set(wanted.split()) - set(made["scope"].split()):
        note(f"Left out, only for moderators and admins: {' '.join(sorted(left_out))}")
    say(made, str(made["access_token"]), as_json=as_json)


async def _local(conn: Conn, name: str) -> Account:
    account = await accounts.find_local(conn, name.removeprefix("@"))
    if account is None:
        raise NotFound(f"There is no account {name}: see `fedi account list`.")
    if account.suspended_at is not None:
        raise Invalid(f"{name} is suspended: see `fedi account unsuspend`.")
    return account


async def _company(conn: Conn, human: Account, name: str) -> Account:
    company = await _local(conn, name)
    if await desk.role_of(conn, company.id, human.id) is None:
        raise Forbidden(
            f"{human.username} has no desk role on {name}:"
            f" see `fedi account grant {name} {human.username} editor`."
        )
    return company
