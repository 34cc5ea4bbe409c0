"""Who only drafts for a company account: nothing that they do leaves without an approver."""

from fedi import clock
from fedi.model.account import DeskRole
from fedi.store import desk
from tests.house import House, Person


async def _desk(house: House) -> tuple[Person, Person]:
    """The same company, acted for by an editor and by an author."""
    alice, bob = await house.person("alice"), await house.person("bob")
    acme = await house.company("acme", alice)
    async with house.db.transaction() as conn:
        await desk.grant(conn, acme.account.id, bob.account.id, DeskRole.AUTHOR, at=clock.now())
    return acme, await house.sign_in(acme.account, human=bob.account)


async def test_an_author_does_not_change_what_is_out(house: House) -> None:
    editor, author = await _desk(house)
    status = await editor.say("We ship on Monday")
    path, other = f"/api/v1/statuses/{status['id']}", {"status": "We never ship"}
    assert (await author.call("PUT", path, json=other)).status == 403
    assert (await author.call("DELETE", path)).status == 403
    assert "Monday" in (await editor.get(path))["content"]
    assert (await editor.call("PUT", path, json=other)).status == 200


async def test_an_author_changes_and_deletes_a_draft_and_what_stays_inside(house: House) -> None:
    _, author = await _desk(house)
    for text in ("A draft", "@internal For us"):
        status = await author.say(text)
        path = f"/api/v1/statuses/{status['id']}"
        assert (await author.call("PUT", path, json={"status": f"{text}!"})).status == 200
        assert (await author.call("DELETE", path)).status == 200


async def test_an_author_boosts_nothing_in_the_name_of_the_company(house: House) -> None:
    editor, author = await _desk(house)
    status = await editor.say("We ship on Monday")
    path = f"/api/v1/statuses/{status['id']}/reblog"
    assert (await author.call("POST", path)).status == 403
    assert (await editor.call("POST", path)).status == 200


async def test_a_draft_is_boosted_by_nobody(house: House) -> None:
    editor, author = await _desk(house)
    draft = await author.say("A draft")
    for who in (editor, house.people["alice"]):
        answer = await who.call("POST", f"/api/v1/statuses/{draft['id']}/reblog")
        assert answer.status == 422, answer
