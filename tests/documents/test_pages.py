"""What a stranger's browser shows: public posts, and otherwise one page."""

from fedi.model.peer import Mode
from fedi.model.reach import Reach
from tests.documents.neighbour import HTML, same
from tests.house import Builder, House


async def test_strangers_read_public_posts_and_nothing_else(house: House) -> None:
    press = await house.outgoing("press", display_name="<b>Press")
    said = await press.say("hello <script>alert(1)</script> #Launch")
    await press.say("@partners whispered")
    await press.say("@internal whispered")
    for path in ("/@press", "/tags/launch", "/tags/LAUNCH", f"/@press/{said['id']}"):
        page = await house.call("GET", path, headers=HTML)
        assert page.status == 200, path
        assert b"hello" in page.body
        assert b"whispered" not in page.body
        assert b"<script" not in page.body
        assert b"&lt;b&gt;Press" in page.body
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    post = await house.call("GET", f"/@press/{said['id']}", headers=HTML)
    assert b'property="og:description"' in post.body
    assert b'rel="alternate" type="application/activity+json"' in post.body


async def test_hidden_and_absent_are_one_page(house: House) -> None:
    alice, press = await house.person("alice"), await house.outgoing("press")
    await house.person("pat", max_reach=Reach.PARTNERS)
    inside = await alice.say("in here #secret")
    whispered = await press.say("@partners in there #hush")
    absent = await house.call("GET", "/@nobody", headers=HTML)
    assert absent.status == 404
    for path in (
        "/@nobody/1",
        "/@alice",
        "/@pat",
        "/@reader",
        f"/@alice/{inside['id']}",
        f"/@press/{inside['id']}",
        f"/@press/{whispered['id']}",
        "/tags/secret",
        "/tags/hush",
        "/tags/never",
        inside["uri"],
        whispered["uri"],
        alice.account.uri,
        "/@a/b/c",
    ):
        assert same(absent, await house.call("GET", path, headers=HTML)), path


async def test_a_warning_stands_in_for_what_it_warns_of(house: House) -> None:
    press = await house.outgoing("press")
    said = await press.say("they all die", spoiler_text="the ending")
    page = await house.call("GET", f"/@press/{said['id']}", headers=HTML)
    head = page.body.partition(b"<body>")[0]
    assert b"the ending" in head
    assert b"they all die" not in head
    assert b"they all die" in page.body


async def test_one_address_serves_browsers_and_servers(house: House) -> None:
    press = await house.outgoing("press")
    said = await press.say("hello")
    await house.set_mode(Mode.OPEN)
    document = await house.call("GET", said["url"], headers={"Accept": "application/activity+json"})
    assert document.body["id"] == said["uri"]
    browser = await house.call("GET", said["uri"], headers=HTML)
    assert browser.status == 302
    assert browser.headers["Location"] == said["url"]
    anything = await house.call("GET", said["uri"], headers={"Accept": "*/*"})
    assert anything.headers["Content-Type"].startswith("application/activity+json")


async def test_closed_and_pages_off_show_no_page(house: House, builder: Builder) -> None:
    quiet = await builder.house("quiet.localhost", public_pages="off")
    for place in (house, quiet):
        press = await place.outgoing("press")
        said = await press.say("hello")
        if place is house:
            assert (await place.call("GET", f"/@press/{said['id']}", headers=HTML)).status == 200
            await place.set_mode(Mode.CLOSED)
        absent = await place.call("GET", "/@nobody", headers=HTML)
        for path in ("/@press", f"/@press/{said['id']}"):
            assert same(absent, await place.call("GET", path, headers=HTML)), path
        assert (await place.call("GET", "/", headers=HTML)).status == 200


async def test_the_web_client_is_served_with_a_strict_policy_or_says_how_to_build_it(
    house: House,
) -> None:
    page = await house.call("GET", "/app/")
    if page.status == 404:
        assert b"make setup" in page.body
        return
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-cache"
    for path in page.body.decode().split('"'):
        if path.startswith("/app/assets/"):
            asset = await house.call("GET", path)
            assert asset.status == 200
            assert "immutable" in asset.headers["Cache-Control"]
    assert (await house.call("GET", "/app/assets/none.js")).status == 404
