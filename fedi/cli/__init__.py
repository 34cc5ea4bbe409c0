"""The command line.  One file per noun; `main` loads only the one that was asked for.

Exit codes: 0 done; 1 refused or failed, the reason on stderr says what to do; 2 wrong usage.
"""

import importlib
import sys

import typer

from fedi.errors import FediError

# Command → its module, which has an `app` of subcommands, or one `command`.
COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "migrate": "migrate",
    "account": "account",
    "token": "token",
    "peer": "peer",
    "policy": "policy",
    "queue": "queue",
    "doctor": "doctor",
    "routes": "routes",
    "config": "config_show",
}


def main() -> None:
    """`fedi …`"""
    try:
        _commands(sys.argv[1:2])()
    except FediError as refusal:
        print(refusal.say, file=sys.stderr)
        sys.exit(1)


def _commands(first: list[str]) -> typer.Typer:
    """Only the one that `first` names, because loading all takes a second; else all, for help."""
    top = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
    top.callback()(fedi)
    for name in [name for name in first if name in COMMANDS] or COMMANDS:
        module = importlib.import_module(f"fedi.cli.{COMMANDS[name]}")
        if hasattr(module, "app"):
            top.add_typer(module.app, name=name)
        else:
            top.command(name)(module.command)
    return top


def fedi() -> None:
    """A microblog for companies: private inside, selective outside."""
