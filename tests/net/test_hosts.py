"""One spelling per server, and no spelling for what is not a public server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi import errors
from fedi.net import Guard, host_of

ACCEPTED = {
    "https://social.example": "social.example",
    "https://social.example/": "social.example",
    "https://social.example/users/a?b=c#main-key": "social.example",
    "https://social.example?x": "social.example",
    "HTTPS://Social.EXAMPLE/": "social.example",
    "https://social.example./": "social.example",
    "https://social.example:443/": "social.example",
    "https://social.example:8443/": "social.example:8443",
    "http://social.example:80/": "social.example",
    "https://bücher.example/": "xn--bcher-kva.example",
    "https://BÜCHER.example/": "xn--bcher-kva.example",
    "https://xn--bcher-kva.example/": "xn--bcher-kva.example",
    "https://ｓｏｃｉａｌ。example/": "social.example",
    "https://straße.example/": "xn--strae-oqa.example",
    "https://1.2.3.4.example/": "1.2.3.4.example",
    "https://0x7f.example/": "0x7f.example",
    "https://not.locale/x": "not.locale",
}

REFUSED = [
    "",
    "social.example",
    "//social.example",
    "ftp://social.example/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https:social.example",
    "https:///x",
    "https://:443/",
    "https://user@social.example/",
    "https://user:secret@social.example/",
    "https://partner.example@evil.example/",
    "https://evil.example\\@partner.example/",
    "https://partner.example\\.evil.example/",
    "https://partner.example%2eevil.example/",
    "https://partner.example%00.evil.example/",
    "https://partner .example/",
    "https://partner.example/a b",
    "https://partner.example/\r\nHost: evil.example",
    "https://partner.example/\n",
    "https://partner.example/\0",
    "https://partner.example/\u202e",
    "https://partner.example/\ud800",
    "https://partner.example:/",
    "https://partner.example:0/",
    "https://partner.example:00443/",
    "https://partner.example:65536/",
    "https://partner.example:４４３/",
    "https://partner.example:443:443/",
    "http://partner.example:443/",
    "https://partner..example/",
    "https://partner.example../",
    "https://.example/",
    "https://-a.example/",
    "https://a_b.example/",
    "https://℀.example/",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 130}example/",
    f"https://partner.example/{'a' * 2100}",
]

NUMBERS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0x7f000001",
    "0x7f.1",
    "0x7F.0x0.0x0.0x1",
    "127.0.0.1.",
    "１２７.０.０.１",
    "127。0。0。1",
    "8.8.8.8",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[fe80::1%25eth0]",
    "[2606:4700::1111]",
    "1.2.3.0x",
]

PRIVATE = [
    "localhost",
    "intranet",
    "com",
    "printer.local",
    "db.internal",
    "a.localhost",
    "a.onion",
    "a.b.i2p",
    "home.arpa",
    "nas.home.arpa",
    "PRINTER.LOCAL",
    "printer.local.",
]


@pytest.mark.parametrize(("url", "host"), ACCEPTED.items())
def test_every_spelling_of_a_server_becomes_one(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_clean_web_address_is_refused(url: str) -> None:
    with pytest.raises(errors.Invalid):
        host_of(url)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_address_in_numbers_is_refused_in_every_spelling(number: str) -> None:
    with pytest.raises(errors.Invalid):
        host_of(f"https://{number}/")
    with pytest.raises(errors.Invalid):  # development does not excuse it
        host_of(f"https://{number}/", dev_peers=["*", "*.*", number])


@pytest.mark.parametrize("name", PRIVATE)
def test_a_name_from_inside_a_network_is_refused(name: str) -> None:
    with pytest.raises(errors.Invalid):
        host_of(f"https://{name}/")
    assert host_of(f"https://{name.rstrip('.')}.example/")


@given(st.from_regex(r"https?://[^/]{1,40}(:[0-9]{1,5})?/.{0,5}", fullmatch=True))
def test_a_normal_name_is_already_normal(url: str) -> None:
    try:
        host = host_of(url)
    except errors.Invalid:
        return
    assert host_of(f"https://{host}") == host


LABEL = st.from_regex(r"[a-zA-Zäöüßéл0-9]{1,12}", fullmatch=True)


@given(st.lists(LABEL, min_size=1, max_size=3), st.sampled_from(["", ":443", ":8443"]))
def test_a_name_in_any_script_is_already_normal(labels: list[str], port: str) -> None:
    host = host_of(f"https://{'.'.join(labels)}.Example{port}/")
    assert host == host_of(f"https://{host}")
    assert host.isascii()
    assert host == host.lower()


def test_a_development_peer_may_be_private_plain_and_on_a_port() -> None:
    guard = Guard(dev_peers=["*.localhost"])
    target = guard.target("http://acme.localhost:8001/users/a")
    assert target.host == "acme.localhost:8001"
    assert guard.host_of("http://acme.localhost:8001/users/a") == "acme.localhost:8001"
    assert guard.origin_of("acme.localhost:8001") == "http://acme.localhost:8001"
    with pytest.raises(errors.Invalid):
        Guard().target("http://acme.localhost:8001/users/a")


@pytest.mark.parametrize(
    "url",
    [
        "http://social.example/",
        "https://social.example:8443/",
        "https://db.internal/",
        "https://localhost/",
        "https://acme.localhost.evil.internal/",
        "https://user@acme.localhost/",
        "https://127.0.0.1:8001/",
    ],
)
def test_development_peers_excuse_nobody_else(url: str) -> None:
    with pytest.raises(errors.Invalid):
        Guard(dev_peers=["*.localhost"]).target(url)


def test_a_pattern_with_a_port_names_that_port_only() -> None:
    guard = Guard(dev_peers=["*.localhost:8001"])
    assert guard.target("http://acme.localhost:8001/").dev
    with pytest.raises(errors.Invalid):
        guard.target("http://acme.localhost:8002/")


def test_a_development_route_changes_the_connection_and_not_the_name() -> None:
    guard = Guard(dev_routes={"*.example": "127.0.0.1:9000"})
    target = guard.target("https://social.example/x")
    assert (target.host, target.url) == ("social.example", "https://social.example/x")
    assert str(target.wire) == "http://social.example/x"
    assert guard.fixed("social.example", 80) == ("127.0.0.1", 9000)
    elsewhere = guard.target("https://social.test/x")
    assert (str(elsewhere.wire), elsewhere.dev) == ("https://social.test/x", False)
    assert guard.fixed("social.test", 443) is None


@pytest.mark.parametrize("url", ["http://social.example/", "https://social.example:9000/"])
def test_a_development_route_excuses_no_scheme_and_no_port(url: str) -> None:
    with pytest.raises(errors.Invalid):
        Guard(dev_routes={"*.example": "127.0.0.1:9000"}).target(url)


def test_a_path_reaches_its_server_byte_for_byte() -> None:
    guard = Guard()
    assert str(guard.target("https://a.example/%7Ea/../b?q=%2f#key").wire) == (
        "https://a.example/%7Ea/../b?q=%2f"
    )
    assert guard.target("https://a.example/日").url == "https://a.example/%E6%97%A5"


@pytest.mark.parametrize("host", ["a.example/b", "a.example?b", "a.example#b", "u@a.example", ""])
def test_a_bare_host_is_nothing_but_a_host(host: str) -> None:
    with pytest.raises(errors.Invalid):
        Guard().named(host)
    assert Guard().named("A.example") == "a.example"
