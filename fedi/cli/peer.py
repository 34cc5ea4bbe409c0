"""`fedi peer`: which other servers may exchange what with us."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from fedi import clock
from fedi.actions import peers
from fedi.actions.peers import Terms
from fedi.cli import connect
from fedi.cli.say import Json, say, say_table, shown
from fedi.config import Settings
from fedi.errors import Invalid
from fedi.model.peer import Direction, Peer, Trust
from fedi.policy import admit, fetch
from fedi.store import Conn
from fedi.store import peers as store

app = typer.Typer(no_args_is_help=True, help="Other servers, and what they may exchange.")
EntryOf = dict[str, Any]
WAYS = ("in", "out")
Domain = Annotated[str, typer.Argument(help="Like globex.example.")]
Subdomains = Annotated[
    bool | None, typer.Option("--subdomains/--exact", help="Hosts below it, too.")
]
Way = Annotated[Direction | None, typer.Option(help="Who may send to whom.")]
Accounts = Annotated[
    str | None, typer.Option(help="Names of ours that it may see, a,b; empty: all.")
]
Slug = Annotated[str | None, typer.Option(help="The word @partner-SLUG in a post.")]
Expires = Annotated[str | None, typer.Option(help="Last day, 2027-12-31, or a moment.")]
Owner = Annotated[str | None, typer.Option(help="Who answers for this agreement.")]
Reason = Annotated[str | None, typer.Option(help="Why; for the audit log.")]


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of an exported list."""

    domain: str
    trust: Trust
    subdomains: bool = False
    direction: Direction = Direction.BOTH
    slug: str | None = None
    accounts: list[str] | None = None
    paused: bool = False
    expires_at: str | None = None
    owner: str = ""
    reason: str = ""


