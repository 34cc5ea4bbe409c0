"""`fedi policy`: the mode, and why a door says yes or no."""

import re
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

from fedi.actions import explaining, peers
from fedi.actions.explaining import Ask
from fedi.cli import connect
from fedi.cli.say import Json, say
from fedi.config import Settings
from fedi.errors import Invalid
from fedi.model.peer import Mode
from fedi.policy.verdict import Verdict
from fedi.store import Conn

app = typer.Typer(no_args_is_help=True, help="The mode, and why a door says yes or no.")

TYPE = re.compile(r"[A-Za-z]{1,40}")


@app.command("mode")
def set_mode(
    mode: Annotated[Mode, typer.Argument(help="With whom anything is exchanged at all.")],
    as_json: Json = False,
) -> None:
    """closed: nobody, nothing is lost; allowlist: listed servers; open: all but blocked.

    Example: fedi policy mode closed
    """

    async def work(conn: Conn, _: Settings) -> dict[str, Any]:
        return {"mode": mode.value, "severed": asdict(await peers.set_mode(conn, mode))}

    done = connect.run(work)
    ended = (
        f" With servers that nobody listed {done['severed']['follows']} follows ended,"
        f" {done['severed']['deliveries']} deliveries were cancelled."
    )
    say(
        done,
        f"The mode is {mode.value}.{ended if any(done['severed'].values()) else ''}",
        as_json=as_json,
    )


@app.command()
def explain(
    peer: Annotated[str, typer.Option(help="Its domain.")],
    direction: Annotated[Literal["in", "out"], typer.Option(help="in: it sends to us.")],
    activity: Annotated[str, typer.Option(help="Its type: Create, Follow, Like …")],
    account: Annotated[str | None, typer.Option(help="Its author.")] = None,
    status: Annotated[int | None, typer.Option(help="The id of a post of ours.")] = None,
    as_json: Json = False,
) -> None:
    """Ask the very function that decides; nothing is sent.  Without --status: something public.

    Example: fedi policy explain --peer globex.example --direction out --activity Create
    """
    if not TYPE.fullmatch(activity):
        raise Invalid(f"{activity!r} is not the type of an activity, like Create")

    async def work(conn: Conn, settings: Settings) -> Verdict:
        host = peers.domain_of(settings, peer)
        door = explaining.coming_in if direction == "in" else explaining.going_out
        return await door(
            conn, Ask(host=host, activity=activity, account=account, status_id=status)
        )

    verdict = connect.run(work)
    said = "Allowed" if verdict.allow else "Refused"
    say(asdict(verdict), f"{said} by {verdict.rule}: {verdict.because}", as_json=as_json)
