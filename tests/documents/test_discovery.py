"""How others find us, and what that must not tell them."""

from urllib.parse import quote

import pytest

from fedi.model.peer import Mode
from fedi.model.reach import Reach
from tests.documents.neighbour import same
from tests.house import Answer, House


async def finger(house: House, resource: str, *, raw: bool = False) -> Answer:
    query = resource if raw else quote(resource, safe="")
    return await house.call("GET", f"/.well-known/webfinger?resource={query}")


async def test_every_way_to_write_a_handle_leads_to_the_same_actor(house: House) -> None:
    press = (await house.outgoing("press")).account
    handle = f"press@{house.domain}"
    forms = [
        f"acct:{handle}",
        f"ACCT:PRESS@{house.domain.upper()}",
        handle,
        f"@{handle}",
        press.uri,
        f"{house.origin}/@press",
        quote(f"acct:{handle}", safe=""),
    ]
    for form in forms:
        found = await finger(house, form)
        assert found.status == 200, form
        assert found.headers["Content-Type"] == "application/jrd+json"
        assert found.headers["Access-Control-Allow-Origin"] == "*"
        assert found.body["subject"] == f"acct:{handle}"
        (link,) = [link for link in found.body["links"] if link["rel"] == "self"]
        assert link == {"rel": "self", "type": "application/activity+json", "href": press.uri}


async def test_whoever_is_inside_only_is_unknown_to_the_byte(house: House) -> None:
    alice = (await house.person("alice")).account
    await house.person("pat", max_reach=Reach.PARTNERS)
    unknown = await finger(house, f"acct:nobody@{house.domain}")
    assert unknown.status == 404
    for form in (f"acct:alice@{house.domain}", alice.uri, f"{house.origin}/@alice"):
        assert same(unknown, await finger(house, form)), form
    assert same(unknown, await finger(house, "acct:press@elsewhere.example"))
    assert (await finger(house, f"acct:pat@{house.domain}")).status == 200


@pytest.mark.parametrize("resource", ["", "press", "acct:", "acct:a@b@c", "ftp://x/@press", "%0A"])
async def test_what_is_no_resource_is_a_bad_request(house: House, resource: str) -> None:
    answer = await finger(house, resource, raw=True)
    assert answer.status == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_the_server_itself_is_found_by_its_name_and_by_its_address(house: House) -> None:
    host = house.served.settings.host
    name = host.partition(":")[0]
    for form in (
        f"acct:{host}@{host}",
        f"acct:{name}@{host}",
        house.origin,
        f"{house.origin}/",
        f"{house.origin}/ap/actor",
    ):
        found = await finger(house, form)
        assert found.body["subject"] == f"acct:{name}@{host}", form


async def test_closed_knows_nobody_and_still_says_what_it_is(house: House) -> None:
    await house.outgoing("press")
    await house.set_mode(Mode.CLOSED)
    unknown = await finger(house, f"acct:nobody@{house.domain}")
    assert same(unknown, await finger(house, f"acct:press@{house.domain}"))
    for path in ("/.well-known/nodeinfo", "/nodeinfo/2.0", "/.well-known/host-meta", "/"):
        assert (await house.call("GET", path)).status == 200, path


async def test_nodeinfo_counts_nobody(house: House) -> None:
    await house.outgoing("press")
    links = (await house.call("GET", "/.well-known/nodeinfo")).body["links"]
    assert {link["href"].rpartition("/")[2] for link in links} == {"2.0", "2.1", "actor"}
    for version in ("2.0", "2.1"):
        answer = await house.call("GET", f"/nodeinfo/{version}")
        assert answer.body["software"]["name"] == "fedi"
        assert answer.body["usage"] == {"users": {}}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_host_meta_comes_as_xml_or_json(house: House) -> None:
    xml = await house.call("GET", "/.well-known/host-meta")
    assert xml.headers["Content-Type"].startswith("application/xrd+xml")
    assert b"/.well-known/webfinger?resource={uri}" in xml.body
    named = await house.call("GET", "/.well-known/host-meta.json")
    asked = await house.call(
        "GET", "/.well-known/host-meta", headers={"Accept": "application/json"}
    )
    assert named.body == asked.body


async def test_clients_of_other_origins_may_call_the_api_and_nothing_else(house: House) -> None:
    preflight = await house.call("OPTIONS", "/api/v1/statuses")
    assert preflight.status == 204
    assert "Idempotency-Key" in preflight.headers["Access-Control-Allow-Headers"]
    refused = await house.call("GET", "/api/v1/timelines/home")
    assert refused.status == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in (await house.call("GET", "/")).headers
