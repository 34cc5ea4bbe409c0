"""`fedi config`: the settings in force."""

import os

import typer

from fedi import config
from fedi.cli.say import Json, say_table

app = typer.Typer(no_args_is_help=True, help="The settings in force.")


@app.callback()
def settings() -> None:
    """The settings in force."""


@app.command()
def show(as_json: Json = False) -> None:
    """Every setting and where it came from; secrets are masked.  Example: fedi config show"""
    rows = [one._asdict() for one in config.explain(os.environ)]
    say_table(rows, as_json=as_json, empty="")
    config.load(os.environ)  # afterwards, so that what is wrong stands below what was read
