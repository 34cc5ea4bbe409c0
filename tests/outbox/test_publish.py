"""A post and its deliveries stand or fall together, at the same price for ten and ten thousand."""

from contextlib import suppress
from typing import Any

from fedi import clock
from fedi.model.account import Account
from fedi.model.reach import Reach
from tests.outbox.office import Office, Peers


async def test_many_followers_on_one_server_share_one_delivery(
    office: Office, remote: Peers
) -> None:
    acme = await office.author()
    await office.allow(remote.named("globex"))
    for n in range(20):
        await office.follower(acme, remote.named("globex"), f"fan{n}")
    await office.say(acme, "hello")
    await office.deliver()
    assert [one.path for one in remote.got] == ["/inbox"]


async def test_an_internal_post_is_queued_for_nobody_and_a_public_one_is(
    office: Office, remote: Peers
) -> None:
    acme = await office.author()
    await office.allow(remote.named("globex"))
    await office.follower(acme, remote.named("globex"), "hank")
    await office.say(acme, "among us", Reach.INTERNAL)
    assert await office.rows("SELECT FROM outbound") == []
    assert await office.rows("SELECT FROM deliveries") == []
    await office.say(acme, "for all")
    assert len(await office.rows("SELECT FROM deliveries")) == 1


async def test_a_host_that_is_refused_gets_nothing_and_the_rule_is_kept(
    office: Office, remote: Peers
) -> None:
    acme = await office.author()
    await office.allow(remote.named("globex"))
    for name in ("globex", "stranger"):
        await office.follower(acme, remote.named(name), "hank")
    await office.say(acme, "hello")
    queued = await office.rows("SELECT host FROM deliveries")
    assert queued == [{"host": remote.named("globex")}]
    decided = await office.rows("SELECT host, allow, rule FROM decisions ORDER BY host")
    assert decided == [
        {"host": remote.named("globex"), "allow": True, "rule": "allowed"},
        {"host": remote.named("stranger"), "allow": False, "rule": "peer_not_allowed"},
    ]


async def test_a_post_that_fails_half_way_leaves_no_delivery(office: Office, remote: Peers) -> None:
    acme = await office.author()
    await office.allow(remote.named("globex"))
    await office.follower(acme, remote.named("globex"), "hank")
    with suppress(ZeroDivisionError):
        async with office.db.transaction() as conn:
            await queue(office, conn, acme)
            raise ZeroDivisionError
    assert await office.rows("SELECT FROM deliveries") == []
    async with office.db.transaction() as conn:
        await queue(office, conn, acme)
    assert len(await office.rows("SELECT FROM deliveries")) == 1


async def test_ten_thousand_followers_cost_as_many_statements_as_ten(
    office: Office, remote: Peers
) -> None:
    acme = await office.author()
    await statements(office, acme, remote, followers=1, hosts=1)  # learns the types, once
    few = await statements(office, acme, remote, followers=10, hosts=5)
    many = await statements(office, acme, remote, followers=10_000, hosts=1_000)
    assert many == few
    (queued,) = await office.rows("SELECT count(DISTINCT host) AS n FROM deliveries")
    assert queued["n"] == 1_000


async def queue(office: Office, conn: Any, author: Account) -> None:
    await office.say_on(conn, author, "hello")


async def statements(
    office: Office, author: Account, remote: Peers, *, followers: int, hosts: int
) -> int:
    """How many one post takes, with so many followers spread over so many hosts."""
    seen: list[str] = []
    async with office.db.transaction() as conn:
        await follow(conn, author, remote.port, followers, hosts)
    async with office.db.transaction() as conn:
        with conn.query_logger(lambda query: seen.append(query.query)):
            await queue(office, conn, author)
    return len(seen)


async def follow(conn: Any, author: Account, port: int, followers: int, hosts: int) -> None:
    await conn.execute(
        """
        WITH host AS (SELECT h, format('h%s.localhost:%s', h, $1::int) AS name
                        FROM generate_series(1, $3::int) h),
             peer AS (INSERT INTO peers (domain, trust, created_at, changed_at)
                      SELECT name, 'partner', $5, $5 FROM host ON CONFLICT DO NOTHING),
             fan AS (INSERT INTO accounts (id, uri, username, domain, inbox, shared_inbox,
                                           created_at)
                     SELECT $3::int * 100000 + n, format('http://%s/u/%s/%s', name, $3, n),
                            format('u%s_%s', $3, n), name, format('http://%s/u/%s/inbox', name, n),
                            format('http://%s/inbox', name), $5
                       FROM generate_series(1, $2::int) n JOIN host ON h = n % $3::int + 1
                     RETURNING id, uri)
        INSERT INTO follows (follower_id, followed_id, id, uri, accepted, created_at)
        SELECT id, $4, id, uri || '#f', true, $5 FROM fan
        """,
        port,
        followers,
        hosts,
        author.id,
        clock.now(),
    )
