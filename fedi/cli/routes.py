"""`fedi routes`: every endpoint of the client API and what a token needs for it."""

from fedi.app import routes
from fedi.cli.say import Json, say_table


def command(as_json: Json = False) -> None:
    """Every endpoint of the client API, and the scope it asks for.  Example: fedi routes"""
    rows = [{"method": method, "path": path, "scope": scope} for method, path, scope in routes()]
    say_table(rows, as_json=as_json, empty="There is none.")
