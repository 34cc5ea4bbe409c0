"""SQL for disclosures (L-9): which object a server got to see, by which way, when first."""

from collections.abc import Sequence
from datetime import datetime

from fedi.store import Conn


async def add(conn: Conn, object_uris: Sequence[str], *, host: str, way: str, at: datetime) -> None:
    """Runs on the outside login too, which may append and not look: the first row stays."""
    if not object_uris:
        return
    await conn.execute(
        """
        INSERT INTO disclosures (object_uri, host, way, at)
        SELECT uri, $2, $3, $4 FROM unnest($1::text[]) uri ON CONFLICT DO NOTHING
        """,
        object_uris,
        host,
        way,
        at,
    )
