"""An account for partners shows strangers nothing, in the client API as in its documents."""

from fedi.model.reach import Reach
from tests.house import House, Person


async def _accounts(house: House) -> tuple[Person, Person]:
    shy = await house.person("shy", max_reach=Reach.PARTNERS, default_reach=Reach.PARTNERS)
    return shy, await house.outgoing("carol")


async def test_a_stranger_finds_nobody_who_is_for_partners(house: House) -> None:
    shy, carol = await _accounts(house)
    for who, status in ((shy, 404), (carol, 200)):
        number, name = who.account.id, who.account.username
        for path in (
            f"{number}",
            f"{number}/statuses",
            f"{number}/followers",
            f"lookup?acct={name}",
        ):
            assert (await house.call("GET", f"/api/v1/accounts/{path}")).status == status, path
        found = await house.call("GET", f"/api/v2/search?q={name}&type=accounts")
        assert bool(found.body["accounts"]) is (status == 200)
        listed = await house.call("GET", f"/api/v1/accounts?id[]={number}")
        assert bool(listed.body) is (status == 200)


async def test_nobody_who_is_for_partners_is_named_beside_a_public_post(house: House) -> None:
    shy, carol = await _accounts(house)
    other = await house.outgoing("dora")
    said = await carol.say("hello")
    for who in (shy, other):
        await who.post(f"/api/v1/statuses/{said['id']}/favourite")
        await who.post(f"/api/v1/accounts/{carol.account.id}/follow")
        await who.post(f"/api/v1/statuses/{said['id']}/reblog")
    for path in (
        f"/api/v1/statuses/{said['id']}/favourited_by",
        f"/api/v1/statuses/{said['id']}/reblogged_by",
        f"/api/v1/accounts/{carol.account.id}/followers",
    ):
        told = (await house.call("GET", path)).body
        assert [one["username"] for one in told] == ["dora"], path
        assert len(await carol.get(path)) == 2
