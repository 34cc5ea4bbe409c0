"""How `fedi demo` tells its story: a line for each thing observed, a table at the end, the keys."""

from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.status import Status
from rich.table import Table
from rich.text import Text

from fedi.cli.story import Claim, Line, Story
from fedi.policy.verdict import Verdict

YES, NO = Text("yes", "bold green"), Text("no", "dim")


class Telling:
    """Lines on stdout for people; `quiet` says nothing at all, for `--json`."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(quiet=quiet, highlight=False)
        self._spinner: Status | None = None

    def opening(self) -> None:
        self._console.print(
            Panel(
                "Two organisations on this machine, with one database and real HTTP between them.\n"
                "[bold]Acme[/] keeps its timeline private; [bold]Globex[/] is a partner;"
                " [bold]Initech[/] is nobody's.",
                title="[bold]fedi demo[/]",
                border_style="cyan",
                box=box.ROUNDED,
                expand=False,
            )
        )
        self._spin("Starting the database and both servers …")

    def scene(self, title: str) -> None:
        self.pause()
        self._console.print(f"\n[bold cyan]{title}[/]")
        self._spin("…")

    def observed(self, claim: Claim) -> None:
        mark = "[green]✓[/]" if claim.ok else "[bold red]✗[/]"
        detail = f" [red]({claim.detail})[/]" if claim.detail else ""
        self._console.print(f"  {mark} {claim.name}{detail}")

    def pause(self) -> None:
        """Stop the spinner."""
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None

    def ending(self, story: Story, *, stay: bool) -> None:
        """What happened, and how to look around."""
        self.pause()
        failed = [claim for claim in story.claims if not claim.ok]
        if story.lines:
            self._console.print(Padding(_books(story.lines), (1, 0, 0, 0)))
        left = "?" if story.internal_left is None else story.internal_left
        self._console.print(
            f"\nRequests to other servers that carried an internal text: [bold]{left}[/]"
        )
        style = "red" if failed else "green"
        self._console.print(
            f"[{style}]{len(story.claims) - len(failed)} of {len(story.claims)} claims were"
            f" observed{'.' if story.true else ': the story is not true.'}[/]"
        )
        for claim in failed:
            self._console.print(f"  [bold red]✗[/] {claim.name}: {claim.detail or 'was not so'}")
        if stay:
            self._console.print(Padding(_keys(story), (1, 0, 0, 0)))
            self._spin("Both servers are running. Ctrl-C stops them.")

    def curtain(self) -> None:
        self.pause()

    def _spin(self, text: str) -> None:
        if self._console.is_terminal:
            self._spinner = self._console.status(text, spinner="dots")
            self._spinner.start()


def document(story: Story) -> dict[str, Any]:
    """The whole outcome, for `--json`."""
    houses = (story.acme, story.globex)
    return {
        "ok": story.true,
        "claims": [asdict(claim) for claim in story.claims],
        "who_saw_what": [asdict(line) for line in story.lines],
        "internal_left": story.internal_left,
        "urls": [house.origin for house in houses],
        "sign_in": [asdict(one) for house in houses for one in house.sign_ins],
    }


def _books(lines: list[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for name in ("post", "bob", "Globex", "anyone", "Initech"):
        table.add_column(name, no_wrap=True)
    for line in lines:
        table.add_row(
            Text.assemble(line.post, "\n", (f"reach: {line.reach}", "italic dim")),
            YES if line.colleagues else NO,
            _said(line.globex, line.to_globex),
            YES if line.anybody else NO,
            _said(False, line.to_stranger),
        )
    table.caption = "below each answer: the rule that gave it (`fedi policy explain`)"
    return table


def _said(seen: bool, verdict: Verdict) -> Text:
    return Text.assemble(YES if seen else NO, "\n", (verdict.rule, "italic dim"))


def _keys(story: Story) -> Panel:
    table = Table("server", "name", "password", "who", box=None, header_style="bold")
    houses = (story.acme, story.globex)
    for one in (one for house in houses for one in house.sign_ins):
        table.add_row(
            one.server.partition("//")[2],
            Text(one.name, "bold"),
            Text(one.password, "bold"),
            one.who,
        )
    port = story.acme.host.partition(":")[2]
    hint = (
        f"\nIn a browser   {story.acme.origin}/app/, or http://localhost:{port}/app/\n"
        f"In an app      add the server [bold]{story.acme.host}[/] \n"
        "               (on this machine; not in an app that insists on https)\n"
        "As alice, you may also choose to sign in as @acme or as @support."
    )
    return Panel(
        Group(table, Text.from_markup(hint)),
        title="[bold]Yours to try[/]",
        border_style="cyan",
        box=box.ROUNDED,
        expand=False,
    )
