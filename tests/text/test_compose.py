"""What our people type becomes HTML (federation.md O-16)."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text import characters, compose, sanitise

OURS = ("acme.example", "acme.localhost:8001")
PEOPLE = {
    "alice": ("https://acme.example/@alice", "alice"),
    "bob@globex.example": ("https://globex.example/@bob", "bob"),
}


def render(source: str) -> str:
    return compose.render(
        source, PEOPLE, lambda name: f"https://acme.example/tags/{name}", own_domains=OURS
    )


def mentions(source: str) -> list[tuple[str, str | None]]:
    return list(compose.parse(source, own_domains=OURS).mentions)


class Text(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.said = ""
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.said += data


def test_paragraphs_and_line_breaks() -> None:
    assert render("a\nb\n\n\nc \n  \nd\r\ne") == "<p>a<br>b</p><p>c </p><p>d<br>e</p>"
    assert render("  \n") == ""


def test_markup_that_was_typed_is_text() -> None:
    assert render("<b>&amp;\"'") == "<p>&lt;b&gt;&amp;amp;&quot;&#x27;</p>"
    assert "<script" not in render('https://a.example/"><script>alert(1)</script>')


def test_a_mention_is_written_as_every_server_knows_it() -> None:
    """O-16."""
    bob = (
        '<span class="h-card" translate="no"><a href="https://globex.example/@bob"'
        ' class="u-url mention">@<span>bob</span></a></span>'
    )
    assert render("Hi @Bob@Globex.example!") == f"<p>Hi {bob}!</p>"
    assert render("@alice@acme.example") == render("@alice")
    assert render("@carol and @bob") == "<p>@carol and @bob</p>"


def test_a_hashtag_is_written_as_every_server_knows_it() -> None:
    """O-16."""
    tag = (
        '<a href="https://acme.example/tags/Tag"'
        ' class="mention hashtag" rel="tag">#<span>Tag</span></a>'
    )
    assert render("#Tag.") == f"<p>{tag}.</p>"


def test_a_link_shows_its_middle_and_copies_whole() -> None:
    long = "https://www.globex.example/a/very/long/path?with=1&more=2"
    html = render(long)
    assert f'href="{long.replace("&", "&amp;")}"' in html
    assert '<span class="invisible">https://www.</span><span class="ellipsis">globex' in html
    assert Text(html).said == long
    assert "ellipsis" not in render("https://globex.example")


def test_what_we_write_survives_our_own_sanitiser() -> None:
    html = render("@alice #tag https://globex.example/a/very/long/path/that/is/cut <x>\n\ny\nz")
    clean = sanitise.clean(html)
    assert Text(clean).said == Text(html).said
    for kept in (
        'class="u-url mention"',
        'class="mention hashtag"',
        'rel="tag ',
        "ellipsis",
        "h-card",
    ):
        assert kept in clean


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("@alice", [("alice", None)]),
        ("@alice@ACME.example @Alice", [("alice", None)]),
        (
            "@a@acme.localhost:8001 @b@globex.localhost:8002",
            [("a", None), ("b", "globex.localhost:8002")],
        ),
        (
            ".@bob@globex.example, (@carol) @d_e-f.g.",
            [("bob", "globex.example"), ("carol", None), ("d_e-f.g", None)],
        ),
        ("@bob@globex.example: yes", [("bob", "globex.example")]),
        ("@bob@bücher.example", [("bob", "xn--bcher-kva.example")]),
        ("שלום @alice مرحبا", [("alice", None)]),
        ("🎉@alice🎉", [("alice", None)]),
        ("@bob@example.comさん", [("bob", "example.com")]),
        ("mail bob@globex.example or a.b+c@d.example", []),
        ("@bob@localhost @bob@1.2.3.4 @bob@@x @", []),
        ("https://globex.example/@bob", []),
        ("x@alice あ@alice", []),
        ("@bob@faß.example", []),  # IDNA 2003 would make another domain of it
    ],
)
def test_who_is_mentioned(source: str, found: list[tuple[str, str | None]]) -> None:
    assert mentions(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("#Tag #tag #ＴＡＧ #other", ["Tag", "other"]),
        (
            "#日本語 ＃タグ・名 #हिन्दी #वार्ता #عربي #naïve",
            ["日本語", "タグ・名", "हिन्दी", "वार्ता", "عربي", "naïve"],
        ),
        ("#c_2 (#a), #b.", ["c_2", "a", "b"]),
        ("#1 #_ # ## #️⃣ C# a#b &#39; /#x ##y", []),
        ("#" + "a" * 100, ["a" * 100]),
        ("#" + "a" * 101, []),
        ("https://a.example/#frag", []),
    ],
)
def test_which_hashtags_there_are(source: str, found: list[str]) -> None:
    assert list(compose.parse(source, own_domains=OURS).hashtags) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("see https://a.example.", "https://a.example"),
        ("(https://a.example/b)", "https://a.example/b"),
        ("https://a.example/b_(c)", "https://a.example/b_(c)"),
        ("https://a.example/?q=1,2!", "https://a.example/?q=1,2"),
        ("「https://a.example/道」", "https://a.example/道"),
        ("https://a.exampleを見る", "https://a.example"),
        ("HTTP://A.example/x", "HTTP://A.example/x"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("http://wiki:8080/page#x", "http://wiki:8080/page#x"),
        ("https://a.example/@bob", "https://a.example/@bob"),
        ("https://bank.example@evil.example/", None),
        ("javascript:alert(1) ftp://a.example a.example xhttps://a.example https://", None),
    ],
)
def test_where_a_link_ends(source: str, found: str | None) -> None:
    assert compose.parse(source, own_domains=OURS).links == ((found,) if found else ())


def test_the_opening_is_the_run_of_mentions_before_anything_else() -> None:
    parsed = compose.parse("@alice @bob@globex.example hi @carol", own_domains=OURS)
    assert [one.handle for one in parsed.opening] == ["alice", "bob@globex.example"]
    assert compose.parse("hi @alice", own_domains=OURS).opening == ()


pieces = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                "@alice",
                "@bob@globex.example",
                "#tag",
                "https://a.example/(x)",
                "\n\n",
                "<p>",
                "&",
                " ",
            ]
        ),
    )
).map("".join)


@given(pieces)
def test_nothing_typed_is_lost_or_added(source: str) -> None:
    html = compose.render(source, {}, lambda _: "https://a.example", own_domains=OURS)
    typed = "".join(characters.body(source).split())
    assert "".join(Text(html).said.split()) == typed
    compose.parse(source, own_domains=OURS)


@pytest.mark.parametrize(
    "unit",
    [
        "@a.a@",
        "#",
        ":",
        "@",
        "a@a.a@",
        "@a@a.",
        "https://",
        "https://a.a/)",
        "http://a@",
        "@a@b.b.b.b",
        ".",
    ],
)
def test_a_hundred_kilobytes_of_traps_take_no_time(unit: str) -> None:
    """security.md section 4."""
    source = (unit * 100_000)[:100_000]
    begun = time.process_time()
    compose.parse(source, own_domains=OURS)
    compose.render(source, {}, str)
    assert time.process_time() - begun < 0.5
