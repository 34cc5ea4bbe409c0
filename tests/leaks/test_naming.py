"""W-4: nobody and nothing that exists inside only is named in what leaves, wherever it stands."""

import pytest

from tests.house import House


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"status": "ask @alice"}, 422),
        ({"status": "ask", "spoiler_text": "about @alice"}, 422),
        ({"status": "ask @carol", "spoiler_text": "about @carol"}, 200),
        ({"status": "@internal ask", "spoiler_text": "about @alice"}, 200),
    ],
)
async def test_a_post_names_nobody_inside(house: House, sent: dict[str, str], status: int) -> None:
    acme = await house.company("acme", await house.person("alice"))
    await house.outgoing("carol")
    assert (await acme.call("POST", "/api/v1/statuses", json=sent)).status == status


async def test_a_profile_names_nobody_inside(house: House) -> None:
    acme = await house.company("acme", await house.person("alice"))
    await house.outgoing("carol")
    for name, status in ((f"@alice@{house.domain}", 422), ("@alice", 422), ("@carol", 200)):
        for sent in (
            {"note": f"ask {name}"},
            {"display_name": f"ask {name}"},
            {"fields_attributes": [{"name": "Press", "value": name}]},
            {"fields_attributes": [{"name": name, "value": "Press"}]},
        ):
            answer = await acme.call("PATCH", "/api/v1/accounts/update_credentials", json=sent)
            assert answer.status == status, (sent, answer)


async def test_an_internal_link_is_found_however_it_is_written(house: House) -> None:
    alice = await house.person("alice")
    acme = await house.company("acme", alice)
    inside, outside = await alice.say("secret"), await acme.say("news")
    for said, status in ((inside, 422), (outside, 200)):
        url: str = said["url"]
        for link in (
            url,
            f"{url}/",
            f"{url}?x=1",
            f"{url}#x",
            url.replace("acme.localhost", "ACME.localhost"),
            f"{house.origin}/app/statuses/{said['id']}/",
            said["uri"],
            f"{said['uri']}/activity",
        ):
            answer = await acme.call("POST", "/api/v1/statuses", json={"status": f"see {link}"})
            assert answer.status == status, (link, answer)
