"""`fedi queue`: what waits, for whom, and what could not be delivered or applied."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from fedi import clock
from fedi.cli.connect import run
from fedi.cli.say import Json, say, say_table
from fedi.store import Conn, dead_letters

app = typer.Typer(help="What waits for other servers, and what failed.", no_args_is_help=True)

LETTERS = 100  # shown at most

Host = Annotated[str | None, typer.Option("--host", help="Only of this server: globex.example.")]
Everything = Annotated[bool, typer.Option("--all", help="Of all servers.")]


@app.command(epilog="Example: fedi queue show --host globex.example")
def show(host: Host = None, as_json: Json = False) -> None:
    """What waits from and for each server, how it answers, and the newest dead letters."""
    peers, letters = run(lambda conn, _: _seen(conn, host))
    totals = {
        name: sum(peer[name] for peer in peers)
        for name in ("inbound", "deliveries", "dead_letters")
    }
    if as_json:
        say({**totals, "peers": peers, "letters": letters}, as_json=True)
        return
    say_table(peers, as_json=False, empty="Nothing waits, and every server answers.")
    if letters:
        print("\nDead letters, newest first (`fedi queue retry` puts them back):")
        say_table(letters, as_json=False, empty="")


@app.command(epilog="Example: fedi queue retry --host globex.example")
def retry(host: Host = None, everything: Everything = False, as_json: Json = False) -> None:
    """Put dead letters back into their queues; they are tried at once."""
    only = _chosen(host, everything)
    inbound, deliveries = run(lambda conn, _: dead_letters.retry(conn, only, now=clock.now()))
    answer = {"inbound": inbound, "deliveries": deliveries}
    say(answer, f"Put back: {inbound} from others, {deliveries} for others.", as_json=as_json)


@app.command(epilog="Example: fedi queue drop --host gone.example")
def drop(host: Host = None, everything: Everything = False, as_json: Json = False) -> None:
    """Forget dead letters for good; what still waits is not touched."""
    only = _chosen(host, everything)
    number = run(lambda conn, _: dead_letters.drop(conn, only))
    say({"dropped": number}, f"{number} dead letters dropped.", as_json=as_json)


def _chosen(host: str | None, everything: bool) -> str | None:
    """None stands for all, which nobody should get by forgetting an option."""
    if (host is None) != everything:
        raise typer.BadParameter("Say which: --host NAME, or --all")
    return None if host is None else host.lower()


async def _seen(conn: Conn, host: str | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    only = None if host is None else host.lower()
    peers = await dead_letters.overview(conn, only)
    letters = await dead_letters.listed(conn, only, limit=LETTERS)
    return [asdict(one) for one in peers], [asdict(one) | {"id": str(one.id)} for one in letters]
