"""Another server whose key we hold already: it signs its GETs, right or wrong."""

from dataclasses import dataclass
from typing import Any

from fedi import clock, ids
from fedi.activitypub import keys, signatures
from tests.house import Answer, House

AP = {"Accept": "application/activity+json"}
HTML = {"Accept": "text/html"}


@dataclass(slots=True)
class Neighbour:
    house: House
    host: str
    uri: str
    account_id: int
    private_pem: str

    async def get(self, path: str, *, private_pem: str | None = None, **headers: str) -> Answer:
        """A signed GET of one of our addresses."""
        path = path.replace(self.house.origin, "")
        signed = signatures.sign_get(
            f"{self.uri}#main-key",
            private_pem or self.private_pem,
            f"{self.house.origin}{path}",
            now=clock.now(),
        )
        return await self.house.call("GET", path, headers={**AP, **signed, **headers})

    async def follows(self, account_id: int) -> None:
        async with self.house.db.transaction() as conn:
            await conn.execute(
                """
                INSERT INTO follows (follower_id, followed_id, id, uri, accepted, created_at)
                VALUES ($1, $2, $3, $4, true, $5)
                """,
                self.account_id,
                account_id,
                ids.new(),
                f"{self.uri}#follow-{account_id}",
                clock.now(),
            )


async def neighbour(house: House, name: str) -> Neighbour:
    """`name`.localhost, where Bob lives."""
    host = f"{name}.localhost:7000"
    uri = f"http://{host}/users/bob"
    private, public = keys.generate()
    number = ids.new()
    async with house.db.transaction() as conn:
        await conn.execute(
            """
            INSERT INTO accounts (id, uri, username, domain, inbox, created_at)
            VALUES ($1, $2, 'bob', $3, $4, $5)
            """,
            number,
            uri,
            host,
            f"{uri}/inbox",
            clock.now(),
        )
        await conn.execute(
            """
            INSERT INTO account_keys (key_id, account_id, public_pem, fetched_at)
            VALUES ($1, $2, $3, $4)
            """,
            f"{uri}#main-key",
            number,
            public,
            clock.now(),
        )
    return Neighbour(house, host, uri, number, private)


def same(one: Answer, other: Answer) -> bool:
    """To whoever asked, these are one and the same answer."""
    ignored = {"Date"}
    kept: list[Any] = [
        (a.status, a.body, sorted((k, v) for k, v in a.headers.items() if k not in ignored))
        for a in (one, other)
    ]
    return bool(kept[0] == kept[1])
