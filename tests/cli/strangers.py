"""People of other servers as our database knows them, put there without those servers."""

from msgspec.structs import replace

from fedi import clock, ids
from fedi.actions.people import local_account
from fedi.model.account import Account, Kind
from fedi.model.reach import Reach
from fedi.store import accounts, follows
from fedi.store.follows import Follow
from tests.house import House


async def known(house: House, name: str, domain: str, *, server: str | None = None) -> Account:
    """`server` is where its documents live, if that is not the domain of its handle."""
    origin = f"https://{server or domain}"
    blank = local_account(
        house.served.settings, name, Kind.EMPLOYEE, f"{origin}/{name}", clock.now()
    )
    async with house.db.transaction() as conn:
        return await accounts.save_remote(
            conn,
            replace(
                blank,
                domain=domain,
                inbox=f"{origin}/{name}/inbox",
                shared_inbox=f"{origin}/inbox",
                max_reach=Reach.PUBLIC,
            ),
            fetched_at=clock.now(),
        )


async def follow(house: House, follower: Account, followed: Account) -> None:
    uri = f"https://follows.example/{ids.token()}"
    wish = Follow(follower_id=follower.id, followed_id=followed.id, uri=uri, accepted=True)
    async with house.db.transaction() as conn:
        await follows.add(conn, wish, at=clock.now())


async def follows_with(house: House, domain: str) -> int:
    """How many follows stand between us and `domain`, whichever way."""
    rows = await house.fetch(
        """
        SELECT f.id FROM follows f JOIN accounts a ON a.id IN (f.follower_id, f.followed_id)
         WHERE a.domain = $1
        """,
        domain,
    )
    return len(rows)