@app.command()
def allow(  # noqa: PLR0913, PLR0917 - one option each
    domain: Domain,
    trust: Annotated[Trust | None, typer.Option(help="public, or partner.")] = None,
    subdomains: Subdomains = None,
    direction: Way = None,
    accounts: Accounts = None,
    slug: Slug = None,
    expires: Expires = None,
    owner: Owner = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Let a server exchange with us, or change the terms: what you leave out stays as it is.

    A new one is --trust public; a partner gets posts for partners, too.
    Example: fedi peer allow globex.example --trust partner --owner alice
    """
    if trust is Trust.BLOCKED:
        raise Invalid("To block a server, use `fedi peer block`")
    terms = Terms(
        trust=trust,
        subdomains=subdomains,
        direction=direction,
        slug=slug,
        accounts=_names(accounts),
        expires_at=_moment(expires),
        owner=owner,
        reason=reason,
    )
    peer = _do(domain, lambda conn, settings, name: peers.allow(conn, settings, name, terms))
    word = f", for posts that start @partner-{peer['slug']}" if peer["slug"] else ""
    say(peer, f"{peer['domain']} is allowed as {peer['trust']}{word}.", as_json=as_json)


@app.command()
def block(
    domain: Domain, subdomains: Subdomains = None, reason: Reason = None, as_json: Json = False
) -> None:
    """Refuse a server whatever allows it, end what stood.  Example: fedi peer block spam.example"""
    terms = Terms(subdomains=subdomains, reason=reason)

    async def work(conn: Conn, settings: Settings) -> EntryOf:
        name = peers.domain_of(settings, domain)
        peer, severed = await peers.block(conn, settings, name, terms)
        return {**(await peers.described(conn, [peer]))[0], "severed": asdict(severed)}

    done = connect.run(work)
    say(done, f"{done['domain']} is blocked: {_ended(done['severed'])}.", as_json=as_json)


@app.command()
def pause(domain: Domain, as_json: Json = False) -> None:
    """Exchange nothing for now; follows and the queue stay.  Example: fedi peer pause a.example"""
    peer = _do(domain, lambda conn, _, name: peers.pause(conn, name))
    say(peer, f"{peer['domain']} is paused: nothing is exchanged or lost.", as_json=as_json)


@app.command()
def resume(domain: Domain, as_json: Json = False) -> None:
    """End a pause.  Example: fedi peer resume globex.example"""
    peer = _do(domain, lambda conn, _, name: peers.pause(conn, name, paused=False))
    say(peer, f"{peer['domain']} goes on.", as_json=as_json)


@app.command()
def remove(domain: Domain, as_json: Json = False) -> None:
    """Take an entry off the list, end what only it allowed.  Example: fedi peer remove a.example"""

    async def work(conn: Conn, settings: Settings) -> EntryOf:
        name = peers.domain_of(settings, domain)
        return {"domain": name, "severed": asdict(await peers.remove(conn, name))}

    done = connect.run(work)
    say(done, f"{done['domain']} is off the list: {_ended(done['severed'])}.", as_json=as_json)


@app.command("list")
def listed(as_json: Json = False) -> None:
    """Every entry.  Example: fedi peer list"""
    rows = connect.run(_all)
    fields = ("domain", "trust", "direction", "slug", "paused", "expires_at", "owner")
    brief = rows if as_json else [{name: row[name] for name in fields} for row in rows]
    say_table(brief, as_json=as_json, empty="No server is listed: fedi peer allow DOMAIN")


@app.command()
def show(domain: Domain, as_json: Json = False) -> None:
    """One entry, and what the doors say now.  Example: fedi peer show globex.example"""

    async def work(conn: Conn, settings: Settings) -> EntryOf:
        name = peers.domain_of(settings, domain)
        entry = (await peers.described(conn, [await peers.known(conn, name)]))[0]
        standing = (await store.directory(conn)).standing(name, clock.now())
        return {**entry, "in": asdict(admit.host(standing)), "out": asdict(fetch.host(standing))}

    entry = connect.run(work)
    lines = [f"{key}: {shown(value)}" for key, value in entry.items() if key not in WAYS]
    said = [f"{way}: {entry[way]['rule']}: {entry[way]['because']}" for way in WAYS]
    say(entry, *lines, *said, as_json=as_json)


@app.command()
def export(as_json: Json = False) -> None:  # noqa: ARG001 - it always is
    """The whole list as JSON, for `import`.  Example: fedi peer export > peers.json"""
    say(connect.run(_all), as_json=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="As `fedi peer export` writes it.")],
    as_json: Json = False,
) -> None:
    """Add or change every entry of a list, or none.  Example: fedi peer import peers.json"""
    entries = _entries(file)

    async def work(conn: Conn, settings: Settings) -> int:
        for entry in entries:
            await _put(conn, settings, entry)
        return len(entries)

    number = connect.run(work)
    say({"imported": number}, f"{number} entries imported.", as_json=as_json)


def _entries(file: Path) -> list[Entry]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Entry])
    except (OSError, msgspec.DecodeError) as error:
        raise Invalid(f"{file} cannot be read as a list of peers: {error}") from error


async def _put(conn: Conn, settings: Settings, entry: Entry) -> None:
    name = peers.domain_of(settings, entry.domain)
    terms = Terms(
        trust=entry.trust,
        subdomains=entry.subdomains,
        direction=entry.direction,
        slug=entry.slug,
        accounts=entry.accounts or [],
        expires_at=_moment(entry.expires_at),
        owner=entry.owner,
        reason=entry.reason,
    )
    if entry.trust is Trust.BLOCKED:
        await peers.block(conn, settings, name, terms)
        return
    stands = await peers.allow(conn, settings, name, terms)
    if stands.paused != entry.paused:
        await peers.pause(conn, name, paused=entry.paused)


def _names(text: str | None) -> list[str] | None:
    if text is None:
        return None
    return [name.strip().removeprefix("@") for name in text.split(",") if name.strip()]


def _moment(text: str | None) -> datetime | None:
    """A day counts to its end, in UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        is_day = len(text) <= len("2027-12-31")
        moment = moment + timedelta(days=1) if is_day else moment
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{text!r} is not a date like 2027-12-31") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _ended(severed: dict[str, int]) -> str:
    return f"{severed['follows']} follows ended, {severed['deliveries']} deliveries cancelled"


async def _all(conn: Conn, _: Settings) -> list[EntryOf]:
    return await peers.described(conn, list(await store.directory(conn)))


def _do(domain: str, deed: Callable[[Conn, Settings, str], Awaitable[Peer]]) -> EntryOf:
    """Change an entry and describe it."""

    async def work(conn: Conn, settings: Settings) -> EntryOf:
        peer = await deed(conn, settings, peers.domain_of(settings, domain))
        return (await peers.described(conn, [peer]))[0]

    return connect.run(work)
