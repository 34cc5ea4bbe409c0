"""What was given up can be put back where it came from, for one server or for all."""

import orjson

from fedi import clock
from fedi.store import dead_letters
from tests.outbox.office import Office


async def test_a_dead_activity_of_others_goes_back_to_be_applied_as_it_came(office: Office) -> None:
    async with office.db.transaction() as conn:
        body = orjson.dumps({"id": "https://a.example/1", "type": "Like"})
        for number, host in enumerate(["a.example", "b.example"]):
            await conn.execute(
                """
                INSERT INTO dead_letters (id, way, host, signer, body, reason, attempts, at)
                VALUES ($1, 'inbound', $2, 'https://' || $2 || '/bob', $3, 'KeyError', 5, $4)
                """,
                number,
                host,
                body,
                clock.now(),
            )
        assert await dead_letters.retry(conn, "a.example", now=clock.now()) == (1, 0)
        (row,) = await conn.fetch("SELECT host, signer, activity_id, body, attempts FROM inbound")
        assert dict(row) == {
            "host": "a.example",
            "signer": "https://a.example/bob",
            "activity_id": "https://a.example/1",
            "body": body,
            "attempts": 0,
        }
        (left,) = await dead_letters.listed(conn, None, limit=10)
        assert (left.host, left.way, left.reason) == ("b.example", "inbound", "KeyError")
        (first, second) = await dead_letters.overview(conn)
        assert (first.host, first.inbound, first.dead_letters) == ("a.example", 1, 0)
        assert (second.host, second.inbound, second.dead_letters) == ("b.example", 0, 1)
